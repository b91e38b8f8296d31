"""Whether an order can still be ended, what that does, the mutation's input. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from plugin.domain.cancels import CancelChoice, CancelPlan, CancelReceipt
from plugin.domain.money import Money, total
from plugin.domain.orders import Order
from plugin.domain.refunds import RefundChoice
from plugin.errors import InvalidInput, Unsupported
from plugin.ports.store import Capability

from .payloads_refunds import SuggestionPayload
from .suggested import refundable
from .values import gid, joined_note, moment, paid_money, split_note

_LONGEST_NOTE = 255
_GONE = {
    "fulfilled": "cancel_order_sent",
    "in_transit": "cancel_order_sent",
    "delivered": "cancel_order_sent",
    "partial": "cancel_partly_sent",
}


def capability(order: Order) -> Capability:
    """Whether this order can be cancelled now, else why not."""
    done = "cancel_done_already" if order.cancelled_at else ""
    reason = done or _GONE.get(order.fulfilment_state, "")
    return Capability(name="cancel", available=not reason, reason=reason)


def with_refund(order: Order) -> Capability:
    """Whether money can go back with the cancellation. The shop would write down a refund of
    money that a person has to pay: that is a task of its own."""
    if not order.paid or not order.remaining:
        return Capability(name="cancel_refund", available=False)
    by_hand = any(item.manual and item.state == "succeeded" for item in order.payments)
    reason = "cancel_refund_manual" if by_hand else ""
    return Capability(name="cancel_refund", available=not by_hand, reason=reason)


def check(order: Order, choice: CancelChoice) -> None:
    """Raises Unsupported (also "cancel_refund_manual"), InvalidInput("store_credit_no_customer",
    "note_too_long")."""
    able = capability(order)
    if not able.available:
        raise Unsupported(able.reason)
    apart = with_refund(order).reason
    if choice.refund != "none" and apart:
        raise Unsupported(apart)
    if choice.refund == "store_credit" and not order.customer_ref:
        raise InvalidInput("store_credit_no_customer", field="refund")
    if len(joined_note(choice.note, "M-XXXXXXXX")) > _LONGEST_NOTE:
        raise InvalidInput("note_too_long", field="note")


def everything(order: Order) -> RefundChoice:
    """The question what all payments together can give back."""
    return RefundChoice(order_ref=order.ref, mode="amount")


def plan(order: Order, choice: CancelChoice, suggestion: SuggestionPayload | None) -> CancelPlan:
    """`suggestion` is None where no money goes back."""
    zero = Money.zero(order.currency)
    back = refundable(order, suggestion) if suggestion else zero
    received = total(
        (item.amount for item in order.payments if item.state == "succeeded"), order.currency
    )
    kept = received - order.refunded - back
    kept = kept if kept > zero else zero
    voids = any(item.state == "authorized" for item in order.payments)
    return CancelPlan(
        order_ref=order.ref,
        order_number=order.number,
        order_version=order.updated_at.isoformat(),
        order_state=order.state,
        refund=choice.refund,
        refund_amount=back,
        kept_amount=kept,
        refunded_before=order.refunded,
        order_total=order.total,
        voids=voids,
        restock=choice.restock,
        reason=choice.reason,
        note=choice.note,
        notify=choice.notify,
        customer_mailed="yes" if choice.notify else "no",
        warnings=tuple(_warnings(kept, voids=voids)),
    )


def _warnings(kept: Money, *, voids: bool) -> Iterator[str]:
    if kept:
        yield "cancel_keeps_money"
    if voids:
        yield "cancel_voids_payment"


def mutation(plan: CancelPlan, reference: str) -> Mapping[str, object]:
    """Variables of `order_cancel`."""
    methods: Mapping[str, object] = {
        "original": {"originalPaymentMethodsRefund": True},
        "store_credit": {"storeCreditRefund": {"expiresAt": None}},
    }
    return {
        "orderId": gid("Order", plan.order_ref),
        "reason": plan.reason.upper(),
        "refundMethod": methods.get(plan.refund),
        "restock": plan.restock,
        "notifyCustomer": plan.notify,
        "staffNote": joined_note(plan.note, reference),
    }


def receipt(plan: CancelPlan, payload: Mapping[str, Any], reference: str) -> CancelReceipt | None:
    """From `order_cancelled`; None if the order is not cancelled, or was by somebody else."""
    note = (payload["cancellation"] or {}).get("staffNote")
    if not payload["cancelledAt"] or split_note(note)[1] != reference:
        return None
    refunded = paid_money(payload["totalRefundedSet"]) - plan.refunded_before
    return CancelReceipt(
        order_ref=plan.order_ref,
        reference=reference,
        cancelled_at=moment(payload["cancelledAt"]),
        refunded=refunded,
        payment=_payment(plan, refunded, payload["transactions"]),
        to="store_credit" if plan.refund == "store_credit" else "original",
    )


def _payment(
    plan: CancelPlan, refunded: Money, transactions: Sequence[Mapping[str, str]]
) -> Literal["", "pending", "succeeded"]:
    if not plan.refund_amount:
        return ""
    states = {item["status"] for item in transactions if item["kind"] == "REFUND"}
    waits = states & {"PENDING", "AWAITING_RESPONSE"} or refunded < plan.refund_amount
    return "pending" if waits else "succeeded"
