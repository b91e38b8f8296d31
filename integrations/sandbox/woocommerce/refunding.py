"""Making a refund, step by step as the real server does it, without its missing checks.

No lock, no idempotency, no look at whether the order was paid; amount and lines need not agree.
The record is saved before the gateway is asked and removed if the gateway refuses.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .payments import GatewayRefused, Payments
from .php import decimal_text, is_greater, leading_number, money, plain
from .records import Json
from .render import unit_price
from .shop import Shop

_GROUPS = ("line_items", "fee_lines", "shipping_lines")
_INTERNAL_METAS = 4


class RefundRefused(Exception):
    """Nothing was recorded; the text is the server's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineWish:
    """What of one line goes back; `tax` by rate id."""

    quantity: int = 0
    total: Decimal = Decimal(0)
    tax: dict[int, Decimal] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.quantity and not self.total and not any(self.tax.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundWish:
    """A refund as asked for. `amount` is unchecked text, None if it was left out."""

    amount: str | None
    reason: str
    lines: dict[int, LineWish]
    pay: bool
    restock: bool
    by: int
    meta_data: tuple[Json, ...] = ()


def create_refund(shop: Shop, payments: Payments, order: Json, wish: RefundWish) -> Json:
    """The refund's record. Raises RefundRefused."""
    left = remaining(shop, order)
    wish_amount = wish.amount or ""
    if wish_amount and (is_greater("0", wish_amount) or is_greater(wish_amount, plain(left))):
        raise RefundRefused("Invalid refund amount.")
    shop.between_check_and_save()
    refund = _save(shop, order, wish, wish_amount)
    if wish.pay:
        refund = _pay(shop, payments, order, refund)
    if wish.restock:
        _restock(shop, order, wish.lines)
    whole = left - leading_number(wish_amount) <= 0
    refund = _finish(shop, refund, wish, "full" if whole else "partial")
    _touch(shop, order, whole=whole)
    return refund


def remaining(shop: Shop, order: Json) -> Decimal:
    """The total less all recorded refunds, those still waiting for the gateway included."""
    refunded = sum((Decimal(r["total"]) for r in shop.refunds_of(order["id"])), Decimal(0))
    return Decimal(order["total"]) - refunded


def _save(shop: Shop, order: Json, wish: RefundWish, amount: str) -> Json:
    items = _negative_items(shop, order, wish.lines)
    shop.new_id("meta", _INTERNAL_METAS)
    refund: Json = {
        "id": shop.new_id("object"),
        "order_id": order["id"],
        "date_created_gmt": shop.stamp(),
        "amount": decimal_text(amount, shop.site.decimal_separator),
        # what counts against the order is another number than the one shown: "0,50" shows 50
        "total": plain(leading_number(amount)),
        "reason": wish.reason,
        "refunded_by": wish.by,
        "refunded_payment": False,
        "meta_data": [],
        **items,
        "tax_lines": _tax_lines(shop, order, items),
    }
    shop.put("refunds", refund)
    return refund


def _negative_items(shop: Shop, order: Json, lines: dict[int, LineWish]) -> Json:
    """Lines of the refund; ids that are no lines of the order are passed over in silence."""
    items: Json = {}
    for group in _GROUPS:
        wanted = [item for item in order[group] if item["id"] in lines]
        wanted = [item for item in wanted if not lines[item["id"]].is_empty]
        items[group] = [_negative(shop, item, lines[item["id"]]) for item in wanted]
    return items


def _negative(shop: Shop, item: Json, wish: LineWish) -> Json:
    negative = deepcopy(item)
    tax = plain(-sum(wish.tax.values(), Decimal(0)))
    negative |= {"id": shop.new_id("item"), "total": plain(-wish.total), "total_tax": tax}
    by_line = "subtotal" in item
    negative["taxes"] = [
        {"id": rate, "total": plain(-part), "subtotal": plain(-part) if by_line else ""}
        for rate, part in wish.tax.items()
        if part
    ]
    if by_line:
        negative |= {"subtotal": negative["total"], "subtotal_tax": tax}
        negative["quantity"] = -wish.quantity
        negative["price"] = unit_price(negative["total"], -wish.quantity)
    negative["meta_data"] = [_item_meta(shop, "_refunded_item_id", str(item["id"]))]
    return negative


def _item_meta(shop: Shop, key: str, value: str) -> Json:
    identity = shop.new_id("item_meta")
    return {
        "id": identity,
        "key": key,
        "value": value,
        "display_key": key,
        "display_value": value,
    }


def _tax_lines(shop: Shop, order: Json, items: Json) -> list[Json]:
    goods: dict[int, Decimal] = {}
    shipping: dict[int, Decimal] = {}
    for group in _GROUPS:
        sums = shipping if group == "shipping_lines" else goods
        for tax in (tax for item in items[group] for tax in item["taxes"]):
            sums[tax["id"]] = sums.get(tax["id"], Decimal(0)) + Decimal(tax["total"])
    known = {line["rate_id"]: line for line in order["tax_lines"]}
    return [
        {
            **_rate(known.get(rate), rate),
            "id": shop.new_id("item"),
            "tax_total": plain(goods.get(rate, Decimal(0))),
            "shipping_tax_total": plain(shipping.get(rate, Decimal(0))),
            "meta_data": [],
        }
        for rate in {**goods, **shipping}
    ]


def _rate(line: Json | None, rate: int) -> Json:
    return line or {
        "rate_code": "",
        "rate_id": rate,
        "label": "Tax",
        "compound": False,
        "rate_percent": None,
    }


def _pay(shop: Shop, payments: Payments, order: Json, refund: Json) -> Json:
    try:
        payments.send_back(shop, order, money(refund["amount"], shop.site.decimals) or "0")
    except GatewayRefused as refusal:
        shop.drop("refunds", refund["id"])
        raise RefundRefused(str(refusal)) from refusal
    return shop.change("refunds", refund["id"], _mark_paid) or {**refund, "refunded_payment": True}


def _mark_paid(refund: Json) -> None:
    refund["refunded_payment"] = True


def _restock(shop: Shop, order: Json, lines: dict[int, LineWish]) -> None:
    for item in order["line_items"]:
        wish = lines.get(item["id"])
        if wish and wish.quantity:
            _restock_line(shop, order["id"], item, wish.quantity)


def _restock_line(shop: Shop, order_id: int, item: Json, quantity: int) -> None:
    product = stock_holder(shop, item)
    if product is None or not int(_meta(item, "_reduced_stock") or 0):
        return
    before = product["stock_quantity"]

    def refill(record: Json) -> None:
        record["stock_quantity"] += quantity
        record["stock_status"] = "instock" if record["stock_quantity"] > 0 else "outofstock"

    shop.change("products", product["id"], refill)
    text = f"Item #{product['id']} stock increased from {before} to {before + quantity}."
    add_note(shop, order_id, text)
    shop.change("orders", order_id, lambda order: _remember(shop, order, item["id"], quantity))


def stock_holder(shop: Shop, item: Json) -> Json | None:
    product = shop.get("products", item["variation_id"] or item["product_id"])
    if product and product["manage_stock"] == "parent":
        product = shop.get("products", product["parent_id"])
    return product if product and product["manage_stock"] is True else None


def _remember(shop: Shop, order: Json, item_id: int, quantity: int) -> None:
    item = next(item for item in order["line_items"] if item["id"] == item_id)
    reduced = int(_meta(item, "_reduced_stock") or 0) - quantity
    back = int(_meta(item, "_restock_refunded_items") or 0) + quantity
    set_item_meta(shop, item, "_reduced_stock", str(reduced))
    set_item_meta(shop, item, "_restock_refunded_items", str(back))


def _meta(item: Json, key: str) -> Any:
    return next((meta["value"] for meta in item["meta_data"] if meta["key"] == key), None)


def set_item_meta(shop: Shop, item: Json, key: str, value: str) -> None:
    for meta in item["meta_data"]:
        if meta["key"] == key:
            meta |= {"value": value, "display_value": value}
            return
    item["meta_data"].append(_item_meta(shop, key, value))


def _finish(shop: Shop, refund: Json, wish: RefundWish, kind: str) -> Json:
    """Only now, after the gateway, the caller's own metadata is written."""
    metas = [{"key": "_refund_type", "value": kind}, *wish.meta_data]
    stored = [{"id": shop.new_id("meta"), **meta} for meta in metas]

    def store(record: Json) -> None:
        record["meta_data"] = stored

    return shop.change("refunds", refund["id"], store) or {**refund, "meta_data": stored}


def _touch(shop: Shop, order: Json, *, whole: bool) -> None:
    was = (shop.get("orders", order["id"]) or order)["status"]

    def change(record: Json) -> None:
        record["date_modified_gmt"] = shop.stamp()
        if whole:
            record["status"] = "refunded"

    shop.change("orders", order["id"], change)
    if whole and was != "refunded":
        text = f"Order status changed from {was.capitalize()} to Refunded."
        add_note(shop, order["id"], text)


def add_note(
    shop: Shop,
    order_id: int,
    text: str,
    author: str = "WooCommerce",
    *,
    for_customer: bool = False,
) -> Json:
    """A note on an order, by the shop itself unless somebody is named."""
    note = {
        "id": shop.new_id("note"),
        "order_id": order_id,
        "author": author,
        "date_created_gmt": shop.stamp(),
        "note": text,
        "customer_note": for_customer,
    }
    shop.put("notes", note)
    return note
