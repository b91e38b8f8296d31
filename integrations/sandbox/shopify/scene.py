"""What every view needs: the world, the address the shop is reached at, small common shapes.

A view is a dictionary with Shopify's field names; a value may be a function of (info, arguments),
called only when the field is selected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from integrations.sandbox.seed.shapes import SHOP_CURRENCY, Address

from .amounts import bag
from .book import Book
from .ids import gid
from .world import World

View = dict[str, Any]

_DIALLING = {
    "AR": "54", "BR": "55", "CL": "56", "CO": "57", "DE": "49", "ES": "34", "FR": "33",
    "GB": "44", "IE": "353", "IN": "91", "IT": "39", "MX": "52", "PE": "51", "PT": "351",
    "US": "1", "UY": "598",
}  # fmt: skip
_COUNTRIES = {
    "AR": "Argentina", "BR": "Brazil", "CL": "Chile", "CO": "Colombia", "DE": "Germany",
    "ES": "Spain", "FR": "France", "GB": "United Kingdom", "IE": "Ireland", "IN": "India",
    "IT": "Italy", "MX": "Mexico", "PE": "Peru", "PT": "Portugal", "US": "United States",
    "UY": "Uruguay",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scene:
    """One request's view of the shop; `base` has no slash at its end."""

    world: World
    base: str


def money_bag(book: Book, amount: Decimal) -> View:
    return bag(amount, book.order.currency, book.order.rate, SHOP_CURRENCY)


def stamp(moment: datetime | None) -> str | None:
    """A `DateTime`, whole seconds."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def address(given: Address, number: int) -> View | None:
    """A `MailingAddress`; its phone stays as it was typed."""
    if not given.line1:
        return None
    return {
        "id": gid("MailingAddress", number),
        "firstName": given.first_name or None,
        "lastName": given.last_name or None,
        "name": f"{given.first_name} {given.last_name}".strip() or None,
        "company": given.company or None,
        "address1": given.line1,
        "address2": given.line2 or None,
        "city": given.city,
        "province": given.province or None,
        "provinceCode": given.province_code or None,
        "zip": given.postcode or None,
        "country": _COUNTRIES.get(given.country, given.country),
        "countryCodeV2": given.country or None,
        "phone": given.phone or None,
        "formattedArea": ", ".join(part for part in (given.city, given.country) if part),
        "coordinatesValidated": False,
        "validationResultSummary": None,
    }


def international(phone: str, country: str) -> str:
    """E.164, as Shopify stores the phone of a customer and of an order; "" of no phone."""
    number = re.sub(r"[^\d+]", "", phone)
    if not number or number.startswith("+"):
        return number
    if number.startswith("00"):
        return f"+{number[2:]}"
    return f"+{_DIALLING.get(country, '')}{number.removeprefix('0')}"
