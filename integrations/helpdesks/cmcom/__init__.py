"""CM.com Mobile Service Cloud, custom panel: its server asks for a list, and for details when one
item is opened (contract D); see README.md."""

from __future__ import annotations

from integrations.lookup import head, in_json, items, read_by_header, refuse
from plugin.ports.helpdesk import Answer, HelpdeskPlatform, Lookup, LookupResult, Step

QUERY = "?email=$EmailAddress&phone=$PhoneNumber&ext=$ExternalIdentifier"


def answer(result: LookupResult) -> Answer:
    """The list, with the details of each item in it, so that both addresses get the same."""
    labels = result.labels
    shown = [
        {
            "id": item["number"],
            "title": item["number"],
            "description": " · ".join(filter(None, (item["date"], item["state"], item["total"]))),
            "url": result.open_url,
            "details": [
                {"label": labels[name], "value": value} for name, value in item.items() if value
            ],
        }
        for item in items(result)
    ]
    return in_json({**head(result), "items": shown})


STEPS = (
    Step(
        text={
            "es": "En Mobile Service Cloud, abrir Settings → Integrations y crear un Custom Panel.",
            "en": "In Mobile Service Cloud, open Settings → Integrations and add a custom panel.",
        }
    ),
    Step(
        text={
            "es": "Pegar esta dirección como URL de la lista y también como URL de los detalles.",
            "en": "Paste this address as the URL of the list, and also as the one of the details.",
        },
        value="lookup",
        suffix=QUERY,
    ),
    Step(
        text={
            "es": "Añadir la cabecera X-Mostrador-Key con este valor.",
            "en": "Add the header X-Mostrador-Key with this value.",
        },
        value="secret",
    ),
    Step(
        text={
            "es": "Abrir una conversación. Aquí arriba aparece que llegó.",
            "en": "Open a conversation. Above it says that it arrived.",
        }
    ),
)  # fmt: skip

PLATFORM = HelpdeskPlatform(
    key="cmcom",
    label="CM.com Mobile Service Cloud",
    lookup=Lookup(read=read_by_header, answer=answer, refuse=refuse),
    steps=STEPS,
)
