"""What a pretend shop starts with. Records have the shapes of the REST answers without what the
server computes: links, local times, refunds, states that follow from others. Money is text,
unrounded; times are `…_gmt` texts of whole seconds without a zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]

ADMINISTRATOR = "administrator"
SHOP_MANAGER = "shop_manager"
SUBSCRIBER = "subscriber"

SYMBOLS: Mapping[str, str] = {
    "EUR": "€",
    "JPY": "¥",
    "USD": "$",
    "MXN": "$",
    "ARS": "$",
    "COP": "$",
    "CLP": "$",
    "GBP": "£",
    "BRL": "R$",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Settings of the WordPress site. `home` "" means: whatever host the client called.

    `https` says TLS is on; `trust_forwarded_proto` believes a proxy's header; `header_eaten` is a
    web server that drops Authorization; `plain_permalinks` leaves only `?rest_route=`; without
    `plugin_on` there is WordPress alone; `plain_callbacks` posts keys over plain http, which no
    real shop does; `folder` ("/tienda") and `rest_prefix` move the API.
    """

    key: str
    name: str
    home: str = ""
    timezone: str = "Europe/Madrid"
    currency: str = "EUR"
    currency_name: str = "Euro"
    decimals: int = 2
    decimal_separator: str = "."
    thousand_separator: str = ","
    address: str = ""
    city: str = ""
    country: str = "ES:M"
    postcode: str = ""
    https: bool = False
    trust_forwarded_proto: bool = False
    header_eaten: bool = False
    plain_permalinks: bool = False
    plugin_on: bool = True
    plain_callbacks: bool = False
    folder: str = ""
    rest_prefix: str = "wp-json"
    taxes: bool = True
    coupons: bool = True
    tax_based_on: Literal["shipping", "billing", "base"] = "shipping"
    version: str = "11.0.1"
    wordpress: str = "7.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key acts as `user_id`; it may do less than that user, never more."""

    key: str
    secret: str
    user_id: int
    permissions: Literal["read", "write", "read_write"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A payment plugin. `answer`: it asks the gateway process, always refuses, or fails mutely."""

    id: str
    title: str
    method_title: str
    refunds: bool
    answer: Literal["process", "declines", "false"] = "process"


def tax_rate(
    identity: int,
    place: str,
    rate: str,
    name: str,
    *,
    kind: str = "standard",
    shipping: bool = True,
) -> Json:
    """A rate of tax; `place` is a country, or country and state ("ES:GC")."""
    country, _, state = place.partition(":")
    return {
        "id": identity,
        "country": country,
        "state": state,
        "postcode": "",
        "city": "",
        "rate": f"{rate}.0000",
        "name": name,
        "priority": 1,
        "compound": False,
        "shipping": shipping,
        "order": identity,
        "class": kind,
        "postcodes": [],
        "cities": [],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Everything of one shop, by id where it has one. `users` maps ids to roles."""

    site: Site
    users: Mapping[int, str]
    keys: tuple[ApiKey, ...]
    gateways: tuple[Gateway, ...]
    customers: tuple[Json, ...] = ()
    products: tuple[Json, ...] = ()
    orders: tuple[Json, ...] = ()
    refunds: tuple[Json, ...] = ()
    notes: tuple[Json, ...] = ()
    tax_rates: tuple[Json, ...] = ()
    next_ids: Mapping[str, int] = field(default_factory=dict)
