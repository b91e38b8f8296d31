"""Where refunds happen: what is chosen, what must add up, and what the worker does with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from plugin.actions.kind import Kind
from plugin.actions.launch import Seat
from plugin.actions.sidebar import OrderRow
from plugin.db.ledger import ActionRow
from plugin.domain.cancels import CancelPlan
from plugin.domain.money import Money, MoneyError, parse_amount
from plugin.domain.orders import Order
from plugin.domain.refunds import (
    LineChoice,
    RefundChoice,
    RefundMode,
    RefundPlan,
    RefundReceipt,
    RefundTo,
)
from plugin.errors import Conflict, InvalidInput
from plugin.ports.store import NO_CREDIT, PLACES, Capability, Store, StorePlatform
from plugin.services import Services

_CREDIT = "refund_credit"
_TO: Mapping[str, RefundTo] = {"original": "original", "store_credit": "store_credit"}
_MODES: Mapping[str, RefundMode] = {"all": "all", "lines": "lines", "amount": "amount"}
_MAX_LINES = 250
_LONGEST_REF = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundForm:
    """Whether the money can become store credit, the (ref, name) of places goods can come back
    to (empty where there is nothing to choose), and whether we say if the customer is mailed."""

    credit: Capability
    places: tuple[tuple[str, str], ...] = ()
    mail: bool = True


def _capability(platform: StorePlatform, order: Order) -> Capability:
    return platform.refund_capability(order)


def credit_of(services: Services, seat: Seat, row: OrderRow) -> Capability:
    """Whether money of this order can become store credit, from what is stored."""
    shop = seat.connection(row.connection_id)
    if shop is None:
        return Capability(name=_CREDIT, available=False, reason="action_not_offered")
    if lacking := shop.options.get(NO_CREDIT):
        return Capability(name=_CREDIT, available=False, reason=lacking)
    return services.stores[shop.platform].ability(_CREDIT, row.order())


def mail_is_ours(services: Services, seat: Seat, row: OrderRow) -> bool:
    """Whether the shop asks us if the customer is mailed; else it decides by its own settings."""
    shop = seat.connection(row.connection_id)
    return (
        shop is not None
        and services.stores[shop.platform].ability("mail_choice", row.order()).available
    )


def _form(services: Services, seat: Seat, row: OrderRow, typed: Mapping[str, str]) -> RefundForm:
    shop = seat.connection(row.connection_id)
    known = json.loads(shop.options.get(PLACES, "[]")) if shop else []
    comes_back = any(
        line.restockable and line.refundable_quantity > line.unfulfilled_quantity
        for line in row.order().lines
    )
    return RefundForm(
        credit=credit_of(services, seat, row),
        places=tuple((ref, name) for ref, name in known) if comes_back else (),
        mail=mail_is_ours(services, seat, row),
    )


def read_choice(order: Order, typed: Mapping[str, str]) -> RefundChoice:
    """The form as a choice, or InvalidInput naming the field. `typed`: mode, qty.<line ref>,
    amount, shipping, restock, place, to, reason, notify."""
    mode, to = _MODES.get(typed.get("mode", "")), _TO.get(typed.get("to", "original"))
    if mode is None:
        raise InvalidInput("mode_unknown", field="mode")
    if to is None:
        raise InvalidInput("mode_unknown", field="to")
    place = typed.get("place", "") if typed.get("restock") else ""
    if len(place) > _LONGEST_REF:
        raise InvalidInput("place_unknown", field="place")
    return RefundChoice(
        order_ref=order.ref,
        mode=mode,
        lines=_lines(typed) if mode == "lines" else (),
        amount=_amount(order, typed) if mode == "amount" else None,
        shipping=mode == "all" or bool(typed.get("shipping")),
        restock=bool(typed.get("restock")),
        reason=" ".join(typed.get("reason", "").split())[:200],
        notify=bool(typed.get("notify")),
        to=to,
        place_ref=place,
    )


def _lines(typed: Mapping[str, str]) -> tuple[LineChoice, ...]:
    chosen = []
    for name, text in typed.items():
        if not name.startswith("qty."):
            continue
        text = text.strip() or "0"
        if not (text.isascii() and text.isdecimal()) or len(text) > 6:
            raise InvalidInput("quantity_invalid", field=name)
        if int(text):
            chosen.append(LineChoice(line_ref=name.removeprefix("qty."), quantity=int(text)))
    if len(chosen) > _MAX_LINES:
        raise InvalidInput("request_invalid", field="qty")
    return tuple(chosen)


def _amount(order: Order, typed: Mapping[str, str]) -> Money:
    try:
        return parse_amount(typed.get("amount", ""), order.currency)
    except MoneyError as error:
        raise InvalidInput(error.code, field="amount", currency=order.currency) from error


def _check(plan: RefundPlan, choice: RefundChoice) -> None:
    """The plan is what was asked, adds up and stays within what is left."""
    if plan.order_ref != choice.order_ref or choice.amount not in (None, plan.amount):
        raise InvalidInput("plan_does_not_add_up")
    if plan.to != choice.to:
        raise InvalidInput("plan_does_not_add_up")
    parts = sum((part.amount.amount for part in plan.parts), Decimal(0))
    if parts != plan.amount.amount or plan.amount.amount <= 0:
        raise InvalidInput("plan_does_not_add_up")
    if plan.amount > plan.refundable:
        raise InvalidInput("amount_above_refundable", field="amount", left=plan.refundable)


def recheck(store: Store, row: ActionRow, plan: RefundPlan | CancelPlan) -> None:
    """The order as it is now against the frozen preview."""
    order = store.order(row.order_ref)
    if order.refunded != plan.refunded_before:
        more = order.refunded - plan.refunded_before
        raise Conflict("order_changed", what="refunded", amount=more)
    if plan.order_total not in (None, order.total):
        raise Conflict("order_changed", what="total", amount=order.total)
    if order.state != plan.order_state:
        raise Conflict("order_changed", what="state")


def _send(store: Store, row: ActionRow, plan: RefundPlan) -> RefundReceipt:
    return store.refund(plan, key=row.idempotency_key, reference=row.reference)


def _find(store: Store, row: ActionRow, plan: RefundPlan) -> RefundReceipt | None:
    return store.find_refund(row.order_ref, row.reference)


def _strangers(store: Store, row: ActionRow, plan: RefundPlan) -> bool:
    """An equal amount without a reference that may have come with our call: perhaps ours. Told
    by the sum as well as by the hour, as the shop's clock need not agree with ours."""
    since = (row.call_started_at or row.created_at).replace(microsecond=0)
    known, before = store.refunds_of(row.order_ref), plan.refunded_before
    grown = sum((receipt.amount.amount for receipt in known), Decimal(0)) > before.amount
    return any(
        receipt.amount.amount == row.amount
        and not receipt.reference
        and (grown or receipt.created_at >= since)
        for receipt in known
    )


REFUND = Kind(
    name="refund",
    plan_type=RefundPlan,
    resend=True,
    capability=_capability,
    form=_form,
    read=read_choice,
    plan=lambda store, choice: store.plan_refund(choice),
    check=_check,
    amount=lambda plan: plan.amount,
    reason=lambda plan: plan.reason,
    facts=lambda plan: {"to": plan.to},
    recheck=recheck,
    send=_send,
    find=_find,
    strangers=_strangers,
)
