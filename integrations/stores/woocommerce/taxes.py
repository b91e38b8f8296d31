"""What the shop will make of an order's taxes: it taxes an order anew whenever an address of it
changes, with the rates of today, also a paid one. Pure; the shop's own rules in its own order.

Whether the rules are understood is proven on the present address first: if they do not give the
total that the order has, nothing is foretold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from .payloads import AddressPayload, ChargePayload
from .payloads_changes import ClassedRate, TaxedOrder
from .values import amount

_STANDARD = "standard"
_INHERIT = "inherit"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRules:
    """The shop's settings and rates. `base` is where the shop is ("ES:SE")."""

    enabled: bool
    based_on: str
    shipping_class: str
    round_at_end: bool
    prices_include: bool = False
    base: str
    rates: Sequence[ClassedRate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    total: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    country: str
    state: str
    postcode: str
    city: str


def place(rules: TaxRules, shipping: AddressPayload, billing: AddressPayload) -> Place:
    """Where it goes, else where the bill goes, else the shop."""
    chosen = {"shipping": (shipping, billing), "billing": (billing,)}.get(rules.based_on, ())
    for given in chosen:
        if given.get("country"):
            return Place(
                country=given.get("country", ""),
                state=given.get("state", ""),
                postcode=given.get("postcode", ""),
                city=given.get("city", ""),
            )
    country, _, state = rules.base.partition(":")
    return Place(country=country, state=state, postcode="", city="")


def sums(order: TaxedOrder, where: Place, rules: TaxRules, digits: int) -> Sums:
    """Total and tax of the order as the shop would make them for this place."""
    goods = [*order["line_items"], *order["fee_lines"]]
    parts: list[tuple[ChargePayload, Sequence[ClassedRate]]] = [
        (item, _rates(rules, where, item.get("tax_class", "")))
        for item in goods
        if item.get("tax_status") != "none"
    ]
    of_shipping = _shipping_class(order, rules)
    if of_shipping is not None:
        rates = [rate for rate in _rates(rules, where, of_shipping) if rate["shipping"]]
        taxed = (item for item in order["shipping_lines"] if item.get("tax_status") != "none")
        parts += [(item, rates) for item in taxed]
    net = sum((amount(item["total"]) for item in (*goods, *order["shipping_lines"])), Decimal(0))
    tax = _tax(parts, rules, digits)
    return Sums(total=_rounded(net + tax, digits), tax=tax)


def _rates(rules: TaxRules, where: Place, tax_class: str) -> list[ClassedRate]:
    """The nearest rate of each priority."""
    if not rules.enabled:
        return []
    found = [
        rate
        for rate in rules.rates
        if rate["class"] == (tax_class or _STANDARD) and _covers(rate, where)
    ]
    found.sort(key=_nearness)
    nearest: dict[int, ClassedRate] = {}
    for rate in found:
        nearest.setdefault(rate["priority"], rate)
    return list(nearest.values())


def _nearness(rate: ClassedRate) -> tuple[object, ...]:
    return (
        rate["priority"],
        not rate["country"],
        not rate["state"],
        not rate.get("postcodes"),
        not rate.get("cities"),
        rate["order"],
        rate["id"],
    )


def _covers(rate: ClassedRate, where: Place) -> bool:
    postcodes, cities = rate.get("postcodes") or [], rate.get("cities") or []
    return (
        rate["country"] in ("", where.country)
        and rate["state"] in ("", where.state)
        and (not postcodes or any(_is_postcode(where.postcode, text) for text in postcodes))
        and (not cities or where.city.casefold() in (city.casefold() for city in cities))
    )


def _is_postcode(postcode: str, pattern: str) -> bool:
    known, wanted = (text.replace(" ", "").upper() for text in (postcode, pattern))
    low, dots, high = wanted.partition("...")
    if dots:
        return (
            known.isdigit()
            and low.isdigit()
            and high.isdigit()
            and int(low) <= int(known) <= int(high)
        )
    return known.startswith(wanted[:-1]) if wanted.endswith("*") else known == wanted


def _shipping_class(order: TaxedOrder, rules: TaxRules) -> str | None:
    """The class set for delivery, else the first that the goods have; None = no tax."""
    if rules.shipping_class != _INHERIT:
        return rules.shipping_class
    present = {item.get("tax_class", "") for item in order["line_items"]}
    known = dict.fromkeys(rate["class"] for rate in rules.rates)
    names = ["", *(name for name in known if name != _STANDARD)]
    return next((name for name in names if name in present), None)


def _tax(
    parts: Iterable[tuple[ChargePayload, Sequence[ClassedRate]]], rules: TaxRules, digits: int
) -> Decimal:
    sums: dict[int, Decimal] = {}
    for item, rates in parts:
        for rate_id, value in _of(amount(item["total"]), rates).items():
            kept = value if rules.round_at_end else _rounded(value, digits)
            sums[rate_id] = sums.get(rate_id, Decimal(0)) + kept
    return sum((_rounded(value, digits) for value in sums.values()), Decimal(0))


def _of(net: Decimal, rates: Sequence[ClassedRate]) -> Mapping[int, Decimal]:
    """Compound rates are taken from the amount with the others' tax on top."""
    found = {r["id"]: net * Decimal(r["rate"]) / 100 for r in rates if not r["compound"]}
    for rate in (rate for rate in rates if rate["compound"]):
        before = net + sum(found.values(), Decimal(0))
        found[rate["id"]] = before * Decimal(rate["rate"]) / 100
    return found


def _rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
