"""HelpDesk.com's details widget: an unsigned frame with the vendor's SDK, which names no agent
(contract B); see README.md."""

from __future__ import annotations

from plugin.ports.helpdesk import Claimed, HelpdeskPlatform, Step

STEPS = (
    Step(
        text={
            "es": "En la Developer Console de text.com, crear una app de HelpDesk y añadir el "
            "bloque HelpDesk Widgets.",
            "en": "In text.com's Developer Console, create a HelpDesk app and add the block "
            "HelpDesk Widgets.",
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
            "es": "En Private installation, instalar la app y abrir un ticket. Cada agente "
            "autoriza su navegador una vez.",
            "en": "Under Private installation, install the app and open a ticket. Each agent "
            "authorises their browser once.",
        }
    ),
)

PLATFORM = HelpdeskPlatform(
    key="helpdeskcom",
    label="HelpDesk.com",
    claimed=Claimed(knows_agent=False),
    origins=("https://*.helpdesk.com", "https://*.text.com"),
    bridge=True,
    steps=STEPS,
)
