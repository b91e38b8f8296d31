"""LiveChat's details widget: an unsigned frame with the vendor's SDK, which names no agent
(contract B); see README.md."""

from __future__ import annotations

from plugin.ports.helpdesk import Claimed, HelpdeskPlatform, Step

STEPS = (
    Step(
        text={
            "es": "En la Developer Console de text.com, crear una app de LiveChat y añadir el "
            "bloque Agent App Widgets.",
            "en": "In text.com's Developer Console, create a LiveChat app and add the block Agent "
            "App Widgets.",
        }
    ),
    Step(
        text={
            "es": "Elegir «Details» como lugar y pegar esta dirección.",
            "en": "Choose “Details” as the placement and paste this address.",
        },
        value="url",
    ),
    Step(
        text={
            "es": "En Private installation, instalar la app y abrir un chat. Cada agente autoriza "
            "su navegador una vez.",
            "en": "Under Private installation, install the app and open a chat. Each agent "
            "authorises their browser once.",
        }
    ),
)

PLATFORM = HelpdeskPlatform(
    key="livechat",
    label="LiveChat",
    claimed=Claimed(knows_agent=False),
    origins=(
        "https://my.livechatinc.com",
        "https://*.livechatinc.com",
        "https://*.livechat.com",
        "https://*.text.com",
    ),
    bridge=True,
    abilities=frozenset({"insert"}),
    steps=STEPS,
)
