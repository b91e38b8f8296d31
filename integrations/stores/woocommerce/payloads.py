"""What the REST API (wc/v3) answers, as far as we read it. Decoding checks these shapes; fields
not named here are skipped, so the few bare JSON numbers that are money never come in. Fields that
came with later versions of the shop's software are not required."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NotRequired, TypedDict

import msgspec


class MetaPayload(TypedDict):
    """`value` may be any JSON: plugins write here."""

    key: str
    value: Any


class AddressPayload(TypedDict, total=False):
    first_name: str
    last_name: str
    company: str
    address_1: str
    address_2: str
    city: str
    state: str
    postcode: str
    country: str
    email: str
    phone: str


class TaxPayload(TypedDict):
    """Tax of one line by rate id."""

    id: int
    total: str


class ChargePayload(TypedDict):
    """What goods, delivery and fees have in common. `total` is without tax, after discounts."""

    id: int
    total: str
    total_tax: str
    taxes: list[TaxPayload]
    meta_data: list[MetaPayload]


class ImagePayload(TypedDict, total=False):
    src: str | bool | None


class LinePayload(ChargePayload):
    """`product_id` is 0 for a product that was deleted for good."""

    name: str
    parent_name: NotRequired[str | None]
    product_id: int
    variation_id: int
    quantity: Decimal
    subtotal: str
    sku: str | None
    image: NotRequired[ImagePayload | None]


class ShippingPayload(ChargePayload):
    method_title: str


class FeePayload(ChargePayload):
    name: str


class CouponPayload(TypedDict, total=False):
    code: str
    discount: str
    discount_type: str
    nominal_amount: Decimal | None


class RefundSummary(TypedDict):
    """`total` is "-" and the amount; a lone "-" for a refund made without one."""

    id: int
    total: str


class OrderPayload(TypedDict):
    id: int
    number: str
    status: str
    currency: str
    date_created_gmt: str | None
    date_modified_gmt: str | None
    date_paid_gmt: str | None
    discount_total: str
    shipping_total: str
    total: str
    total_tax: str
    customer_id: int
    customer_note: str
    billing: AddressPayload
    shipping: AddressPayload
    payment_method: str
    payment_method_title: str
    transaction_id: str
    line_items: list[LinePayload]
    shipping_lines: list[ShippingPayload]
    fee_lines: list[FeePayload]
    coupon_lines: list[CouponPayload]
    refunds: list[RefundSummary]
    meta_data: list[MetaPayload]
    needs_processing: NotRequired[bool]
    payment_url: NotRequired[str]
    version: NotRequired[str]


class RefundPayload(TypedDict):
    """Lines carry negative amounts and the id of the order's line in `_refunded_item_id`."""

    id: int
    date_created_gmt: str
    amount: str
    reason: str
    refunded_payment: bool
    meta_data: list[MetaPayload]
    line_items: list[LinePayload]
    shipping_lines: list[ShippingPayload]
    fee_lines: list[FeePayload]


class CustomerPayload(TypedDict):
    id: int
    email: str
    first_name: str
    last_name: str
    username: str
    date_created_gmt: str | None
    date_modified_gmt: str | None
    billing: AddressPayload
    shipping: AddressPayload


class AttributePayload(TypedDict):
    option: str


class VariationPayload(TypedDict):
    """`manage_stock` is true, false or the text "parent"."""

    id: int
    sku: str
    price: str
    manage_stock: bool | str
    stock_quantity: Decimal | None
    stock_status: str
    backorders: str
    status: str
    attributes: list[AttributePayload]


class ProductPayload(TypedDict):
    id: int
    name: str
    type: str
    status: str
    parent_id: int
    permalink: str
    sku: str
    price: str
    manage_stock: bool | str
    stock_quantity: Decimal | None
    stock_status: str
    backorders: str
    images: list[ImagePayload]
    variations: list[int]
    date_created_gmt: str | None
    date_modified_gmt: str | None


class GatewayPayload(TypedDict):
    id: str
    method_supports: list[str]


class IndexPayload(TypedDict, total=False):
    name: str
    url: str
    timezone_string: str
    gmt_offset: Decimal
    namespaces: list[str]


class CurrencyPayload(TypedDict):
    code: str


DecodeError = ValueError  # no JSON, no UTF-8, or not of the shape

ORDER = msgspec.json.Decoder(OrderPayload)
ORDERS = msgspec.json.Decoder(list[OrderPayload])
REFUND = msgspec.json.Decoder(RefundPayload)
REFUNDS = msgspec.json.Decoder(list[RefundPayload])
CUSTOMER = msgspec.json.Decoder(CustomerPayload)
CUSTOMERS = msgspec.json.Decoder(list[CustomerPayload])
PRODUCT = msgspec.json.Decoder(ProductPayload)
PRODUCTS = msgspec.json.Decoder(list[ProductPayload])
VARIATIONS = msgspec.json.Decoder(list[VariationPayload])
GATEWAYS = msgspec.json.Decoder(list[GatewayPayload])
INDEX = msgspec.json.Decoder(IndexPayload)
CURRENCY = msgspec.json.Decoder(CurrencyPayload)
