"""Help Scout apps: a signed address without a time (contract A) and the vendor's SDK; see
README.md."""

from __future__ import annotations

from plugin.ports.helpdesk import Claimed, HelpdeskPlatform, Step

from .launch import verify

STEPS = (
    Step(
        text={
            "es": "En Help Scout, Manage → Apps → Build a Custom App → Create App. Llamarla "
            "Mostrador; elegir la app que carga una dirección en un iframe, no «Dynamic Content».",
            "en": "In Help Scout, Manage → Apps → Build a Custom App → Create App. Call it "
            "Mostrador; choose the app that loads an address into an iframe, not “Dynamic "
            "Content”.",
        }
    ),
    Step(
        text={
            "es": "Pegar esta dirección como Callback URL, sin añadirle nada.",
            "en": "Paste this address as the callback URL, with nothing added.",
        },
        value="url",
    ),
    Step(
        text={
            "es": "Pegar este secreto como Secret Key y elegir los buzones.",
            "en": "Paste this secret as the secret key, and choose the mailboxes.",
        },
        value="secret",
    ),
    Step(
        text={
            "es": "Abrir una conversación. Los pedidos se ven; para reembolsar, cada agente "
            "autoriza su navegador una vez.",
            "en": "Open a conversation. Orders show; to refund, each agent authorises their "
            "browser once.",
        }
    ),
)

PLATFORM = HelpdeskPlatform(
    key="helpscout",
    label="Help Scout",
    verify=verify,
    by_query=True,
    claimed=Claimed(),
    origins=("https://secure.helpscout.net",),
    bridge=True,
    abilities=frozenset({"resize"}),
    steps=STEPS,
)
