"""The pretend world in neutral words; each pretend shop renders it in its own protocol.

Money is Decimal in major units of `Order.currency`, times are aware UTC. Texts may be hostile.
Amounts of a line, a delivery and a surcharge follow the order's `taxes_included`: true means the
price contains `tax`, false means `tax` comes on top.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

TIENDA_AZUL = "tienda-azul"
CASA_OLIVA = "casa-oliva"
SHOP_CURRENCY = "EUR"

Method = Literal["card", "gift_card", "paypal", "cod", "bank_transfer"]
ShipmentState = Literal["shipped", "in_transit", "out_for_delivery", "delivered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """`country` is ISO alpha-2, `province_code` the ISO subdivision without its country."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    province: str = ""
    province_code: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who buys. `accounts` are the shops where they registered; without one they are a
    guest there. `phone` is as they typed it."""

    id: int
    key: str
    first_name: str
    last_name: str
    email: str
    phone: str
    address: Address
    locale: str = "es"
    note: str = ""
    tags: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place with stock of `shop`; some sell over the counter only."""

    id: int
    key: str
    shop: str
    name: str
    city: str
    country: str
    fulfils_online: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """`price` in the shop's currency. `stock` by location key; empty = the shop does not count
    it."""

    id: int
    sku: str
    options: tuple[tuple[str, str], ...]
    price: Decimal
    stock: Mapping[str, int] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return " / ".join(value for _, value in self.options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product without options has one variant with empty `options`."""

    id: int
    handle: str
    shop: str
    title: str
    description: str
    kind: str
    active: bool
    variants: tuple[Variant, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`unit_price` before, `total` after the share of discounts, for all units."""

    id: int
    product_id: int
    variant_id: int
    sku: str
    title: str
    options: tuple[tuple[str, str], ...]
    quantity: int
    unit_price: Decimal
    discount: Decimal
    total: Decimal
    tax: Decimal
    tax_rate: Decimal

    @property
    def subtotal(self) -> Decimal:
        return self.unit_price * self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What delivery cost, and how it is named on the order."""

    id: int
    code: str
    title: str
    price: Decimal
    tax: Decimal
    tax_rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountUse:
    """A code as it was used. `percentage` is 0 for a fixed amount; `amount` follows
    `taxes_included` and is the sum over the lines."""

    code: str
    percentage: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money that came in, or is awaited (`paid_at` None). `last4` of the card or gift card."""

    id: int
    method: Method
    label: str
    amount: Decimal
    paid_at: datetime | None
    last4: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentLine:
    line_id: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """A parcel; `location` is the key of the place it left from."""

    id: int
    state: ShipmentState
    location: str
    created_at: datetime
    expected_at: datetime | None
    delivered_at: datetime | None
    company: str
    tracking_number: str
    tracking_url: str
    lines: tuple[ShipmentLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundedLine:
    """`total` without, `tax` the tax, whatever the order's convention."""

    line_id: int
    quantity: int
    total: Decimal
    tax: Decimal
    restocked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """A refund the shop made before we came. `payment_id` says where the money went."""

    id: int
    payment_id: int
    amount: Decimal
    created_at: datetime
    reason: str
    lines: tuple[RefundedLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`person` is a key or "" for somebody unknown; `guest` has no account in this shop.
    `rate`: one unit of `currency` in SHOP_CURRENCY."""

    id: int
    number: int
    shop: str
    person: str
    guest: bool
    email: str
    phone: str
    locale: str
    currency: str
    rate: Decimal
    taxes_included: bool
    placed_at: datetime
    updated_at: datetime
    cancelled_at: datetime | None
    lines: tuple[Line, ...]
    delivery: Delivery
    discounts: tuple[DiscountUse, ...]
    payments: tuple[Payment, ...]
    shipments: tuple[Shipment, ...]
    refunds: tuple[Refund, ...]
    billing: Address
    shipping: Address
    note: str
    tags: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"#{self.number}"

    @property
    def subtotal(self) -> Decimal:
        """Goods after discounts, in the order's tax convention."""
        return sum((line.total for line in self.lines), Decimal(0))

    @property
    def discount_total(self) -> Decimal:
        return sum((line.discount for line in self.lines), Decimal(0))

    @property
    def tax_total(self) -> Decimal:
        return sum((line.tax for line in self.lines), self.delivery.tax)

    @property
    def total(self) -> Decimal:
        """What the customer owes or paid: never lowered by refunds."""
        total = self.subtotal + self.delivery.price
        return total if self.taxes_included else total + self.tax_total

    @property
    def paid(self) -> Decimal:
        return sum((item.amount for item in self.payments if item.paid_at), Decimal(0))

    @property
    def refunded(self) -> Decimal:
        return sum((refund.amount for refund in self.refunds), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A conversation of the pretend inbox. `paragraphs` is the customer's text."""

    number: int
    writer: str
    email: str
    phone: str
    channel: Literal["email", "whatsapp", "form", "chat"]
    subject: str
    paragraphs: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """Everything, in order of number. Look-ups by key are dictionaries made once."""

    now: datetime
    people: tuple[Person, ...]
    locations: tuple[Location, ...]
    products: tuple[Product, ...]
    shopify_orders: tuple[Order, ...]
    woocommerce_orders: tuple[Order, ...]
    tickets: tuple[Ticket, ...]

    def person(self, key: str) -> Person:
        """Raises KeyError."""
        return next(person for person in self.people if person.key == key)
