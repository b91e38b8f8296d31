"""Whether an order can still be ended, and what that does. Pure.

The shop ends an order in any state, and gives no money back by doing so. Its status "refunded"
would write down a refund of the whole without moving any: it is never set from here. What does
both is a refund of everything through the gateway: the shop ends such an order as "refunded".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from plugin.domain.cancels import CancelChoice, CancelPlan, CancelReceipt
from plugin.domain.money import Money
from plugin.domain.orders import Order
from plugin.domain.refunds import RefundChoice, RefundPlan, RefundReceipt
from plugin.errors import Unsupported
from plugin.ports.store import Capability

from . import refunding
from .mapping import Gateways
from .payloads import OrderPayload, RefundPayload
from .values import mark, mark_key, meta, moment

_STOCK_TAKEN_KEY = "_reduced_stock"
_GONE = {
    "fulfilled": "cancel_order_sent",
    "in_transit": "cancel_order_sent",
    "delivered": "cancel_order_sent",
    "partial": "cancel_partly_sent",
}


def capability(order: Order) -> Capability:
    """Whether this order can be cancelled now, else why not."""
    reason = _obstacle(order)
    return Capability(name="cancel", available=not reason, reason=reason)


def with_refund(order: Order) -> Capability:
    """Whether a refund of everything can end it; nothing to say where there is no money."""
    if not order.paid or not order.remaining:
        return Capability(name="cancel_refund", available=False)
    able = refunding.capability(order)
    reason = "cancel_refund_manual" if able.reason == "payment_manual" else able.reason
    return Capability(
        name="cancel_refund", available=able.available, reason=reason, parameters=able.parameters
    )


def _obstacle(order: Order) -> str:
    if order.cancelled_at:
        return "cancel_done_already"
    if order.payment_state == "refunded":
        return "cancel_refunded_already"
    return _GONE.get(order.fulfilment_state, "")


def plan(
    order: Order,
    payload: OrderPayload,
    refunds: Sequence[RefundPayload],
    choice: CancelChoice,
    *,
    gateways: Gateways | None,
) -> CancelPlan:
    """Raises Unsupported: for an order that is too far, for money that cannot go back with it,
    and for goods that would have to stay out of stock."""
    reason = _obstacle(order)
    if reason:
        raise Unsupported(reason)
    if choice.refund == "store_credit":
        raise Unsupported("store_credit_unsupported")
    if choice.refund == "original" and order.paid and order.remaining:
        question = _everything(order, choice)
        back = refunding.plan(payload, refunds, question, gateways=gateways)
        return _by_refund(_without_money(order, payload, choice), back)
    taken = any(meta(line["meta_data"], _STOCK_TAKEN_KEY) for line in payload["line_items"])
    if taken and not choice.restock:
        raise Unsupported("cancel_always_restocks")
    return replace(_without_money(order, payload, choice), restock=taken)


def _everything(order: Order, choice: CancelChoice) -> RefundChoice:
    able = with_refund(order)
    if not able.available:
        raise Unsupported(able.reason, **able.parameters)
    return RefundChoice(
        order_ref=order.ref, mode="all", shipping=True, restock=choice.restock,
        reason=choice.note, notify=choice.notify,
    )  # fmt: skip


def _without_money(order: Order, payload: OrderPayload, choice: CancelChoice) -> CancelPlan:
    zero = Money.zero(order.currency)
    kept = order.remaining if order.paid else zero
    return CancelPlan(
        order_ref=order.ref,
        order_number=order.number,
        order_version=payload["date_modified_gmt"] or "",
        order_state=order.state,
        refund=choice.refund,
        refund_amount=zero,
        kept_amount=kept,
        refunded_before=order.refunded,
        order_total=order.total,
        restock=choice.restock,
        reason=choice.reason,
        note=choice.note,
        notify=choice.notify,
        # the shop mails on its own where its template is switched on; it has no switch for us
        customer_mailed="shop_decides",
        warnings=("cancel_keeps_money",) if kept else (),
    )


def _by_refund(alone: CancelPlan, back: RefundPlan) -> CancelPlan:
    """The same order ended by giving everything back."""
    return replace(
        alone,
        refund_amount=back.amount,
        kept_amount=back.remaining_after,
        customer_mailed=back.customer_mailed,
        warnings=("cancel_ends_refunded",),
        by_refund=back,
    )


def body(reference: str) -> Mapping[str, object]:
    return {"status": "cancelled", "meta_data": [mark(reference, "cancel")]}


def note(plan: CancelPlan, reference: str) -> str:
    """What the shop's own people read on the order."""
    return f"{plan.note.strip()} [{reference}]".strip()


def refunded(plan: CancelPlan, made: RefundReceipt, reference: str) -> CancelReceipt:
    """From the refund that ended it."""
    return CancelReceipt(
        order_ref=plan.order_ref,
        reference=reference,
        cancelled_at=made.created_at,
        refunded=made.amount,
        payment=made.payment,
        state=made.state,
        ended_as="refunded",
    )


def receipt(plan: CancelPlan, payload: OrderPayload, reference: str) -> CancelReceipt | None:
    """None if it is not cancelled, or was by somebody else."""
    ours = meta(payload["meta_data"], mark_key(reference)) is not None
    if payload["status"] != "cancelled" or not ours:
        return None
    return CancelReceipt(
        order_ref=plan.order_ref,
        reference=reference,
        cancelled_at=moment(payload["date_modified_gmt"] or ""),
        refunded=Money.zero(plan.refund_amount.currency),
    )
