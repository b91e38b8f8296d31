"""Notes: the plan, the body, the receipt. Pure. The shop has no tags on orders, and neither notes
nor tags on customers."""

from __future__ import annotations

import html
from collections.abc import Mapping

from plugin.domain.annotations import NoteChoice, NotePlan, NoteReceipt
from plugin.domain.orders import Order
from plugin.errors import InvalidInput, Unsupported
from plugin.ports.store import Capability

from .payloads_changes import NotePayload
from .values import clean, joined_reason, moment, split_reason

_LONGEST = 5000


def on_order(_order: Order) -> Capability:
    return Capability(name="note", available=True)


def to_customer(order: Order) -> Capability:
    """The customer reads it in a mail, at once."""
    reason = "" if order.email else "mail_no_address"
    return Capability(name="note_to_customer", available=not reason, reason=reason)


def no_tags(_order: Order) -> Capability:
    return Capability(name="tags", available=False, reason="tags_unsupported")


def no_customer_note(_order: Order) -> Capability:
    return Capability(name="customer_note", available=False, reason="customer_note_unsupported")


def check_note(choice: NoteChoice) -> None:
    """Raises InvalidInput("note_missing", "note_too_long"), Unsupported
    ("customer_note_unsupported")."""
    if choice.customer_ref:
        raise Unsupported("customer_note_unsupported")
    if not choice.text.strip():
        raise InvalidInput("note_missing", field="text")
    if len(choice.text) > _LONGEST:
        raise InvalidInput("note_too_long", field="text")


def plan_note(choice: NoteChoice, number: str, email: str) -> NotePlan:
    """Raises Unsupported("mail_no_address") for a customer who cannot be reached."""
    if choice.to_customer and not email:
        raise Unsupported("mail_no_address")
    return NotePlan(
        order_ref=choice.order_ref,
        shown=number,
        text=choice.text.strip(),
        to_customer=choice.to_customer,
        customer_mailed="yes" if choice.to_customer else "no",
    )


def body(plan: NotePlan, reference: str) -> Mapping[str, object]:
    """The shop reads HTML: what was typed shall be read as it was typed."""
    text = html.escape(joined_reason(plan.text, reference), quote=False)
    return {"note": text, "customer_note": plan.to_customer, "added_by_user": True}


def receipt(note: NotePayload, reference: str) -> NoteReceipt | None:
    """None for a note without our reference."""
    text, found = split_reason(clean(note["note"]))
    if found != reference:
        return None
    return NoteReceipt(
        ref=str(note["id"]),
        reference=reference,
        written_at=moment(note["date_created_gmt"]),
        text=text.strip(),
    )
