"""Goods that wait to be sent (fulfilment orders), the holds on them, and marks on an order."""

from __future__ import annotations

from typing import Any

from .book import Book
from .connections import page
from .ids import gid
from .scene import View, stamp
from .world import World

_OPEN_ACTIONS = ("CREATE_FULFILLMENT", "HOLD", "MOVE", "SPLIT")
_HELD_ACTIONS = ("HOLD", "RELEASE_HOLD")


def waiting_id(order_id: int) -> int:
    """All that an order still waits for is prepared at one place."""
    return order_id * 10 + 5


def holds(world: World, order_id: int) -> list[View]:
    return [hold for hold in world.kept.all("hold") if hold["order"] == order_id]


def state(world: World, book: Book) -> str:
    waits = sum(book.unsent_units(line) for line in book.order.lines)
    if book.order.cancelled_at or not waits:
        return "CLOSED"
    return "ON_HOLD" if holds(world, book.order.id) else "OPEN"


def connection(world: World, book: Book, wanted: View) -> View:
    """A `FulfillmentOrderConnection`."""
    wanted.pop("displayable", None)
    return page([book], lambda shown: view(world, shown), lambda shown: (shown.order.id,), **wanted)


def view(world: World, book: Book) -> View:
    status = state(world, book)
    actions = {"OPEN": _OPEN_ACTIONS, "ON_HOLD": _HELD_ACTIONS}.get(status, ())
    return {
        "id": gid("FulfillmentOrder", waiting_id(book.order.id)),
        "status": status,
        "requestStatus": "UNSUBMITTED",
        "supportedActions": [{"action": action} for action in actions],
        "fulfillmentHolds": [hold_view(hold) for hold in holds(world, book.order.id)],
    }


def hold_view(hold: View) -> View:
    return {"id": gid("FulfillmentHold", hold["id"]), "handle": hold["handle"]}


def metafield(world: World, order_id: int, given: View) -> View | None:
    known = world.kept.get("mark", mark_name(order_id, given["namespace"], given["key"]))
    return known and {"value": known["value"], "updatedAt": known["at"]}


def mark_name(order_id: int, namespace: str, key: str) -> str:
    return f"{order_id}/{namespace}/{key}"


def keep_marks(world: World, order_id: int, entries: list[Any]) -> None:
    for entry in entries:
        name = mark_name(order_id, entry["namespace"], entry["key"])
        record = {**entry, "order": order_id, "at": stamp(world.now())}
        world.keep("mark", name, record)
