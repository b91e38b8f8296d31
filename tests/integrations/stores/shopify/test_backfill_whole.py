"""A backfill through all of Mostrador: the mirror is the shop, tokens end on the way, a worker is
killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from integrations.stores.shopify import backfill as adapter
from plugin.actions import sync
from plugin.actions.lookup import refresh_order
from plugin.actions.shops import watched
from plugin.db.mirror import decode_order
from plugin.db.tables import orders
from plugin.domain.orders import Order
from tests.integrations.stores.shopify.lab import Lab, a_lab

ORDERS = 60


@pytest.fixture
def lab(sqlite_url: str, tmp_path: Path) -> Iterator[Lab]:
    with a_lab(sqlite_url, tmp_path) as opened:
        opened.attach()
        yield opened


def mood(lab: Lab, **wanted: Any) -> None:
    requests.post(f"{lab.shop}/_control/bulk", json=wanted, timeout=5).raise_for_status()


def run(lab: Lab) -> sync.Progress:
    sync.backfill(lab.services, lab.scope, lab.connection_id)
    return sync.progress_of(lab.services, lab.scope, lab.connection_id)


def mirrored(lab: Lab) -> dict[str, Order]:
    statement = orders.select().where(orders.c.workspace_id == lab.scope.workspace_id)
    with lab.services.database.reading() as connection:
        return {row.ref: decode_order(row.doc) for row in connection.execute(statement)}


def test_the_mirror_is_the_shop(lab: Lab) -> None:
    mood(lab, shuffle=True)

    assert run(lab).state == "done"

    found = mirrored(lab)
    assert len(found) == ORDERS
    for ref, order in found.items():
        if order.partial:
            refresh_order(lab.services, lab.scope, lab.connection_id, ref)
    store = lab.store()
    assert all(order == store.order(ref) for ref, order in mirrored(lab).items())
    parts = sync.progress_of(lab.services, lab.scope, lab.connection_id).parts
    assert [part.done for part in parts] == [24, ORDERS, 36]


def test_a_token_that_ends_while_the_shop_exports_is_renewed(lab: Lab) -> None:
    mood(lab, seconds=3600)
    assert run(lab).state == "waiting"
    renewals = lab.counts()
    lab.clock.ahead += timedelta(hours=2)

    now = run(lab)

    assert (now.state, now.reason, now.tries) == ("waiting", "shop_exporting", 0)
    assert lab.counts() != renewals


def test_a_worker_that_is_killed_loses_and_doubles_nothing(
    lab: Lab, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mood(lab, shuffle=True)
    command = [sys.executable, "-m", "tests.integrations.stores.shopify.killed", sqlite_url,
               str(tmp_path), lab.scope.workspace_id, lab.connection_id]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        while sum(part.done for part in _parts(lab)) < 24 + 20:
            assert worker.stdout.readline() == "kept\n"
        worker.kill()
    before = _parts(lab)[1].done
    assert 0 < before < ORDERS
    assert len(mirrored(lab)) == before
    assert not run(lab).next_at  # the dead one's lease still stands
    assert _parts(lab)[1].done == before
    lab.clock.ahead += timedelta(seconds=91)
    monkeypatch.setattr(adapter, "AT_ONCE", 5)

    assert run(lab).state == "done"

    assert len(mirrored(lab)) == ORDERS
    assert [part.done for part in _parts(lab)] == [24, ORDERS, 36]


def _parts(lab: Lab) -> tuple[Any, ...]:
    return sync.progress_of(lab.services, lab.scope, lab.connection_id).parts


def test_a_token_is_renewed_though_people_are_served_meanwhile(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They may be waiting for just that token."""
    monkeypatch.setattr(sync, "STANDING_BACK", 0.0)
    mood(lab, seconds=3600)
    assert run(lab).state == "waiting"
    lab.clock.ahead += timedelta(hours=2)
    before = lab.counts()
    with watched(lab.services, lab.scope, lab.connection_id):
        assert run(lab).reason == "agents_first"

    assert lab.counts() != before
