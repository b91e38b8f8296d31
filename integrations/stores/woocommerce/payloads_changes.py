"""What changes other than refunds read, and the orders they answer with."""

from __future__ import annotations

from decimal import Decimal
from typing import NotRequired, TypedDict

import msgspec

from .payloads import ChargePayload


class TaxedLine(ChargePayload):
    """Goods or a fee. `tax_class` "" is the standard one."""

    tax_class: NotRequired[str]
    tax_status: NotRequired[str]


class TaxedShipping(ChargePayload):
    tax_status: NotRequired[str]


class TaxedOrder(TypedDict):
    """What of an order its taxes are made from."""

    line_items: list[TaxedLine]
    fee_lines: list[TaxedLine]
    shipping_lines: list[TaxedShipping]


class TaxRatePayload(TypedDict):
    """`country`, `state` "" = anywhere; postcodes may have wildcards ("35*", "100...200")."""

    id: int
    country: str
    state: str
    rate: str
    priority: int
    compound: bool
    shipping: bool
    order: int
    postcodes: NotRequired[list[str]]
    cities: NotRequired[list[str]]


class SettingPayload(TypedDict):
    id: str
    value: object


# "class" is no name of Python
_TaxClass = TypedDict("_TaxClass", {"class": str})


class ClassedRate(TaxRatePayload, _TaxClass):
    """A rate with its class; "standard" is written out here."""


class CouponRecord(TypedDict):
    """A coupon; `code` in lower case."""

    id: int
    code: str
    amount: str
    discount_type: str
    description: str
    date_created_gmt: str
    date_expires_gmt: str | None
    usage_limit: int | None
    usage_limit_per_user: int | None
    free_shipping: bool
    minimum_amount: str
    email_restrictions: list[str]


class GoodsPayload(TypedDict):
    """A product or a variation, as both are read by their own id. `manage_stock` is true, false
    or the text "parent"."""

    id: int
    name: str
    parent_id: int
    sku: str
    price: str
    status: str
    tax_class: NotRequired[str]
    tax_status: NotRequired[str]
    manage_stock: bool | str
    stock_quantity: Decimal | None
    stock_status: str
    backorders: str


class NotePayload(TypedDict):
    """A note of an order, as HTML."""

    id: int
    note: str
    customer_note: bool
    date_created_gmt: str


class EnvironmentPayload(TypedDict):
    version: str


class StatusPayload(TypedDict):
    environment: EnvironmentPayload


TAXED_ORDER = msgspec.json.Decoder(TaxedOrder)
TAX_RATES = msgspec.json.Decoder(list[ClassedRate])
SETTINGS = msgspec.json.Decoder(list[SettingPayload])
COUPON = msgspec.json.Decoder(CouponRecord)
COUPONS = msgspec.json.Decoder(list[CouponRecord])
GOODS = msgspec.json.Decoder(GoodsPayload)
NOTE = msgspec.json.Decoder(NotePayload)
NOTES = msgspec.json.Decoder(list[NotePayload])
STATUS = msgspec.json.Decoder(StatusPayload)
