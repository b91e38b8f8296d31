"""The order once more: chosen lines, perhaps in another variant, free or behind a link to pay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from plugin.actions.address import read_place
from plugin.actions.kind import Kind
from plugin.actions.launch import Seat
from plugin.actions.places import PlaceRules, countries, rules_of
from plugin.actions.sidebar import OrderRow
from plugin.db import mirror, panel
from plugin.db.ledger import ActionRow
from plugin.domain.money import Money
from plugin.domain.orders import Order
from plugin.domain.products import Product
from plugin.domain.replacements import (
    ReplacementChoice,
    ReplacementLine,
    ReplacementPlan,
    ReplacementReceipt,
)
from plugin.errors import Conflict, InvalidInput
from plugin.ports.store import Capability, Store, StorePlatform
from plugin.services import Services

NAME = "replacement"
_MODES = {"free": False, "charge": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementForm:
    """The order's products as the mirror knows them, by ref: their other variants and stock.
    `rules` and `countries` are for another address than the order's."""

    products: Mapping[str, Product]
    rules: PlaceRules | None = None
    countries: frozenset[str] = frozenset()


def _capability(platform: StorePlatform, order: Order) -> Capability:
    return platform.ability(NAME, order)


def _form(
    services: Services, seat: Seat, row: OrderRow, typed: Mapping[str, str]
) -> ReplacementForm:
    refs = sorted({line.product_ref for line in row.order().lines if line.product_ref})
    with services.database.reading() as connection:
        docs = panel.products_of(seat.scope, connection, row.connection_id, refs)
    known = (mirror.decode_product(doc) for doc in docs)
    place = row.order().shipping_address
    return ReplacementForm(
        products={product.ref: product for product in known},
        rules=rules_of(typed.get("country", "") or (place.country if place else seat.country)),
        countries=countries(),
    )


def read_choice(order: Order, typed: Mapping[str, str]) -> ReplacementChoice:
    """`typed`: qty.<line ref>, variant.<line ref>, mode (free, charge), notify, elsewhere with the
    parts of an address, reason."""
    charge = _MODES.get(typed.get("mode", ""))
    if charge is None:
        raise InvalidInput("mode_unknown", field="mode")
    lines = tuple(
        ReplacementLine(
            line_ref=line.ref,
            product_ref=line.product_ref,
            variant_ref=typed.get(f"variant.{line.ref}", "")[:255]
            or line.variant_ref
            or line.product_ref,
            quantity=quantity,
        )
        for line in order.lines
        if (quantity := _quantity(typed, f"qty.{line.ref}"))
    )
    if not lines:
        raise InvalidInput("nothing_to_send", field="mode")
    return ReplacementChoice(
        order_ref=order.ref,
        lines=lines,
        charge=charge,
        address=read_place(order.shipping_address, typed) if typed.get("elsewhere") else None,
        notify=charge and bool(typed.get("notify")),
        note=" ".join(typed.get("reason", "").split())[:200],
    )


def _quantity(typed: Mapping[str, str], field: str) -> int:
    text = typed.get(field, "").strip() or "0"
    if not (text.isascii() and text.isdecimal()) or len(text) > 6:
        raise InvalidInput("quantity_invalid", field=field)
    return int(text)


def _check(plan: ReplacementPlan, choice: ReplacementChoice) -> None:
    """The goods that were chosen, and nothing charged that was to be free."""
    made = {(item.line_ref, item.variant_ref, item.quantity) for item in plan.items}
    wanted = {(line.line_ref, line.variant_ref, line.quantity) for line in choice.lines}
    if made != wanted or (plan.order_ref, plan.charge) != (choice.order_ref, choice.charge):
        raise InvalidInput("plan_does_not_add_up")
    if choice.address is not None and plan.address != choice.address:
        raise InvalidInput("plan_does_not_add_up")
    if not plan.charge and plan.total:
        raise InvalidInput("plan_does_not_add_up")


def _given_away(plan: ReplacementPlan) -> Money:
    """What limits count: the price of goods that are sent for nothing."""
    if plan.charge:
        return Money.zero(plan.currency)
    prices = (item.unit_price.amount * item.quantity for item in plan.items)
    return Money(sum(prices, Decimal(0)), plan.currency)


def _recheck(store: Store, row: ActionRow, plan: ReplacementPlan) -> None:
    if store.order(row.order_ref).state != plan.order_state:
        raise Conflict("order_changed", what="state")


def _send(store: Store, row: ActionRow, plan: ReplacementPlan) -> ReplacementReceipt:
    return store.replace_order(plan, key=row.idempotency_key, reference=row.reference)


def _find(store: Store, row: ActionRow, plan: ReplacementPlan) -> ReplacementReceipt | None:
    return store.find_replacement(plan, row.reference)


def _no_strangers(store: Store, row: ActionRow, plan: ReplacementPlan) -> bool:
    """Our mark travels with the new order itself."""
    return False


REPLACEMENT = Kind(
    name=NAME,
    plan_type=ReplacementPlan,
    capability=_capability,
    form=_form,
    read=read_choice,
    plan=lambda store, choice: store.plan_replacement(choice),
    check=_check,
    amount=_given_away,
    reason=lambda plan: plan.note,
    recheck=_recheck,
    send=_send,
    find=_find,
    strangers=_no_strangers,
)
