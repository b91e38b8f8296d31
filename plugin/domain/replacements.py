"""A new order made from one that went wrong, or once more: choice, preview and receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from plugin.domain.money import Money
from plugin.domain.people import Address

MOST_LINES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementLine:
    """Goods to send: `line_ref` is the line of the old order they stand for; the variant may be
    another one (a size swap). A product without variants has its own ref as `variant_ref`."""

    line_ref: str
    product_ref: str
    variant_ref: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementChoice:
    """What the agent chose, checked for form only. `charge`: the customer pays by a link, else it
    is free. `address` None = the old order's. `notify` mails the link, where there is one."""

    order_ref: str
    lines: tuple[ReplacementLine, ...]
    charge: bool = False
    address: Address | None = None
    notify: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementItem:
    """Goods of the new order. `stock` None = the shop does not count them."""

    line_ref: str
    product_ref: str
    variant_ref: str
    title: str
    options: str = ""
    sku: str = ""
    quantity: int
    unit_price: Money
    stock: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementPlan:
    """A preview frozen as the intent. `total` is what the customer will have to pay, tax
    included; None where the shop does not let it be known ("total_unknown" among `warnings`)."""

    order_ref: str
    order_number: str
    order_version: str
    order_state: str
    items: tuple[ReplacementItem, ...]
    charge: bool
    address: Address
    email: str
    phone: str = ""
    customer_ref: str = ""
    currency: str
    total: Money | None
    tax: Money | None
    notify: bool = False
    note: str = ""
    customer_mailed: Literal["yes", "no", "shop_decides"] = "no"
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementReceipt:
    """The new order: `number` as people say it; while it waits for payment in a draft, `order_ref`
    is empty. `pay_url` is for the customer. `linked`: the old order points to it too."""

    ref: str
    order_ref: str
    number: str
    stage: Literal["order", "awaiting_payment"]
    reference: str
    created_at: datetime
    total: Money
    payment: Literal[""] = ""
    state: Literal["final"] = "final"
    pay_url: str = ""
    linked: bool = True
    mailed: Literal["yes", "no", "unknown"] = "no"
