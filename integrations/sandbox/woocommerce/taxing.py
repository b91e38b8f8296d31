"""What the real server does to the money of an order whose address changed: all taxes anew, with
the rates of today, whether the order was paid or not. Country and state are not checked."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .php import plain
from .records import Json
from .shop import Shop

_STANDARD = "standard"


def recalculate(shop: Shop, order: Json) -> None:
    """Changes `order` in place."""
    place = location(shop, order)
    for item in (*order["line_items"], *order["fee_lines"]):
        rates = _rates(shop, place, item.get("tax_class", ""))
        _tax(shop, item, rates, with_subtotal="subtotal" in item)
    shipping_class = _shipping_class(shop, order)
    for item in order["shipping_lines"]:
        taxed = shipping_class is not None and item.get("tax_status") != "none"
        rates = _rates(shop, place, shipping_class or "") if taxed else []
        _tax(shop, item, [rate for rate in rates if rate["shipping"]], with_subtotal=False)
    _tax_lines(shop, order)
    _sum_up(shop, order)


def location(shop: Shop, order: Json) -> tuple[str, str, str, str]:
    """Country, state, postcode, city: where it goes, else where the bill goes, else the shop."""
    based = shop.site.tax_based_on
    kinds = ("shipping", "billing") if based == "shipping" else ("billing",)
    for kind in kinds if based != "base" else ():
        given = order[kind]
        if given["country"]:
            return given["country"], given["state"], given["postcode"], given["city"]
    country, _, state = shop.site.country.partition(":")
    return country, state, shop.site.postcode, shop.site.city


def _rates(shop: Shop, place: tuple[str, str, str, str], tax_class: str) -> list[Json]:
    """The nearest rate of each priority."""
    if not shop.site.taxes:
        return []
    country, state, _, _ = place
    found = [
        rate
        for rate in shop.tax_rates
        if rate["class"] == (tax_class or _STANDARD)
        and rate["country"] in ("", country)
        and rate["state"] in ("", state)
    ]
    found.sort(key=lambda r: (r["priority"], not r["country"], not r["state"], r["order"], r["id"]))
    nearest: dict[int, Json] = {}
    for rate in found:
        nearest.setdefault(rate["priority"], rate)
    return list(nearest.values())


def _shipping_class(shop: Shop, order: Json) -> str | None:
    """The first class, in the shop's order, that the goods have."""
    classes = {item.get("tax_class", "") for item in order["line_items"]}
    known = ["", *dict.fromkeys(rate["class"] for rate in shop.tax_rates)]
    return next((name for name in known if name in classes), None)


def _tax(shop: Shop, item: Json, rates: list[Json], *, with_subtotal: bool) -> None:
    item["taxes"] = [
        {
            "id": rate["id"],
            "total": plain(_of(item["total"], rate)),
            "subtotal": plain(_of(item["subtotal"], rate)) if with_subtotal else "",
        }
        for rate in rates
    ]
    item["total_tax"] = plain(_added(shop, item["taxes"], "total"))
    if with_subtotal:
        item["subtotal_tax"] = plain(_added(shop, item["taxes"], "subtotal"))


def _of(amount: str, rate: Json) -> Decimal:
    return Decimal(amount) * Decimal(rate["rate"]) / 100


def _added(shop: Shop, taxes: Iterable[Json], name: str) -> Decimal:
    return sum((rounded(shop, Decimal(tax[name])) for tax in taxes), Decimal(0))


def rounded(shop: Shop, amount: Decimal) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-shop.site.decimals), ROUND_HALF_UP)


def _tax_lines(shop: Shop, order: Json) -> None:
    """A line that stays keeps its id."""
    goods = _by_rate(shop, (*order["line_items"], *order["fee_lines"]))
    shipping = _by_rate(shop, order["shipping_lines"])
    known = {line["rate_id"]: line for line in order["tax_lines"]}
    kept = [rate for rate in known if rate in goods or rate in shipping]
    new = [rate for rate in {**goods, **shipping} if rate not in known]
    order["tax_lines"] = [
        {
            **(known.get(rate) or _new_line(shop, rate)),
            "tax_total": plain(goods.get(rate, Decimal(0))),
            "shipping_tax_total": plain(shipping.get(rate, Decimal(0))),
        }
        for rate in (*kept, *new)
    ]


def _by_rate(shop: Shop, items: Iterable[Json]) -> dict[int, Decimal]:
    sums: dict[int, Decimal] = {}
    for tax in (tax for item in items for tax in item["taxes"]):
        sums[tax["id"]] = sums.get(tax["id"], Decimal(0)) + rounded(shop, Decimal(tax["total"]))
    return sums


def _new_line(shop: Shop, rate_id: int) -> Json:
    rate = next(rate for rate in shop.tax_rates if rate["id"] == rate_id)
    parts = (rate["country"], rate["state"], rate["name"].upper(), str(rate["priority"]))
    percent = Decimal(rate["rate"])
    return {
        "id": shop.new_id("item"),
        "rate_code": "-".join(part for part in parts if part),
        "rate_id": rate_id,
        "label": rate["name"],
        "compound": rate["compound"],
        "tax_total": "0",
        "shipping_tax_total": "0",
        "rate_percent": int(percent) if percent == int(percent) else float(percent),
        "meta_data": [],
    }


def _sum_up(shop: Shop, order: Json) -> None:
    lines, delivery = order["line_items"], order["shipping_lines"]
    goods = _sum(lines, "total") + _sum(order["fee_lines"], "total")
    cart_tax = sum((Decimal(line["tax_total"]) for line in order["tax_lines"]), Decimal(0))
    shipping_tax = _sum(order["tax_lines"], "shipping_tax_total")
    shipping = _sum(delivery, "total")
    order |= {
        "discount_total": plain(_sum(lines, "subtotal") - _sum(lines, "total")),
        "discount_tax": plain(_sum(lines, "subtotal_tax") - _sum(lines, "total_tax")),
        "shipping_total": plain(shipping),
        "shipping_tax": plain(shipping_tax),
        "cart_tax": plain(cart_tax),
        "total_tax": plain(cart_tax + shipping_tax),
        "total": plain(rounded(shop, goods + shipping + cart_tax + shipping_tax)),
    }


def _sum(items: Iterable[Any], name: str) -> Decimal:
    return sum((Decimal(item[name]) for item in items), Decimal(0))
