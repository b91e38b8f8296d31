"""Backfills of the pretend shops, counted on their side of the wire."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from integrations.http import ApiClient
from integrations.registry import stores
from integrations.sandbox.serving import App
from plugin.actions import sync
from plugin.actions.shops import watched
from plugin.db import tombstones
from tests.contracts.shop import Running, backfilled, running
from tests.plugin.conftest import Desk

BLUE = "co_blue"


class Counting:
    """A pretend shop whose requests are counted: all, and how many at once."""

    def __init__(self, shop: Any) -> None:
        self.shop, self.key = shop, shop.key
        self.all = self.now = self.most = 0
        self._lock = threading.Lock()

    def credentials(self) -> Any:
        return self.shop.credentials()

    def app(self, gateway: str) -> App:
        inner = self.shop.app(gateway)

        def counted(environ: Any, start: Any) -> Any:
            with self._lock:
                self.all += 1
                self.now += 1
                self.most = max(self.most, self.now)
            try:
                return inner(environ, start)
            finally:
                with self._lock:
                    self.now -= 1

        return counted


@pytest.fixture(params=sorted(stores()))
def counting(request: pytest.FixtureRequest) -> Counting:
    return Counting(import_module(f"tests.contracts.{request.param}").SHOP)


@pytest.fixture
def shop(counting: Counting, desk: Desk) -> Iterator[Running]:
    http = ApiClient(allow_loopback=True, attempts=1)
    with running(counting, stores()[counting.key], http) as opened:
        desk.stores[BLUE] = opened.store
        yield opened
    http.close()


def run(desk: Desk) -> sync.Progress:
    sync.backfill(desk.services, desk.scope, BLUE)
    return sync.progress_of(desk.services, desk.scope, BLUE)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_whole_shop_arrives_by_one_request_at_a_time(
    desk: Desk, shop: Running, counting: Counting
) -> None:
    assert run(desk).state == "done"

    assert counting.most == 1
    expected = [
        len(backfilled(shop.store, part)[0]) for part in ("customers", "orders", "products")
    ]
    parts = sync.progress_of(desk.services, desk.scope, BLUE).parts
    assert [part.done for part in parts] == expected
    with desk.services.database.reading() as connection:
        assert tombstones.number_of(desk.scope, connection, "orders", BLUE) == expected[1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_is_asked_while_the_shop_serves_a_person(
    desk: Desk, shop: Running, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "STANDING_BACK", 0.0)
    with watched(desk.services, desk.scope, BLUE):
        assert run(desk).reason == "agents_first"
        assert counting.all == 0
    desk.clock.pass_(seconds=3)

    assert run(desk).state == "done"
    assert counting.all > 0
