"""What can go back: requests, previews and receipts of a refund."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from plugin.domain.money import Money

RefundMode = Literal["all", "lines", "amount"]
RefundTo = Literal["original", "store_credit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChoice:
    """How many units of one line go back."""

    line_ref: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundChoice:
    """What the agent chose, checked for form only. `amount` only for mode "amount";
    `shipping` asks for the remaining delivery charge in mode "lines" ("all" includes it).
    `place_ref` is the location where units come back to ("" = as the platform suggests)."""

    order_ref: str
    mode: RefundMode
    lines: tuple[LineChoice, ...] = ()
    amount: Money | None = None
    shipping: bool = False
    restock: bool = True
    reason: str = ""
    notify: bool = False
    to: RefundTo = "original"
    place_ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundTax:
    """Tax going back on one line, by the platform's own tax-rate id where it has one."""

    rate_ref: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundLine:
    """One line going back. `kind` tells goods from delivery and fees.
    `total` without `tax`. `restock_to` is a location's name ("" = the platform decides)."""

    line_ref: str
    kind: Literal["item", "shipping", "fee"] = "item"
    title: str = ""
    quantity: int = 0
    total: Money
    tax: Money
    taxes: tuple[RefundTax, ...] = ()
    restock: Literal["none", "return", "cancel"] = "none"
    location_ref: str = ""
    restock_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPart:
    """Money to one payment, or to the customer's store credit (`payment_ref` is empty then)."""

    payment_ref: str
    gateway: str
    label: str
    amount: Money
    maximum: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPlan:
    """A preview frozen as the intent: everything that will be sent and shown.

    `order_version` is the platform's update stamp, `refunded_before` the amount already
    refunded, `order_state` is Order.state, `remaining_after` what stays refundable. `amount` is
    the sum of `parts`."""

    order_ref: str
    order_number: str
    mode: RefundMode
    amount: Money
    lines: tuple[RefundLine, ...]
    parts: tuple[RefundPart, ...]
    tax: Money
    shipping: Money
    refundable: Money
    remaining_after: Money
    refunded_before: Money
    order_total: Money
    order_version: str
    order_state: str
    reason: str = ""
    notify: bool = False
    customer_mailed: Literal["yes", "no", "shop_decides"] = "no"
    to: RefundTo = "original"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundReceipt:
    """What the shop says about a refund. `payment` "pending" = accepted, bank not confirmed;
    `state` "working" = the shop lists it but its gateway has not answered yet. `to` says where
    the money went."""

    ref: str
    amount: Money
    created_at: datetime
    payment: Literal["pending", "succeeded", "failed", "none"]
    state: Literal["final", "working"] = "final"
    reference: str = ""
    to: RefundTo = "original"
