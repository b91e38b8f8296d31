"""Deliveries stored in one transaction, on both engines."""

from __future__ import annotations

from plugin.actions import reconcile
from plugin.db import intake as book
from tests.plugin.conftest import Desk
from tests.plugin.hearing import BLUE, listed

OLIVE = "co_olive"


def item(desk: Desk, id_: str, shop: str, kind: str, state: str = "waiting") -> book.Item:
    outside = ("connection", shop, "pretend")
    with desk.services.database.reading() as connection:
        found = book.addressee(connection, outside)
    values = {
        "id": id_, "connection_id": shop, "kind": kind, "ref": "1", "topic": "t", "deleted": False,
        "state": state, "code": "", "attempts": 0, "received_at": desk.clock(),
    }  # fmt: skip
    return book.Item(outside=outside, found=found, values=values)


def test_only_what_is_new_wakes_and_of_a_shops_orders_one(desk: Desk) -> None:
    for shop in (BLUE, OLIVE):
        reconcile.announce(desk.services, desk.scope, shop, "pretend", f"{shop}.example")
    items = [
        item(desk, "de_6", BLUE, "order"),
        item(desk, "de_5", BLUE, "order"),
        item(desk, "de_4", OLIVE, "order"),
        item(desk, "de_3", BLUE, "customer"),
        item(desk, "de_3", BLUE, "customer"),
        item(desk, "de_2", BLUE, "unknown", state="ignored"),
    ]

    with desk.services.database.writing() as connection:
        first = book.store_all(connection, items)
        again = book.store_all(connection, [*items, item(desk, "de_1", BLUE, "order")])

    assert [one.wakes for one in first] == [True, False, True, True, False, False]
    assert [one.wakes for one in again] == [False] * 6 + [True]
    assert sorted(row.id for row in listed(desk)) == [f"de_{n}" for n in range(1, 7)]
