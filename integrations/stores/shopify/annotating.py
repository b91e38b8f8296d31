"""Notes and tags: the plans and what is sent. Pure.

An order has one note, and so has a customer: a text is added below what stands there, with our
reference at its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from plugin.domain.annotations import (
    NoteChoice,
    NotePlan,
    NoteReceipt,
    TagsChoice,
    TagsPlan,
    TagsReceipt,
)
from plugin.domain.orders import Order
from plugin.errors import InvalidInput, Unsupported
from plugin.ports.store import Capability

from .values import gid, joined_note, moment

_LONGEST_NOTE = 5000
_LONGEST_TAG = 40


def on_order(_order: Order) -> Capability:
    return Capability(name="note", available=True)


def on_customer(order: Order) -> Capability:
    reason = "" if order.customer_ref else "no_customer_account"
    return Capability(name="customer_note", available=not reason, reason=reason)


def not_to_customer(_order: Order) -> Capability:
    return Capability(name="note_to_customer", available=False, reason="note_stays_inside")


def target(order_ref: str, customer_ref: str) -> str:
    """The id of the customer if one is named, else of the order; "" for neither."""
    return gid("Customer", customer_ref) if customer_ref else gid("Order", order_ref)


def plan_note(choice: NoteChoice, record: Mapping[str, Any]) -> NotePlan:
    """Raises InvalidInput("note_missing", "note_too_long"), Unsupported("note_stays_inside")."""
    text = choice.text.strip()
    if not text:
        raise InvalidInput("note_missing", field="text")
    if choice.to_customer:
        raise Unsupported("note_stays_inside")
    plan = NotePlan(
        order_ref=choice.order_ref,
        customer_ref=choice.customer_ref,
        shown=shown(record),
        text=text,
        before=record["note"] or "",
    )
    if len(whole_note(plan, "M-XXXXXXXX")) > _LONGEST_NOTE:
        raise InvalidInput("note_too_long", field="text")
    return plan


def shown(record: Mapping[str, Any]) -> str:
    """The order's number or the customer's name."""
    return str(record.get("name") or record.get("displayName") or "").removeprefix("#")


def whole_note(plan: NotePlan, reference: str) -> str:
    """What the note will be."""
    return "\n".join(part for part in (plan.before, joined_note(plan.text, reference)) if part)


def note_receipt(record: Mapping[str, Any], plan: NotePlan, reference: str) -> NoteReceipt | None:
    """None if the note does not carry our reference."""
    if f"[{reference}]" not in (record["note"] or ""):
        return None
    return NoteReceipt(reference=reference, written_at=moment(record["updatedAt"]), text=plan.text)


def plan_tags(choice: TagsChoice, record: Mapping[str, Any]) -> TagsPlan:
    """Raises InvalidInput("tag_invalid", "nothing_changes")."""
    before = tuple(record["tags"])
    known = {tag.casefold() for tag in before}
    add = tuple(tag for tag in _clean(choice.add) if tag.casefold() not in known)
    gone = {tag.casefold() for tag in _clean(choice.remove)}
    remove = tuple(tag for tag in before if tag.casefold() in gone)
    if not add and not remove:
        raise InvalidInput("nothing_changes")
    return TagsPlan(
        order_ref=choice.order_ref,
        customer_ref=choice.customer_ref,
        shown=shown(record),
        add=add,
        remove=remove,
        before=before,
        after=tuple(sorted({*before, *add} - set(remove))),
    )


def _clean(tags: Iterable[str]) -> list[str]:
    """A comma would make two of one."""
    found = [tag.strip() for tag in tags if tag.strip()]
    if any("," in tag or len(tag) > _LONGEST_TAG for tag in found):
        raise InvalidInput("tag_invalid", field="tags")
    return list(dict.fromkeys(found))


def tags_receipt(
    record: Mapping[str, Any], plan: TagsPlan, reference: str, now: datetime
) -> TagsReceipt | None:
    """None unless the tags are as planned. Nobody says since when they are."""
    tags = {tag.casefold() for tag in record["tags"]}
    there = all(tag.casefold() in tags for tag in plan.add)
    gone = not any(tag.casefold() in tags for tag in plan.remove)
    if not (there and gone):
        return None
    return TagsReceipt(reference=reference, created_at=now, tags=tuple(record["tags"]))
