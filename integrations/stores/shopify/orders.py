"""Whole orders from the API: found by search, read in batches, completed where lists are longer
than a batch asks for. Query costs stay below 1,000 points by these sizes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import InvalidOperation
from typing import Any, cast

from integrations.unread import each
from plugin.domain.orders import Order
from plugin.errors import BadAnswer

from . import mapping
from .client import Result, ShopifyClient
from .payloads import OrderPayload
from .values import ref

BATCH = 4
"""Orders in one query: 880 points as requested."""
_BATCH_SIZES = {
    "lines": 5,
    "shipments": 2,
    "shipped": 5,
    "refunds": 2,
    "returned": 3,
    "transactions": 4,
}
_ONE_SIZES = {
    "lines": 30,
    "shipments": 5,
    "shipped": 10,
    "refunds": 5,
    "returned": 6,
    "transactions": 12,
}
_LINES_PAGE = 50
_MOST_LINES = 1000
# What the single-part operations ask for.
_WIDE = {"fulfillments": 10, "refunds": 10, "transactions": 30}
_PART_NAMES = {"fulfillments": "fulfilments", "refunds": "refunds", "transactions": "payments"}
_OPERATIONS = {
    "fulfillments": "order_fulfillments",
    "refunds": "order_refunds",
    "transactions": "order_transactions",
}


@contextmanager
def readable() -> Iterator[None]:
    """Turns an answer of another shape into BadAnswer."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, InvalidOperation) as error:
        raise BadAnswer("bad_answer", cause=type(error).__name__) from error


class Orders:
    """Reads orders of one shop. `admin` is the start of an order's page in the shop's admin,
    empty if unknown."""

    def __init__(self, client: ShopifyClient, admin: str) -> None:
        self._client = client
        self._admin = admin

    def one(self, order_id: str) -> Order | None:
        """An order by its GID, None if there is none."""
        result = self._client.read("order_whole", {"id": order_id, **_ONE_SIZES})
        return self._mapped("order", result, _ONE_SIZES)

    def many(self, order_ids: Iterable[str]) -> tuple[list[Order], list[str], Result | None]:
        """Orders by GID in the order given; unknown ones are left out. Also the refs of those
        that cannot be read, and the last answer."""
        orders: list[Order] = []
        unread: list[str] = []
        last: Result | None = None
        ids = list(order_ids)
        for start in range(0, len(ids), BATCH):
            part = ids[start : start + BATCH]
            last = self._read(part)
            found, broken = self._batch(part, last)
            orders += found
            unread += broken
        return orders, unread, last

    def _batch(self, ids: Sequence[str], answer: Result) -> tuple[list[Order], list[str]]:
        names = [f"order{index}" for index in range(len(ids))] if ids[1:] else ["order"]
        places = dict(zip(names, ids, strict=True))
        found, unread = each(
            names,
            lambda name: self._mapped(name, answer, _BATCH_SIZES),
            lambda name: ref(places[name]),
        )
        return [order for order in found if order], unread

    def _read(self, ids: Sequence[str]) -> Result:
        """Four at once; missing ones are filled up with the first, as the query has fixed
        places, but a single order has a query of its own."""
        if len(ids) == 1:
            return self._client.read("order_whole", {"id": ids[0], **_BATCH_SIZES})
        full = [*ids, *[ids[0]] * (BATCH - len(ids))]
        places = {f"id{index}": order_id for index, order_id in enumerate(full)}
        return self._client.read("orders_four", {**places, **_BATCH_SIZES})

    def _mapped(self, name: str, result: Result, sizes: Mapping[str, int]) -> Order | None:
        """The order an answer holds under `name`."""
        payload: OrderPayload | None = result.data.get(name)
        if payload is None:
            return None
        denied = [path[1:] for path in result.denied if path[:1] == (name,)]
        with readable():
            whole, cut = self._completed(payload, sizes)
            extra = mapping.Extra(
                admin_url=f"{self._admin}{ref(payload['id'])}" if self._admin else "",
                partial=tuple(dict.fromkeys((*mapping.denied_parts(denied), *cut))),
            )
            return mapping.order(whole, extra)

    def _completed(
        self, payload: OrderPayload, sizes: Mapping[str, int]
    ) -> tuple[OrderPayload, list[str]]:
        """The payload with its long lists read to the end; names of those that stay cut."""
        whole = cast(dict[str, Any], dict(payload))
        cut: list[str] = []
        if not self._all_lines(whole):
            cut.append("lines")
        for name in _overflowing(payload, sizes):
            data = self._client.read(_OPERATIONS[name], {"id": payload["id"]}).data["order"]
            whole[name] = data[name]
            if len(data[name]) >= _WIDE[name] or _inner_cut(data[name]):
                cut.append(_PART_NAMES[name])
        return cast(OrderPayload, whole), cut

    def _all_lines(self, whole: dict[str, Any]) -> bool:
        lines = whole["lineItems"]
        nodes, page = list(lines["nodes"]), lines["pageInfo"]
        while page["hasNextPage"] and len(nodes) < _MOST_LINES:
            variables = {"id": whole["id"], "first": _LINES_PAGE, "after": page["endCursor"]}
            more = self._client.read("order_lines", variables).data["order"]["lineItems"]
            nodes.extend(more["nodes"])
            page = more["pageInfo"]
        whole["lineItems"] = {"nodes": nodes, "pageInfo": page}
        return not page["hasNextPage"]


def _overflowing(payload: OrderPayload, sizes: Mapping[str, int]) -> Iterator[str]:
    """Lists without page information are full when they are as long as was asked for."""
    counts = {
        "fulfillments": (payload["fulfillments"], sizes["shipments"]),
        "refunds": (payload["refunds"], sizes["refunds"]),
        "transactions": (payload["transactions"], sizes["transactions"]),
    }
    for name, (items, size) in counts.items():
        entries = cast(Sequence[Mapping[str, Any]], items or ())
        if len(entries) >= size or _inner_cut(entries):
            yield name


def _inner_cut(entries: Sequence[Mapping[str, Any]]) -> bool:
    inner = ("fulfillmentLineItems", "refundLineItems")
    return any(
        entry[name]["pageInfo"]["hasNextPage"]
        for entry in entries
        for name in inner
        if name in entry
    )
