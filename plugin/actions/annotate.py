"""Notes and tags on an order or its customer. No money moves, so nothing is locked; what was
written is looked for by its reference all the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from plugin.actions.kind import Kind
from plugin.actions.launch import Seat
from plugin.actions.sidebar import OrderRow
from plugin.db.ledger import ActionRow
from plugin.domain.annotations import (
    NoteChoice,
    NotePlan,
    NoteReceipt,
    TagsChoice,
    TagsPlan,
    TagsReceipt,
)
from plugin.domain.money import Money
from plugin.domain.orders import Order
from plugin.errors import InvalidInput
from plugin.ports.store import Capability, Store, StorePlatform
from plugin.services import Services

_MOST_TAGS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotateForm:
    """Where it can be left: on the order, on the customer; and whether the customer can read a
    note of the order."""

    order: Capability
    customer: Capability
    to_customer: Capability


def _capability(name: str, platform: StorePlatform, order: Order) -> Capability:
    """Either place will do."""
    on_order, on_customer = (platform.ability(at, order) for at in (name, f"customer_{name}"))
    return on_customer if on_customer.available and not on_order.available else on_order


def _form(
    name: str, services: Services, seat: Seat, row: OrderRow, typed: Mapping[str, str]
) -> AnnotateForm:
    order, shop = row.order(), seat.connection(row.connection_id)
    closed = Capability(name=name, available=False, reason="action_not_offered")
    if shop is None:
        return AnnotateForm(order=closed, customer=closed, to_customer=closed)
    ability = services.stores[shop.platform].ability
    return AnnotateForm(
        order=ability(name, order),
        customer=ability(f"customer_{name}", order),
        to_customer=ability("note_to_customer", order),
    )


def _place(order: Order, typed: Mapping[str, str]) -> Mapping[str, str]:
    """`order_ref` or `customer_ref`, as the form's `on` says."""
    if typed.get("on", "order") == "order":
        return {"order_ref": order.ref}
    if typed["on"] != "customer" or not order.customer_ref:
        raise InvalidInput("mode_unknown", field="on")
    return {"customer_ref": order.customer_ref}


def read_note(order: Order, typed: Mapping[str, str]) -> NoteChoice:
    """`typed`: on (order, customer), text, to_customer."""
    text = typed.get("text", "").strip()
    if not text:
        raise InvalidInput("note_missing", field="text")
    return NoteChoice(
        text=text, to_customer=bool(typed.get("to_customer")), **_place(order, typed)
    )  # fmt: skip


def read_tags(order: Order, typed: Mapping[str, str]) -> TagsChoice:
    """`typed`: on (order, customer), add and remove with commas between tags."""
    add, remove = _tags(typed, "add"), _tags(typed, "remove")
    if not add and not remove:
        raise InvalidInput("nothing_changes", field="add")
    return TagsChoice(add=add, remove=remove, **_place(order, typed))


def _tags(typed: Mapping[str, str], field: str) -> tuple[str, ...]:
    found = (" ".join(tag.split()) for tag in typed.get(field, "").split(","))
    tags = tuple(dict.fromkeys(tag for tag in found if tag))
    if len(tags) > _MOST_TAGS:
        raise InvalidInput("request_invalid", field=field)
    return tags


def _check_note(plan: NotePlan, choice: NoteChoice) -> None:
    wanted = (choice.order_ref, choice.customer_ref, choice.text, choice.to_customer)
    if wanted != (plan.order_ref, plan.customer_ref, plan.text, plan.to_customer):
        raise InvalidInput("plan_does_not_add_up")


def _check_tags(plan: TagsPlan, choice: TagsChoice) -> None:
    if (choice.order_ref, choice.customer_ref) != (plan.order_ref, plan.customer_ref):
        raise InvalidInput("plan_does_not_add_up")
    if not {*plan.add} <= {*choice.add} or not {*plan.remove} <= {*choice.remove}:
        raise InvalidInput("plan_does_not_add_up")


def _nothing_to_check(store: Store, row: ActionRow, plan: object) -> None:
    """The adapter itself refuses to write over what somebody else wrote meanwhile."""


def _no_strangers(store: Store, row: ActionRow, plan: object) -> bool:
    return False


def _write(store: Store, row: ActionRow, plan: NotePlan) -> NoteReceipt:
    return store.write_note(plan, key=row.idempotency_key, reference=row.reference)


def _written(store: Store, row: ActionRow, plan: NotePlan) -> NoteReceipt | None:
    return store.find_note(plan, row.reference)


def _tag(store: Store, row: ActionRow, plan: TagsPlan) -> TagsReceipt:
    return store.change_tags(plan, key=row.idempotency_key, reference=row.reference)


def _tagged(store: Store, row: ActionRow, plan: TagsPlan) -> TagsReceipt | None:
    return store.find_tags(plan, row.reference)


def _no_money(_plan: object) -> Money:
    """Limits count nothing here; the currency is any."""
    return Money.zero("EUR")


NOTE = Kind(
    name="note",
    plan_type=NotePlan,
    money=False,
    exclusive=False,
    in_turn=True,
    capability=partial(_capability, "note"),
    form=partial(_form, "note"),
    read=read_note,
    plan=lambda store, choice: store.plan_note(choice),
    check=_check_note,
    amount=_no_money,
    recheck=_nothing_to_check,
    send=_write,
    find=_written,
    strangers=_no_strangers,
)
TAGS = Kind(
    name="tags",
    plan_type=TagsPlan,
    money=False,
    exclusive=False,
    capability=partial(_capability, "tags"),
    form=partial(_form, "tags"),
    read=read_tags,
    plan=lambda store, choice: store.plan_tags(choice),
    check=_check_tags,
    amount=_no_money,
    recheck=_nothing_to_check,
    send=_tag,
    find=_tagged,
    strangers=_no_strangers,
)
