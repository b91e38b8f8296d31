"""The app is uninstalled, its scopes change, it is installed again: heard, and kept true."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from integrations.sandbox.serving import in_thread
from integrations.sandbox.shopify import CLIENT_ID, CLIENT_SECRET
from integrations.stores.shopify.scopes import SCOPES
from plugin.actions import apps, hear, reconcile
from plugin.actions.lookup import refresh_order
from plugin.actions.sync import backfill
from plugin.app import create_app
from plugin.db import connections as installed
from plugin.db.connections import ConnectionRow
from plugin.db.tables import orders
from plugin.errors import GrantRevoked, NotFound
from tests.integrations.stores.shopify.lab import Lab, a_lab
from tests.owning import owned


@dataclass
class Hearing:
    lab: Lab

    def tell(self, *, of: str = "grants", **wanted: object) -> None:
        """Something happens in the admin; we work until the webhook about it is done."""
        self.lab.woken.clear()
        self.lab.control(of, **wanted)
        for _ in range(500):
            heard = [job for job in self.lab.woken if job[0] == "hear"]
            if heard:
                break
            time.sleep(0.02)
        for job in heard:
            hear.process(self.lab.services, self.lab.scope, job[2])

    def row(self) -> ConnectionRow:
        with self.lab.services.database.reading() as connection:
            found = installed.connection_row(self.lab.scope, connection, self.lab.connection_id)
        assert found is not None
        return found

    def held(self) -> dict[str, set[str]]:
        """The orders of each registered customer, of those with most of them first."""
        here = orders.c.workspace_id == self.lab.scope.workspace_id
        found: dict[str, set[str]] = {}
        with self.lab.services.database.reading() as connection:
            for row in connection.execute(orders.select().where(here)):
                if row.holder.startswith("c:"):
                    found.setdefault(row.holder, set()).add(row.ref)
        return dict(sorted(found.items(), key=lambda each: -len(each[1])))

    def mirrored(self) -> int:
        statement = orders.select().where(orders.c.workspace_id == self.lab.scope.workspace_id)
        with self.lab.services.database.reading() as connection:
            return len(connection.execute(statement).all())


@contextmanager
def listening(lab: Lab) -> Iterator[None]:
    owned(lab.services, lab.scope)
    with in_thread(create_app(services=lab.services)) as web:
        hooks = {"url": f"{web}/webhooks/shopify", "secret": CLIENT_SECRET}
        requests.post(f"{lab.shop}/_control/webhooks", json=hooks, timeout=5).raise_for_status()
        yield


@pytest.fixture
def hearing(request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path) -> Iterator[Hearing]:
    common = getattr(request, "param", "listed") == "listed"
    with a_lab(sqlite_url, tmp_path, common=common) as lab:
        if not common:
            apps.save_app(
                lab.services, lab.scope, "shopify", client_id=CLIENT_ID, secret=CLIENT_SECRET
            )
        lab.attach()
        with listening(lab):
            yield Hearing(lab)


@pytest.mark.parametrize("hearing", ["listed", "own"], indirect=True)
def test_uninstalling_destroys_the_tokens_and_nothing_is_asked_any_more(hearing: Hearing) -> None:
    hearing.tell(uninstall=True)

    row = hearing.row()
    assert (row.failure_code, row.lives) == ("app_uninstalled", True)
    assert hearing.lab.credentials() == {"ended": "app_uninstalled"}
    before = hearing.lab.counts()
    with pytest.raises(GrantRevoked) as caught:
        hearing.lab.store()
    assert caught.value.code == "app_uninstalled"
    reconcile.reconcile(hearing.lab.services, hearing.lab.scope, row.id)
    assert hearing.lab.counts() == before


def test_installing_again_finds_the_same_mirror_and_goes_on(hearing: Hearing) -> None:
    lab, before = hearing.lab, hearing.lab.connection_id
    backfill(lab.services, lab.scope, before)
    arrived = hearing.mirrored()
    hearing.tell(uninstall=True)
    assert hearing.mirrored() == arrived > 0

    lab.attach()

    assert lab.connection_id == before
    assert hearing.row().failure_code == ""
    assert hearing.row().sync_state == "done"
    assert lab.store().shop().name == "Tienda Azul"
    assert hearing.mirrored() == arrived


def test_orders_of_two_customers_that_became_one_have_one_holder(hearing: Hearing) -> None:
    lab = hearing.lab
    backfill(lab.services, lab.scope, lab.connection_id)
    before = hearing.held()
    kept, lost = list(before)[:2]

    hearing.tell(of="merge", kept=kept.removeprefix("c:"), lost=lost.removeprefix("c:"))
    hear.sweep(lab.services)
    for job in [job for job in lab.woken if job[0] == "hear"]:
        hear.process(lab.services, lab.scope, job[2])

    after = hearing.held()
    assert lost not in after
    assert after[kept] == before[kept] | before[lost]


def test_a_late_goodbye_after_a_new_install_changes_nothing(hearing: Hearing) -> None:
    lab = hearing.lab
    lab.control(uninstall=True)
    lab.attach()

    for _ in range(500):
        jobs = [job for job in lab.woken if job[0] == "hear"]
        if jobs:
            break
        time.sleep(0.02)
    hear.process(lab.services, lab.scope, jobs[0][2])

    assert hearing.row().failure_code == ""
    assert lab.store().shop().name == "Tienda Azul"


def test_changed_scopes_are_measured_at_once(hearing: Hearing) -> None:
    hearing.tell(scopes=list(SCOPES))

    assert hearing.row().options.keys() == {"history_days", "places"}


def test_orders_that_grow_too_old_to_be_shown_stay_in_the_mirror(hearing: Hearing) -> None:
    """Connected with all orders, then without: what the shop only hides is not taken for gone."""
    lab = hearing.lab
    backfill(lab.services, lab.scope, lab.connection_id)
    whole = shown(hearing)
    hearing.tell(scopes=list(SCOPES))
    hidden = whole[-1]

    for _ in range(10):
        lab.clock.ahead += timedelta(minutes=10)
        reconcile.reconcile(lab.services, lab.scope, lab.connection_id)

    with pytest.raises(NotFound):
        lab.store().order(hidden)
    assert shown(hearing) == whole


def test_an_order_that_was_deleted_is_gone_all_the_same(hearing: Hearing) -> None:
    lab = hearing.lab
    backfill(lab.services, lab.scope, lab.connection_id)
    hearing.tell(scopes=list(SCOPES))
    young = shown(hearing)[0]

    body = {"order": young, "delete": True}
    requests.post(f"{lab.shop}/_control/order", json=body, timeout=5).raise_for_status()
    refresh_order(lab.services, lab.scope, lab.connection_id, young)

    assert young not in shown(hearing)


def shown(hearing: Hearing) -> list[str]:
    """What the mirror has, newest first."""
    statement = orders.select().where(
        orders.c.workspace_id == hearing.lab.scope.workspace_id, orders.c.deleted.is_(False)
    )
    with hearing.lab.services.database.reading() as connection:
        rows = connection.execute(statement.order_by(orders.c.placed_at.desc(), orders.c.ref))
        return [row.ref for row in rows]
