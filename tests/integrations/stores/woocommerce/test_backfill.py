"""Pages that stay right while the shop changes between them, one request at a time."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from integrations.http import ApiClient
from integrations.registry import stores
from integrations.sandbox.serving import in_thread
from integrations.sandbox.woocommerce import create_app
from integrations.sandbox.woocommerce.casa_oliva import CONSUMER_KEY, CONSUMER_SECRET
from integrations.stores.woocommerce import store as module
from integrations.stores.woocommerce.client import Listing, WooClient
from plugin.ports.store import Batch, Connection, Store


class Shop:
    """The pretend shop, how many calls were under way at once, and hands inside it."""

    def __init__(self, base: str, store: Store) -> None:
        self.base, self.store = base, store

    def change(self, ref: str, **wanted: Any) -> None:
        body = {"order": ref, **wanted}
        requests.post(f"{self.base}/_control/order", json=body, timeout=5).raise_for_status()


class Crowd:
    """Counts requests under way at once."""

    def __init__(self, app: Any) -> None:
        self.app, self.now, self.most = app, 0, 0
        self.lock = threading.Lock()

    def __call__(self, environ: Any, start: Any) -> Any:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            return self.app(environ, start)
        finally:
            with self.lock:
                self.now -= 1


@pytest.fixture
def crowd() -> Crowd:
    return Crowd(create_app())


@pytest.fixture
def shop(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr(module, "PAGE", 8)
    http = ApiClient(allow_loopback=True, attempts=1)
    with in_thread(crowd) as base:
        connection = Connection(
            workspace_id="ws_1", id="co_1", platform="woocommerce", label="", address=base,
            credentials={"consumer_key": CONSUMER_KEY, "consumer_secret": CONSUMER_SECRET},
        )  # fmt: skip
        yield Shop(base, stores()["woocommerce"].open(connection, http))
    http.close()


def refs(batches: list[Batch]) -> list[str]:
    return [item.ref for batch in batches for item in batch.items]


def test_every_order_comes_once_and_oldest_first(shop: Shop, crowd: Crowd) -> None:
    batches = list(shop.store.backfill("orders", ""))

    found = refs(batches)
    assert found == sorted(set(found), key=int)
    assert len(found) == batches[0].estimated
    assert crowd.most == 1


def test_orders_that_vanish_between_pages_pull_no_other_out_of_sight(shop: Shop) -> None:
    """More go than two pages overlap by, so the place of the next page is far too late."""
    everything = refs(list(shop.store.backfill("orders", "")))
    steps = shop.store.backfill("orders", "")
    found = refs([next(steps), next(steps), next(steps)])

    for ref in found[:20]:
        shop.change(ref, status="trash")
    found += refs(list(steps))

    assert found == everything


def test_orders_that_come_back_push_nothing_in_twice(shop: Shop) -> None:
    everything = refs(list(shop.store.backfill("orders", "")))
    for ref in everything[:20]:
        shop.change(ref, status="trash")
    steps = shop.store.backfill("orders", "")
    found = refs([next(steps)])

    for ref in everything[:20]:
        shop.change(ref, status="completed")
    found += refs(list(steps))

    # those before our place are told by their change, not by the pages
    assert found == everything[20:]


def test_orders_that_move_all_the_time(shop: Shop) -> None:
    """Between any two pages one order is trashed and one deleted for good; a worker begins anew
    at every page."""
    everything = refs(list(shop.store.backfill("orders", "")))
    found: list[str] = []
    gone: set[str] = set()
    cursor = ""
    while True:
        batch = next(shop.store.backfill("orders", cursor))
        found += refs([batch])
        if batch.finished:
            break
        cursor = batch.cursor
        for ref, how in zip(found[len(gone) : len(gone) + 2], ("status", "delete"), strict=False):
            shop.change(ref, **({"delete": True} if how == "delete" else {"status": "trash"}))
            gone.add(ref)

    assert len(gone) > 10
    assert found == everything


def test_the_last_page_can_vanish_whole(shop: Shop) -> None:
    everything = refs(list(shop.store.backfill("orders", "")))
    steps = shop.store.backfill("orders", "")
    found = refs([next(steps), next(steps)])
    for ref in everything[16:]:
        shop.change(ref, delete=True)

    found += refs(list(steps))

    assert found == everything[:16]


@pytest.mark.parametrize("part", ["customers", "products"])
def test_the_other_parts_go_the_same_way(shop: Shop, part: Any) -> None:
    batches = list(shop.store.backfill(part, ""))

    assert len(refs(batches)) == len(set(refs(batches))) == batches[0].estimated
    assert batches[-1].finished


def test_a_cursor_of_an_older_release_begins_anew(shop: Shop) -> None:
    assert (
        refs([next(shop.store.backfill("orders", "3"))])[0]
        == refs([next(shop.store.backfill("orders", ""))])[0]
    )


def test_one_that_cannot_be_read_costs_nobody_the_others(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of another shape, and one that says what nobody understands."""
    everything = refs(list(shop.store.backfill("orders", "")))
    shapeless, odd = everything[2], everything[11]
    read = WooClient.read

    def spoilt(self: WooClient, path: str, *given: Any, **more: Any) -> Listing:
        listing = read(self, path, *given, **more)
        if path != "orders":
            return listing
        found = json.loads(listing.body)
        for item in found:
            if str(item["id"]) == shapeless:
                item["line_items"] = "none"
            if str(item["id"]) == odd:
                item["total"] = "a lot"
        return replace(listing, body=json.dumps(found).encode())

    monkeypatch.setattr(WooClient, "read", spoilt)
    for found in (list(shop.store.backfill("orders", "")), changed(shop)):
        assert set(refs(found)) == set(everything) - {shapeless, odd}
        assert {ref for step in found for ref in step.unread} == {shapeless, odd}


def changed(shop: Shop) -> list[Any]:
    pages, cursor = [], None
    while True:
        page = shop.store.changed_since("orders", datetime(2000, 1, 1, tzinfo=UTC), cursor)
        pages.append(page)
        cursor = page.cursor
        if cursor is None:
            return pages
