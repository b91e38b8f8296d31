"""Ending an order before it is sent: choice, preview and receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from plugin.domain.money import Money
from plugin.domain.refunds import RefundPlan, RefundTo

CancelRefund = Literal["none", "original", "store_credit"]
CancelReason = Literal["customer", "declined", "fraud", "inventory", "staff", "other"]
CANCEL_REASONS: tuple[CancelReason, ...] = get_args(CancelReason)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelChoice:
    """What the agent chose, checked for form only. `note` is for the shop's own people."""

    order_ref: str
    refund: CancelRefund = "none"
    restock: bool = True
    reason: CancelReason = "customer"
    note: str = ""
    notify: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelPlan:
    """A preview frozen as the intent. `refund_amount` goes back by itself, `kept_amount` is paid
    and does not ("cancel_keeps_money" among the `warnings` then); `voids` is a payment that was
    only held and is let go. `by_refund` is the refund of everything that ends the order, where the
    platform gives money back in no other way."""

    order_ref: str
    order_number: str
    order_version: str
    order_state: str
    refund: CancelRefund
    refund_amount: Money
    kept_amount: Money
    refunded_before: Money
    order_total: Money | None = None  # unknown in previews of older releases
    voids: bool = False
    restock: bool = True
    reason: CancelReason = "customer"
    note: str = ""
    notify: bool = False
    customer_mailed: Literal["yes", "no", "shop_decides"] = "no"
    warnings: tuple[str, ...] = ()
    by_refund: RefundPlan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReceipt:
    """What the shop says of it. `refunded` went back with this; "pending" = the bank has not
    confirmed it yet; "working" = its gateway has not answered yet. `ended_as` is the state that
    the shop shows, `to` where the money went."""

    order_ref: str
    reference: str
    cancelled_at: datetime
    refunded: Money
    payment: Literal["", "none", "pending", "succeeded", "failed"] = ""
    state: Literal["final", "working"] = "final"
    ended_as: Literal["cancelled", "refunded"] = "cancelled"
    to: RefundTo = "original"

    @property
    def ref(self) -> str:
        return self.order_ref

    @property
    def created_at(self) -> datetime:
        return self.cancelled_at
