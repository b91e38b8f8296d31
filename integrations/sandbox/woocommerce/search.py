"""Which orders a list call finds, with the odd corners of the real filters."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from .records import Json
from .shop import Shop, stamp

STATUSES = (
    "any",
    "trash",
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
_HIDDEN = ("trash", "auto-draft", "checkout-draft")
_INDEXED = (
    "first_name",
    "last_name",
    "company",
    "address_1",
    "address_2",
    "city",
    "state",
    "postcode",
    "country",
    "email",
    "phone",
)
_PERIODS = (
    ("after", "date_created_gmt", 1),
    ("before", "date_created_gmt", -1),
    ("modified_after", "date_modified_gmt", 1),
    ("modified_before", "date_modified_gmt", -1),
)

Test = Callable[[Json], bool]


def find_orders(shop: Shop, params: Json) -> list[Json]:
    """Orders that pass every known filter, sorted; unknown filters are not looked at."""
    tests = [*_plain_tests(params), *_period_tests(shop, params)]
    if params.get("search"):
        tests.append(lambda order: matches(order, params["search"]))
    found = [order for order in shop.all("orders") if all(test(order) for test in tests)]
    return sort(found, params)


def folded(text: str) -> str:
    """As the database compares: case and accents do not count."""
    bare = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


def matches(order: Json, search: str) -> bool:
    """The id, the beginning of the e-mail, or anything inside addresses, transaction or goods."""
    wanted = folded(search)
    if search.isdecimal() and int(search) == order["id"]:
        return True
    texts = [_index(order["billing"]), _index(order["shipping"]), order["transaction_id"]]
    texts += [line["name"] for line in order["line_items"]]
    return any(wanted in folded(text) for text in texts)


def sort(found: list[Json], params: Json) -> list[Json]:
    """By `orderby` and `order`; equal seconds follow the id in the same direction."""
    by = params["orderby"]
    include: Sequence[int] = params.get("include") or []
    if by == "include" and include:
        return sorted(found, key=lambda record: include.index(record["id"]))
    fields = {"date": "date_created_gmt", "modified": "date_modified_gmt"}
    field = fields.get(by, "id")
    return sorted(
        found,
        key=lambda record: (record[field] or "", record["id"]),
        reverse=params["order"] == "desc",
    )


def _index(address: Json) -> str:
    return " ".join(address.get(name, "") for name in _INDEXED)


def _plain_tests(params: Json) -> list[Test]:
    statuses, include, exclude = params["status"], params.get("include"), params.get("exclude")
    customer, product = params.get("customer"), params.get("product")
    tests: list[Test] = [lambda order: _has_status(order, statuses)]
    if include:
        tests.append(lambda order: order["id"] in include)
    if exclude:
        tests.append(lambda order: order["id"] not in exclude)
    if customer is not None:
        tests.append(lambda order: order["customer_id"] == customer)
    if product is not None:
        tests.append(lambda order: any(i["product_id"] == product for i in order["line_items"]))
    return tests


def _has_status(order: Json, statuses: Sequence[str]) -> bool:
    if "any" in statuses:
        return order["status"] not in _HIDDEN
    return order["status"] in statuses


def _period_tests(shop: Shop, params: Json) -> list[Test]:
    tests: list[Test] = []
    for name, field, sign in _PERIODS:
        if params.get(name):
            limit = moment(shop, params[name], gmt=params.get("dates_are_gmt", False))
            tests.append(_bound(field, limit, sign))
    return tests


def _bound(field: str, limit: str, sign: int) -> Test:
    if sign > 0:
        return lambda order: bool(order[field] > limit)
    return lambda order: bool(order[field] < limit)


def moment(shop: Shop, text: str, *, gmt: bool) -> str:
    """The UTC text a filter compares with. Without a zone it means store time, or UTC with `gmt`.

    A zone together with `gmt` is the real server's trap: the time is turned into store time and
    then compared as if that were UTC.
    """
    given = datetime.fromisoformat(text.upper().replace(" ", "T"))
    if given.tzinfo is None:
        zone = UTC if gmt else shop.zone()
        return stamp(given.replace(tzinfo=zone))
    return stamp(given.astimezone(shop.zone()).replace(tzinfo=UTC)) if gmt else stamp(given)
