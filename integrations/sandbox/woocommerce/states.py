"""What the real server does when the state of an order changes: it forbids nothing, moves stock,
never money, and writes notes."""

from __future__ import annotations

from .notes import send_mail
from .php import plain
from .records import Json
from .refunding import add_note, remaining, set_item_meta, stock_holder
from .shop import Shop

STATUSES = (
    "auto-draft",
    "pending",
    "processing",
    "on-hold",
    "completed",
    "cancelled",
    "refunded",
    "failed",
    "checkout-draft",
)
_TAKES = ("processing", "completed", "on-hold")
_GIVES_BACK = ("cancelled", "pending")
_PAID = ("processing", "completed")
_MAILS = {
    "processing": "Processing order",
    "completed": "Completed order",
    "on-hold": "Order on-hold",
    "refunded": "Refunded order",
}
_TAKEN = "_reduced_stock"


def enter(shop: Shop, order: Json, status: str, *, author: str = "WooCommerce") -> None:
    """Changes `order` in place and the stock of its goods; nothing if it is there already."""
    was = order["status"]
    order["status"] = status
    if was == status:
        return
    if status in _GIVES_BACK:
        for item in order["line_items"]:
            _give_back(shop, order, item)
    if status in _TAKES:
        for item in order["line_items"]:
            _take(shop, order, item)
    if status == "completed":
        order["date_completed_gmt"] = shop.stamp()
    if status in _PAID and not order["date_paid_gmt"] and order["payment_method"] != "cod":
        order["date_paid_gmt"] = shop.stamp()
    if status in _MAILS:
        send_mail(shop, order["id"], _MAILS[status])
    text = f"Order status changed from {_spoken(was)} to {_spoken(status)}."
    add_note(shop, order["id"], text, author)
    if status == "refunded":
        _write_down_refund(shop, order)


def _spoken(status: str) -> str:
    return {"pending": "Pending payment", "on-hold": "On hold"}.get(status, status.capitalize())


def _give_back(shop: Shop, order: Json, item: Json) -> None:
    taken = next((meta for meta in item["meta_data"] if meta["key"] == _TAKEN), None)
    if taken is None:
        return
    item["meta_data"] = [meta for meta in item["meta_data"] if meta["key"] != _TAKEN]
    _move(shop, order, item, int(taken["value"]))


def _take(shop: Shop, order: Json, item: Json) -> None:
    known = any(meta["key"] == _TAKEN for meta in item["meta_data"])
    if known or stock_holder(shop, item) is None:
        return
    set_item_meta(shop, item, _TAKEN, str(item["quantity"]))
    _move(shop, order, item, -item["quantity"])


def _move(shop: Shop, order: Json, item: Json, units: int) -> None:
    product = stock_holder(shop, item)
    if product is None or not units:
        return
    before = product["stock_quantity"]

    def change(record: Json) -> None:
        record["stock_quantity"] += units
        record["stock_status"] = "instock" if record["stock_quantity"] > 0 else "outofstock"

    shop.change("products", product["id"], change)
    word = "increased" if units > 0 else "reduced"
    name = f"{item['name']} ({item['sku']})" if item["sku"] else item["name"]
    text = f"Stock levels {word}: {name} {before}&rarr;{before + units}"
    add_note(shop, order["id"], text)


def _write_down_refund(shop: Shop, order: Json) -> None:
    """A record of the whole rest; no gateway is asked."""
    left = remaining(shop, order)
    if left <= 0:
        return
    shop.new_id("meta", 4)
    refund: Json = {
        "id": shop.new_id("object"),
        "order_id": order["id"],
        "date_created_gmt": shop.stamp(),
        "amount": plain(left),
        "total": plain(left),
        "reason": "Order fully refunded.",
        "refunded_by": 1,
        "refunded_payment": False,
        "meta_data": [{"id": shop.new_id("meta"), "key": "_refund_type", "value": "full"}],
        "line_items": [],
        "shipping_lines": [],
        "fee_lines": [],
        "tax_lines": [],
    }
    shop.put("refunds", refund)
