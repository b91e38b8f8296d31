"""Making an order: POST orders. Stock is not looked at, and a product that does not exist becomes
an empty line."""

from __future__ import annotations

import secrets
from decimal import Decimal

from .answers import Answer, ApiError, Call, one
from .changing import WRITE, check_email, fill
from .params import Param, Specs
from .records import SYMBOLS, Json
from .render import order_document, unit_price
from .routes import Endpoint
from .shop import Shop
from .states import enter
from .taxing import recalculate

_CREATE: Specs = {
    **WRITE,
    "customer_id": Param(kind="integer", default=0),
    "currency": Param(enum=tuple(SYMBOLS)),
    "payment_method": Param(default=""),
    "payment_method_title": Param(default=""),
    "set_paid": Param(kind="boolean", default=False),
    "line_items": Param(kind="array", items=Param(kind="object")),
    "shipping_lines": Param(kind="array", items=Param(kind="object")),
}
_PLACE = (
    "first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode",
    "country",
)  # fmt: skip
_NO_GOODS: Json = {"name": "", "sku": "", "price": "0", "tax_class": "", "type": "simple"}


def create_order(call: Call) -> Answer:
    """The order is saved as pending first; another state is entered then."""
    wanted, shop = call.params, call.shop
    check_email(wanted)
    customer = wanted["customer_id"]
    if customer and shop.get("customers", customer) is None:
        text = "Customer ID is invalid."
        raise ApiError(400, "woocommerce_rest_invalid_customer_id", text)
    order = _blank(call)
    fill(shop, order, wanted)
    order["line_items"] = [_line(shop, item) for item in wanted.get("line_items") or []]
    order["shipping_lines"] = [_delivery(shop, item) for item in wanted.get("shipping_lines") or []]
    recalculate(shop, order)
    for item in order["line_items"]:
        item["price"] = unit_price(item["total"], item["quantity"])
    status = wanted.get("status") or "pending"
    if status == "checkout-draft":
        order["status"] = status
    shop.put("orders", order)
    if status not in ("pending", "checkout-draft") or wanted["set_paid"]:
        shop.change("orders", order["id"], lambda record: enter(shop, record, status))
    made = shop.get("orders", order["id"]) or order
    location = call.link(f"orders/{order['id']}")
    return one(call, order_document(call, made), 201, Location=location)


def _blank(call: Call) -> Json:
    wanted, shop, now = call.params, call.shop, call.shop.stamp()
    identity = shop.new_id("object")
    nowhere = dict.fromkeys(_PLACE, "")
    return {
        "id": identity,
        "parent_id": 0,
        "status": "pending",
        "currency": wanted.get("currency") or shop.site.currency,
        "version": shop.site.version,
        "prices_include_tax": False,
        "customer_id": wanted["customer_id"],
        "order_key": f"wc_order_{secrets.token_hex(6)}",
        "billing": {**nowhere, "email": "", "phone": ""},
        "shipping": {**nowhere, "phone": ""},
        "payment_method": wanted["payment_method"],
        "payment_method_title": wanted["payment_method_title"],
        "transaction_id": "",
        "customer_ip_address": "",
        "customer_user_agent": "",
        "created_via": "rest-api",
        "customer_note": "",
        "cart_hash": "",
        "number": str(identity),
        "meta_data": [],
        "tax_lines": [],
        "fee_lines": [],
        "coupon_lines": [],
        "needs_processing": True,
        "date_created_gmt": now,
        "date_modified_gmt": now,
        "date_completed_gmt": None,
        "date_paid_gmt": None,
    }


def _line(shop: Shop, wanted: Json) -> Json:
    """The product's price of today, unless money is given."""
    number, variation = int(wanted.get("product_id") or 0), int(wanted.get("variation_id") or 0)
    goods = shop.get("products", variation or number)
    parent = shop.get("products", number) if variation else None
    quantity = int(wanted.get("quantity", 1))
    whole = str(_times((goods or _NO_GOODS)["price"], quantity))
    known = goods or _NO_GOODS
    return {
        "id": shop.new_id("item"),
        "name": f"{parent['name']} - {known['name']}" if parent else known["name"],
        "product_id": number if goods else 0,
        "variation_id": variation,
        "quantity": quantity,
        "tax_class": known.get("tax_class", ""),
        "subtotal": str(wanted.get("subtotal", whole)),
        "subtotal_tax": "0",
        "total": str(wanted.get("total", wanted.get("subtotal", whole))),
        "total_tax": "0",
        "taxes": [],
        "meta_data": _options(shop, known),
        "sku": known["sku"],
        "global_unique_id": "",
        "price": 0,
        "image": _picture(known, is_variation=bool(variation)),
        "parent_name": parent["name"] if parent else None,
    }


def _times(price: str, quantity: int) -> str:
    return str(Decimal(price or "0") * quantity)


def _picture(goods: Json, *, is_variation: bool) -> Json:
    found = goods.get("image") if is_variation else next(iter(goods.get("images") or []), None)
    if found and found.get("src"):
        return {"id": found["id"], "src": found["src"]}
    return {"id": 0 if is_variation else "", "src": ""}


def _options(shop: Shop, goods: Json) -> list[Json]:
    if goods["type"] != "variation":
        return []
    return [
        {
            "id": shop.new_id("item_meta"),
            "key": option["slug"],
            "value": option["option"],
            "display_key": option["name"],
            "display_value": option["option"],
        }
        for option in goods["attributes"]
    ]


def _delivery(shop: Shop, wanted: Json) -> Json:
    return {
        "id": shop.new_id("item"),
        "method_title": str(wanted.get("method_title", "")),
        "method_id": str(wanted.get("method_id", "")),
        "instance_id": "",
        "total": str(wanted.get("total", "0")),
        "total_tax": "0",
        "taxes": [],
        "tax_status": "taxable",
        "meta_data": [],
    }


CREATE = Endpoint(handler=create_order, params=_CREATE)
