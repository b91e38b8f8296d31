"""What changed in a shop, and what it no longer lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from integrations.unread import each
from plugin.domain.people import Customer
from plugin.errors import NotFound
from plugin.ports.store import Page, Part

from . import mapping
from .client import Result, ShopifyClient
from .orders import Orders, readable
from .values import gid, ref

_CUSTOMERS_PAGE = 50
_ORDERS_PAGE = 20
_MOST_ABSENT = 100
_KINDS: Mapping[Part, str] = {"customers": "Customer", "orders": "Order", "products": "Product"}

Products = Callable[[str, str | None], Page[Any]]


def changed_since(
    client: ShopifyClient, orders: Orders, products: Products, part: Part, moment: datetime,
    cursor: str | None,
) -> Page[Any]:  # fmt: skip
    """Cursors name the last stamp and id, so nothing is passed over while records move."""
    query = f"updated_at:>='{moment:%Y-%m-%dT%H:%M:%SZ}'"
    if part == "products":
        return products(query, cursor)
    if part == "orders":
        variables = {"query": query, "first": _ORDERS_PAGE, "after": cursor}
        result = client.read("orders_updated_since", variables)
        with readable():
            ids = [node["id"] for node in result.data["orders"]["nodes"]]
        found, unread, last = orders.many(ids)
        return _page(client, found, unread, result.data["orders"], last or result)
    variables = {"query": query, "first": _CUSTOMERS_PAGE, "after": cursor}
    result = client.read("customers_search", variables)
    with readable():
        people, unread = each(
            result.data["customers"]["nodes"], _person, lambda node: ref(node["id"])
        )
    return _page(client, people, unread, result.data["customers"], result)


def absent(client: ShopifyClient, part: Part, refs: Sequence[str]) -> Sequence[str]:
    wanted = [item for item in refs if gid(_KINDS[part], item)][:_MOST_ABSENT]
    if not wanted:
        return ()
    query = " OR ".join(f"id:{item}" for item in wanted)
    result = client.read(f"{part}_listed", {"query": query, "first": _MOST_ABSENT})
    client.pause_for_agents(result.bucket)
    with readable():
        listed = {ref(node["id"]) for node in result.data[part]["nodes"]}
    return [item for item in wanted if item not in listed]


def customer(client: ShopifyClient, reference: str) -> Customer:
    """Raises NotFound("record_not_found")."""
    customer_id = gid("Customer", reference)
    if not customer_id:
        raise NotFound("record_not_found")
    payload: Any = client.read("customer_whole", {"id": customer_id}).data.get("customer")
    if payload is None:
        raise NotFound("record_not_found")
    return _person(payload)


def _person(payload: Any) -> Customer:
    with readable():
        return mapping.customer(payload)


def _page(
    client: ShopifyClient, items: Sequence[Any], unread: Sequence[str], connection: Any,
    last: Result,
) -> Page[Any]:  # fmt: skip
    with readable():
        more = connection["pageInfo"]
        cursor = more["endCursor"] if more["hasNextPage"] else None
    if cursor is not None:
        client.pause_for_agents(last.bucket)
    return Page(items=items, cursor=cursor, unread=unread)
