"""Gorgias' HTTP integration: its server asks at events of a ticket, keeps the answer and shows it
by a widget (contract D); see README.md."""

from __future__ import annotations

from integrations.lookup import KEY_STEP, head, in_json, items, read_by_header, refuse
from plugin.ports.helpdesk import Answer, HelpdeskPlatform, Lookup, LookupResult, Step

QUERY = "?email={{ticket.customer.email}}"


def answer(result: LookupResult) -> Answer:
    """The orders as a list, for a widget's list."""
    shown = [{**item, "open_url": result.open_url} for item in items(result)]
    return in_json({**head(result), "items": shown})


STEPS = (
    Step(
        text={
            "es": "En Gorgias, abrir Settings → HTTP integration y añadir una. Nombre: Mostrador.",
            "en": "In Gorgias, open Settings → HTTP integration and add one. Name: Mostrador.",
        }
    ),
    Step(
        text={
            "es": "Disparadores: ticket creado y mensaje en el ticket. Método GET, respuesta JSON "
            "y esta dirección.",
            "en": "Triggers: ticket created and message in ticket. Method GET, response JSON, and "
            "this address.",
        },
        value="lookup",
        suffix=QUERY,
    ),
    KEY_STEP,
    Step(
        text={
            "es": "Enviar un mensaje de prueba. En el ticket, editar los widgets y colocar los "
            "campos recibidos.",
            "en": "Send a test message. In the ticket, edit the widgets and place the fields that "
            "arrived.",
        }
    ),
)

PLATFORM = HelpdeskPlatform(
    key="gorgias",
    label="Gorgias",
    lookup=Lookup(read=read_by_header, answer=answer, refuse=refuse),
    steps=STEPS,
)
