"""Orders: what the panel shows and what a refund needs, in the currency the customer paid
(presentment). All times aware UTC, all money `Money`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from plugin.domain.money import Money
from plugin.domain.people import Address

DETAILS = "details"
"""In `Order.partial`: which goods were sent or refunded is not known yet, and can be read."""
PaymentState = Literal[
    "pending",
    "authorized",
    "paid",
    "partially_paid",
    "partially_refunded",
    "refunded",
    "voided",
    "failed",
]
FulfilmentState = Literal[
    "unfulfilled", "partial", "fulfilled", "in_transit", "delivered", "not_required", "on_hold"
]
ShipmentState = Literal[
    "pending", "shipped", "in_transit", "out_for_delivery", "delivered", "failed", "cancelled"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One line item. `total` is for `quantity` units after discounts and without tax;
    `tax` is on top (0 where the platform's prices include tax, see Order.taxes_included)."""

    ref: str
    title: str
    options: str = ""
    sku: str = ""
    quantity: int
    refundable_quantity: int
    unfulfilled_quantity: int = 0
    total: Money
    tax: Money
    image_url: str = ""
    product_ref: str = ""
    variant_ref: str = ""
    restockable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingLine:
    """What was charged for delivery; `tax` on top as in OrderLine."""

    ref: str
    title: str
    total: Money
    tax: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """A surcharge or a manual reduction that is neither goods nor delivery."""

    ref: str
    title: str
    total: Money
    tax: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """One parcel's number; `url` is whatever the shop stored, http(s) or empty."""

    company: str = ""
    number: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentLine:
    line_ref: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilment:
    """A shipment. `lines` empty means the platform does not say which goods."""

    ref: str
    state: ShipmentState
    created_at: datetime | None = None
    delivered_at: datetime | None = None
    expected_at: datetime | None = None
    tracking: tuple[Tracking, ...] = ()
    lines: tuple[FulfilmentLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money that came in. `refundable` is what this payment can still give back by API;
    `manual` payments (cash on delivery, bank transfer) move no money by API."""

    ref: str
    gateway: str
    label: str
    state: Literal["succeeded", "pending", "authorized", "failed", "voided"]
    amount: Money
    at: datetime | None = None
    manual: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundedLine:
    line_ref: str
    quantity: int
    total: Money
    tax: Money
    restocked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefund:
    """A refund the shop knows. `reference` is our "M-XXXXXXXX" mark if it carries one.
    `payment`: did the money leave (`none` = recorded only, no money moved by API; `credited` =
    it became the customer's store credit)."""

    ref: str
    total: Money
    created_at: datetime
    reason: str = ""
    reference: str = ""
    payment: Literal["pending", "succeeded", "failed", "none", "credited"] = "succeeded"
    lines: tuple[RefundedLine, ...] = ()
    shipping: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """A discount as it was applied; `label` is the code or title, `amount` its value."""

    label: str
    amount: Money | None = None
    percentage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order. `total` is what was ordered (never lowered by refunds), `refunded` the sum
    given back; `total - refunded` is what remains with the shop, if it was paid."""

    ref: str
    number: str
    placed_at: datetime
    updated_at: datetime
    currency: str
    total: Money
    subtotal: Money
    shipping_total: Money
    tax_total: Money
    discount_total: Money
    refunded: Money
    paid: bool
    taxes_included: bool = False
    payment_state: PaymentState
    fulfilment_state: FulfilmentState
    cancelled_at: datetime | None = None
    customer_ref: str = ""
    customer_name: str = ""
    email: str = ""
    phone: str = ""
    lines: tuple[OrderLine, ...] = ()
    shipping_lines: tuple[ShippingLine, ...] = ()
    fees: tuple[Fee, ...] = ()
    fulfilments: tuple[Fulfilment, ...] = ()
    payments: tuple[Payment, ...] = ()
    refunds: tuple[OrderRefund, ...] = ()
    discounts: tuple[Discount, ...] = ()
    shipping_address: Address | None = None
    billing_address: Address | None = None
    note: str = ""
    tags: tuple[str, ...] = ()
    status_text: str = ""
    status_url: str = ""
    admin_url: str = ""
    partial: tuple[str, ...] = ()
    """Parts the shop could not give (protected data, a failed sub-query): names of fields."""

    @property
    def state(self) -> str:
        """Payment, fulfilment and cancellation in one text, to notice that an order moved."""
        ended = "/cancelled" if self.cancelled_at else ""
        return f"{self.payment_state}/{self.fulfilment_state}{ended}"

    @property
    def remaining(self) -> Money:
        """What was charged less what was refunded, never below zero."""
        left = self.total - self.refunded
        return left if left.amount > 0 else Money.zero(self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineHead:
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHead:
    """What a list shows of an order, read from a stored one without decoding the rest."""

    number: str
    placed_at: datetime
    total: Money
    payment_state: PaymentState
    fulfilment_state: FulfilmentState
    cancelled_at: datetime | None = None
    customer_name: str = ""
    lines: tuple[LineHead, ...] = ()
