"""The set-up, as the console shows it."""

from __future__ import annotations

from integrations.lookup import KEY_STEP
from plugin.ports.helpdesk import Step

WHO = "email=$EmailAddress&phone=$PhoneNumber"

STEPS = (
    Step(
        text={
            "es": "En Mobile Service Cloud, abrir Settings → Integrations → Dynamic API → Add.",
            "en": "In Mobile Service Cloud, open Settings → Integrations → Dynamic API → Add.",
        }
    ),
    Step(
        text={
            "es": "Pegar esta dirección para los datos del cliente (Customer information).",
            "en": "Paste this address for the customer information.",
        },
        value="lookup",
        suffix=f"?part=customer&{WHO}",
    ),
    Step(
        text={
            "es": "Pegar esta dirección para la lista de pedidos (Orders list).",
            "en": "Paste this address for the orders list.",
        },
        value="lookup",
        suffix=f"?part=orders&{WHO}",
    ),
    Step(
        text={
            "es": "Pegar esta dirección para los detalles de un pedido (Order details).",
            "en": "Paste this address for the order details.",
        },
        value="lookup",
        suffix="?part=order&order=$Id",
    ),
    KEY_STEP,
    Step(
        text={
            "es": "Elegirla como Order integration de la tienda y abrir una conversación. Aquí "
            "arriba aparece que llegó.",
            "en": "Choose it as the web store's order integration, and open a conversation. Above "
            "it says that it arrived.",
        }
    ),
    Step(
        text={
            "es": "Si se prefiere un Custom Panel: pegar esta dirección como URL de la lista y "
            "también de los detalles, con la misma cabecera.",
            "en": "If a custom panel is preferred: paste this address as the URL of the list and "
            "also of the details, with the same header.",
        },
        value="lookup",
        suffix=f"?{WHO}&ext=$ExternalIdentifier",
    ),
)
