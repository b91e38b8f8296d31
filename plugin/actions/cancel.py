"""Ending an order before it is sent: what is chosen, what must hold, what the worker does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from plugin.actions.kind import Kind
from plugin.actions.launch import Seat
from plugin.actions.refund import credit_of, mail_is_ours, recheck
from plugin.actions.sidebar import OrderRow
from plugin.db.ledger import ActionRow
from plugin.domain.cancels import (
    CANCEL_REASONS,
    CancelChoice,
    CancelPlan,
    CancelReason,
    CancelReceipt,
    CancelRefund,
)
from plugin.domain.orders import Order
from plugin.errors import InvalidInput
from plugin.ports.store import Capability, Store, StorePlatform
from plugin.services import Services

NAME = "cancel"
_REFUNDS: Mapping[str, CancelRefund] = {
    "none": "none",
    "original": "original",
    "store_credit": "store_credit",
}
_REASONS: Mapping[str, CancelReason] = {reason: reason for reason in CANCEL_REASONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelForm:
    """Whether money can go back with the cancellation, and as store credit; whether we say if the
    customer is mailed."""

    refund: Capability
    credit: Capability
    mail: bool = True


def _capability(platform: StorePlatform, order: Order) -> Capability:
    return platform.ability(NAME, order)


def _form(services: Services, seat: Seat, row: OrderRow, typed: Mapping[str, str]) -> CancelForm:
    order, shop = row.order(), seat.connection(row.connection_id)
    if shop is None:
        closed = Capability(name=NAME, available=False, reason="action_not_offered")
        return CancelForm(refund=closed, credit=closed)
    platform = services.stores[shop.platform]
    return CancelForm(
        refund=platform.ability("cancel_refund", order),
        credit=credit_of(services, seat, row),
        mail=mail_is_ours(services, seat, row),
    )


def read_choice(order: Order, typed: Mapping[str, str]) -> CancelChoice:
    """`typed`: refund (none, original, store_credit), why, restock, note, notify."""
    refund = _REFUNDS.get(typed.get("refund", "none"))
    why = _REASONS.get(typed.get("why", ""))
    if refund is None:
        raise InvalidInput("mode_unknown", field="refund")
    if why is None:
        raise InvalidInput("cancel_reason_missing", field="why")
    return CancelChoice(
        order_ref=order.ref,
        refund=refund,
        restock=bool(typed.get("restock")),
        reason=why,
        note=" ".join(typed.get("reason", "").split())[:200],
        notify=bool(typed.get("notify")),
    )


def _check(plan: CancelPlan, choice: CancelChoice) -> None:
    wanted = (choice.order_ref, choice.refund, choice.notify)
    if wanted != (plan.order_ref, plan.refund, plan.notify):
        raise InvalidInput("plan_does_not_add_up")
    if plan.restock and not choice.restock:  # the other way round nothing had left the stock
        raise InvalidInput("plan_does_not_add_up")
    if plan.refund == "none" and plan.refund_amount:
        raise InvalidInput("plan_does_not_add_up")
    if plan.by_refund and plan.by_refund.amount != plan.refund_amount:  # what limits counted
        raise InvalidInput("plan_does_not_add_up")


def _send(store: Store, row: ActionRow, plan: CancelPlan) -> CancelReceipt:
    return store.cancel(plan, key=row.idempotency_key, reference=row.reference)


def _find(store: Store, row: ActionRow, plan: CancelPlan) -> CancelReceipt | None:
    return store.find_cancel(plan, row.reference)


def _strangers(store: Store, row: ActionRow, plan: CancelPlan) -> bool:
    """An order that ended without our mark may have been ended by us: a person looks."""
    order = store.order(row.order_ref)
    given_back = bool(plan.refund_amount) and order.payment_state == "refunded"
    return given_back or order.cancelled_at is not None


CANCEL = Kind(
    name=NAME,
    plan_type=CancelPlan,
    limited_as="refund",
    capability=_capability,
    form=_form,
    read=read_choice,
    plan=lambda store, choice: store.plan_cancel(choice),
    check=_check,
    amount=lambda plan: plan.refund_amount,
    reason=lambda plan: plan.note,
    facts=lambda plan: {"to": plan.refund},
    recheck=recheck,
    send=_send,
    find=_find,
    strangers=_strangers,
)
