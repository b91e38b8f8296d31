"""Records as the REST API shows them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .answers import Call
from .php import money
from .records import SYMBOLS, Json
from .shop import Shop, stamp

_MONEY = frozenset(
    (
        "discount_total",
        "discount_tax",
        "shipping_total",
        "shipping_tax",
        "cart_tax",
        "total",
        "total_tax",
        "subtotal",
        "subtotal_tax",
        "tax_total",
        "shipping_tax_total",
    )
)
_ITEM_LISTS = ("line_items", "tax_lines", "shipping_lines", "fee_lines", "coupon_lines")
_EDITABLE = ("pending", "on-hold", "auto-draft")
_UNPAID = ("pending", "failed", "checkout-draft")
_ALL_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_GONE_PRODUCT = {
    "product_id": 0,
    "variation_id": 0,
    "sku": None,
    "global_unique_id": None,
    "image": {"id": 0, "src": ""},
}


def order_document(call: Call, order: Json) -> Json:
    """`order` with its refunds; money with the asked number of places."""
    shop, dp = call.shop, call.decimals
    document = {**order, **_with_money(order, dp), **_times(shop, order, _ORDER_TIMES)}
    for name in _ITEM_LISTS:
        document[name] = [_item(call, name, item) for item in order[name]]
    document["refunds"] = [_refund_summary(refund, dp) for refund in _refunds_unsorted(shop, order)]
    key = order["order_key"]
    document["payment_url"] = (
        f"{call.base}/checkout/order-pay/{order['id']}/?pay_for_order=true&key={key}"
    )
    document["is_editable"] = order["status"] in _EDITABLE
    document["needs_payment"] = order["status"] in _UNPAID and Decimal(order["total"]) > 0
    document["currency_symbol"] = SYMBOLS.get(order["currency"], order["currency"])
    document["_links"] = _order_links(call, order)
    return document


_ORDER_TIMES = ("date_created", "date_modified", "date_completed", "date_paid")


def _order_links(call: Call, order: Json) -> Json:
    itself = call.link(f"orders/{order['id']}")
    links: Json = {
        "self": _self(itself, _ALL_METHODS),
        "collection": [{"href": call.link("orders")}],
        "email_templates": [
            {"embeddable": True, "href": f"{itself}/actions/email_templates"},
        ],
    }
    if order["customer_id"]:
        links["customer"] = [{"href": call.link(f"customers/{order['customer_id']}")}]
    return links


def _refunds_unsorted(shop: Shop, order: Json) -> list[Json]:
    """Newest second first; within a second the database gives them as it likes: by id here."""
    oldest_first = reversed(shop.refunds_of(order["id"]))
    return sorted(oldest_first, key=lambda refund: _seconds(refund["date_created_gmt"]))


def _seconds(text: str) -> float:
    return -datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def _refund_summary(refund: Json, dp: int) -> Json:
    """The sign is glued on: a refund without an amount shows a lone "-"."""
    taxes = sum((Decimal(line["tax_total"]) for line in refund["tax_lines"]), Decimal(0))
    taxes += sum((Decimal(line["shipping_tax_total"]) for line in refund["tax_lines"]), Decimal(0))
    return {
        "id": refund["id"],
        "reason": refund["reason"],
        "total": "-" + money(refund["amount"], dp),
        "total_tax": money(str(taxes), dp),
    }


def refund_document(call: Call, refund: Json, *, with_parent: bool = False) -> Json:
    """One refund; the list over all orders names its order."""
    dp, order_id = call.decimals, refund["order_id"]
    document: Json = {"id": refund["id"]}
    if with_parent:
        document["parent_id"] = order_id
    document |= _times(call.shop, refund, ("date_created",))
    document["amount"] = money(refund["amount"], dp)
    for name in ("reason", "refunded_by", "refunded_payment", "meta_data"):
        document[name] = refund[name]
    for name in ("line_items", "shipping_lines", "tax_lines", "fee_lines"):
        document[name] = [_item(call, name, item) for item in refund[name]]
    document["_links"] = {
        "self": _self(call.link(f"orders/{order_id}/refunds/{refund['id']}"), ["GET", "DELETE"]),
        "collection": [{"href": call.link(f"orders/{order_id}/refunds")}],
        "up": [{"href": call.link(f"orders/{order_id}")}],
    }
    return document


def customer_document(call: Call, customer: Json) -> Json:
    """One account."""
    digest = hashlib.sha256(customer["email"].strip().lower().encode()).hexdigest()
    document = {**customer, **_times(call.shop, customer, ("date_created", "date_modified"))}
    document["avatar_url"] = f"https://secure.gravatar.com/avatar/{digest}?s=96&d=mm&r=g"
    document["_links"] = {
        "self": _self(call.link(f"customers/{customer['id']}"), _ALL_METHODS),
        "collection": [{"href": call.link("customers")}],
    }
    return document


def product_document(call: Call, product: Json, *, as_variation: bool = False) -> Json:
    """A product, or a variation: as such under its parent, with a longer name on its own."""
    document = {**product, **_times(call.shop, product, ("date_created", "date_modified"))}
    if document["permalink"].startswith("/"):
        document["permalink"] = call.base + document["permalink"]
    if "images" in document:
        document["images"] = [_here(call, image) for image in document["images"]]
    if "image" in document:
        document["image"] = _here(call, document["image"])
    path, up = f"products/{product['id']}", product.get("parent_id")
    if as_variation:
        path = f"products/{up}/variations/{product['id']}"
    elif up:
        parent = call.shop.get("products", up) or {"name": ""}
        document["name"] = f"{parent['name']} - {product['name']}"
    collection = f"products/{up}/variations" if as_variation else "products"
    document["_links"] = {
        "self": _self(call.link(path), _ALL_METHODS),
        "collection": [{"href": call.link(collection)}],
    }
    if up:
        document["_links"]["up"] = [{"href": call.link(f"products/{up}")}]
    return document


def coupon_document(call: Call, coupon: Json) -> Json:
    """A coupon."""
    names = ("date_created", "date_modified", "date_expires")
    document: Json = {}
    for name, value in coupon.items():
        if name.removesuffix("_gmt") in names:
            document |= _times(call.shop, coupon, (name.removesuffix("_gmt"),))
        else:
            document[name] = value
    document["_links"] = {
        "self": _self(call.link(f"coupons/{coupon['id']}"), _ALL_METHODS),
        "collection": [{"href": call.link("coupons")}],
    }
    return document


def note_document(call: Call, note: Json) -> Json:
    """A note of an order, as HTML."""
    order_id = note["order_id"]
    document: Json = {"id": note["id"], "author": note["author"]}
    document |= _times(call.shop, note, ("date_created",))
    document |= {"note": note["note"], "customer_note": note["customer_note"]}
    notes = call.link(f"orders/{order_id}/notes")
    document["_links"] = {
        "self": _self(f"{notes}/{note['id']}", ["GET", "DELETE"]),
        "collection": [{"href": notes}],
        "up": [{"href": call.link(f"orders/{order_id}")}],
    }
    return document


def local_time(shop: Shop, text: str | None) -> str | None:
    """A UTC text in the store's own time, still without a zone."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return stamp(moment.astimezone(shop.zone()).replace(tzinfo=UTC))


def unit_price(total: str, quantity: int) -> Any:
    """A bare JSON number, the one place of the protocol where money is not text."""
    if not quantity:
        return 0
    price = (Decimal(total) / quantity).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return int(price) if price == int(price) else float(price)


def _item(call: Call, kind: str, item: Json) -> Json:
    shown, dp = {**item}, call.decimals
    if kind != "coupon_lines":
        shown |= _with_money(item, dp)
    if "taxes" in item:
        shown["taxes"] = [
            {**tax, "total": money(tax["total"], dp), "subtotal": money(tax["subtotal"], dp)}
            for tax in item["taxes"]
        ]
    if kind == "line_items":
        shown["image"] = _here(call, item["image"])
        if item["product_id"] and _is_gone(call.shop, item):
            shown |= _GONE_PRODUCT
    return shown


def _here(call: Call, picture: Json | None) -> Json | None:
    """Addresses of records begin with a slash; only a request knows the host."""
    if picture is None or not picture["src"].startswith("/"):
        return picture
    return {**picture, "src": call.base + picture["src"]}


def _is_gone(shop: Shop, item: Json) -> bool:
    return shop.get("products", item["variation_id"] or item["product_id"]) is None


def _with_money(record: Json, dp: int) -> Json:
    return {key: money(value, dp) for key, value in record.items() if key in _MONEY}


def _times(shop: Shop, record: Json, names: tuple[str, ...]) -> Json:
    times: Json = {}
    for name in names:
        value = record.get(f"{name}_gmt")
        times[name] = local_time(shop, value)
        times[f"{name}_gmt"] = value
    return times


def _self(href: str, methods: list[str]) -> list[Json]:
    return [{"href": href, "targetHints": {"allow": methods}}]
