"""Dixa's custom cards: its server asks when a conversation is opened, and a template draws the
answer (contract D); see README.md."""

from __future__ import annotations

from integrations.lookup import KEY_STEP, head, in_json, items, read_by_header, refuse
from plugin.ports.helpdesk import Answer, HelpdeskPlatform, Lookup, LookupResult, Step

QUERY = "?email={{a_email | url_encode}}&phone={{a_phone_number | url_encode}}"


def answer(result: LookupResult) -> Answer:
    """The orders as a list, for the template's loop."""
    return in_json({**head(result), "items": items(result)})


STEPS = (
    Step(
        text={
            "es": "En Dixa, abrir Settings → Integrations → Custom Cards y crear una tarjeta. "
            "Título: Mostrador.",
            "en": "In Dixa, open Settings → Integrations → Custom Cards and create a card. "
            "Title: Mostrador.",
        }
    ),
    Step(
        text={
            "es": "Pegar esta dirección como Hook URL, con el método GET.",
            "en": "Paste this address as the hook URL, with the method GET.",
        },
        value="lookup",
        suffix=QUERY,
    ),
    KEY_STEP,
    Step(
        text={
            "es": "Pegar la plantilla de integrations/helpdesks/dixa/README.md y abrir una "
            "conversación. Aquí arriba aparece que llegó.",
            "en": "Paste the template of integrations/helpdesks/dixa/README.md and open a "
            "conversation. Above it says that it arrived.",
        }
    ),
)

PLATFORM = HelpdeskPlatform(
    key="dixa",
    label="Dixa",
    lookup=Lookup(read=read_by_header, answer=answer, refuse=refuse),
    steps=STEPS,
)
