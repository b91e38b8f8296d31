"""Chatwoot dashboard apps: an unsigned frame beside the messages (contract B); see README.md."""

from __future__ import annotations

from plugin.ports.helpdesk import Claimed, HelpdeskPlatform, Step

STEPS = (
    Step(
        text={
            "es": "En Chatwoot, abrir Settings → Integrations → Dashboard apps y elegir «Add».",
            "en": "In Chatwoot, open Settings → Integrations → Dashboard apps and choose “Add”.",
        }
    ),
    Step(
        text={
            "es": "Escribir Mostrador como nombre y pegar esta dirección.",
            "en": "Type Mostrador as the name and paste this address.",
        },
        value="url",
    ),
    Step(
        text={
            "es": "Abrir una conversación y la pestaña Mostrador junto a los mensajes. Cada agente "
            "autoriza su navegador una vez.",
            "en": "Open a conversation and the tab Mostrador beside the messages. Each agent "
            "authorises their browser once.",
        }
    ),
)

PLATFORM = HelpdeskPlatform(
    key="chatwoot",
    label="Chatwoot",
    claimed=Claimed(),
    origins=("https://app.chatwoot.com",),
    bridge=True,
    steps=STEPS,
)
