"""Money as the Admin API writes it: exact, in the currency the customer paid and in the shop's."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

ZERO = Decimal(0)
_WITHOUT_DECIMALS = frozenset({"CLP", "COP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND"})


def digits(currency: str) -> int:
    """How many decimals an amount of this currency may have."""
    return 0 if currency in _WITHOUT_DECIMALS else 2


def rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-digits(currency)), rounding=ROUND_HALF_UP)


def text(amount: Decimal) -> str:
    """Shopify's `Decimal`: at least one decimal, no zeros at the end ("20.0", "4.95")."""
    short = format(amount.normalize(), "f")
    return short if "." in short else f"{short}.0"


def money(amount: Decimal, currency: str) -> dict[str, Any]:
    """A `MoneyV2`."""
    return {"amount": text(rounded(amount, currency)), "currencyCode": currency}


def bag(amount: Decimal, currency: str, rate: Decimal, shop_currency: str) -> dict[str, Any]:
    """A `MoneyBag` of an amount in `currency`; `rate` is what one unit is in the shop's."""
    return {
        "presentmentMoney": money(amount, currency),
        "shopMoney": money(amount * rate, shop_currency),
    }


def units_share(total: Decimal, quantity: int, before: int, units: int, currency: str) -> Decimal:
    """The part of a line's `total` that belongs to `units` of its `quantity`, when `before` units
    have gone already. Taken from running sums, so that all parts add up to the total."""
    if not quantity:
        return ZERO
    upto = rounded(total * (before + units) / quantity, currency)
    return upto - rounded(total * before / quantity, currency)


def ratio_share(total: Decimal, part: Decimal, whole: Decimal, currency: str) -> Decimal:
    """`total` times `part` / `whole`, 0 of nothing."""
    return rounded(total * part / whole, currency) if whole else ZERO
