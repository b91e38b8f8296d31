"""From a change in the pretend shop to the mirror, over real requests, with every mishap of a
net: afterwards the mirror equals the shop."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from integrations.sandbox import gateway as pretend_gateway
from integrations.sandbox.serving import in_thread
from plugin.actions import connect, hear, reconcile
from plugin.app import create_app
from plugin.db import deliveries as rows
from plugin.db.mirror import decode_order
from plugin.db.session import Scope
from plugin.db.tables import orders
from plugin.ports.store import StorePlatform
from plugin.services import Services
from plugin.settings import Settings
from plugin.wiring import build_services
from tests.contracts.shop import PretendShop, backfilled
from tests.owning import owned

SECRET = "app-secret"
MISHAPS = ("hook_lost", "hook_duplicate", "hook_late", "hook_reordered")


@dataclass
class House:
    """A shop, our web, and a worker that works when told to."""

    services: Services
    scope: Scope
    connection_id: str
    shop: str
    app: Any
    woken: list[tuple[str, ...]]

    def change(self, ref: str, **change: Any) -> None:
        body = {"order": ref, **change}
        requests.post(f"{self.shop}/_control/order", json=body, timeout=5).raise_for_status()

    def mishap(self, name: str, times: int = 1) -> None:
        body = {"fault": name, "on": "hook", "times": times}
        requests.post(f"{self.shop}/_control/faults", json=body, timeout=5).raise_for_status()

    def work(self) -> None:
        """Until nothing is woken any more."""
        while self.woken:
            job = self.woken.pop(0)
            if job[0] == "hear":
                hear.process(self.services, self.scope, job[2])

    def settle(self) -> None:
        """Waits until the shop has sent all, then works."""
        until(self.courier.quiet)
        self.work()

    @property
    def courier(self) -> Any:
        return self.app.extensions["hooks"].courier

    def ask(self) -> None:
        reconcile.reconcile(self.services, self.scope, self.connection_id)
        self.work()

    def mirrored(self) -> dict[str, str]:
        statement = orders.select().where(
            orders.c.workspace_id == self.scope.workspace_id, orders.c.deleted.is_(False)
        )
        with self.services.database.reading() as connection:
            return {row.ref: decode_order(row.doc).note for row in connection.execute(statement)}

    def held(self) -> dict[str, str]:
        found, _ = backfilled(connect_store(self), "orders")
        return {order.ref: order.note for order in found}

    def states(self) -> set[str]:
        with self.services.database.reading() as connection:
            return {row.state for row in rows.recent(self.scope, connection, 1000)}


def connect_store(house: House) -> Any:
    (known,) = connect.all_connections(house.services, house.scope)
    return house.services.open_store(known)


def until(ask: Any) -> None:
    for _ in range(1500):
        if ask():
            return
        time.sleep(0.02)
    raise AssertionError("waited in vain")


@pytest.fixture
def house(
    pretend: PretendShop, platform: StorePlatform, sqlite_url: str, tmp_path: Path
) -> Iterator[House]:
    woken: list[tuple[str, ...]] = []
    settings = Settings(
        development=True,
        public_url="",
        database_url=sqlite_url,
        data_dir=tmp_path,
        log_level="error",
    )
    built = build_services(settings)
    web = None
    with in_thread(pretend_gateway.create_app()) as gateway:
        app = pretend.app(gateway)
        with in_thread(app) as shop, in_thread(lambda env, start: web(env, start)) as here:
            services = replace(
                built,
                settings=replace(settings, public_url=here),
                wake=lambda *job: woken.append(job),
            )
            web = create_app(services=services)
            scope = connect.create_workspace(
                services, name="P", locale="es", country="ES", timezone="Europe/Madrid"
            )
            owned(services, scope)
            connection_id = connect.connect_shop(
                services, scope, platform=platform.key, label="", address=shop,
                credentials={**pretend.credentials(), "webhook_secret": SECRET},
            )  # fmt: skip
            hooks = {"url": f"{here}/webhooks/{platform.key}", "secret": SECRET}
            requests.post(f"{shop}/_control/webhooks", json=hooks, timeout=5)
            house = House(services, scope, connection_id, shop, app, woken)
            house.ask()
            house.settle()
            yield house
    built.database.close()


def test_a_change_arrives_by_itself(house: House) -> None:
    ref = sorted(house.held())[0]

    house.change(ref, note="told")
    house.settle()

    assert house.mirrored()[ref] == "told"
    assert house.states() == {"done"}


def test_a_deletion_arrives_by_itself(house: House) -> None:
    ref = sorted(house.held())[0]
    house.change(ref, note="seen")
    house.settle()

    house.change(ref, delete=True)
    house.settle()

    assert ref not in house.mirrored()


@pytest.mark.parametrize("mishap", [name for name in MISHAPS if name != "hook_lost"])
def test_a_mishap_of_the_net_changes_nothing(house: House, mishap: str) -> None:
    one, other = sorted(house.held())[:2]
    house.mishap(mishap)

    house.change(one, note="first")
    house.change(other, note="second")
    house.change(one, note="third")
    house.settle()

    known = house.mirrored()
    assert (known[one], known[other]) == ("third", "second")


def test_a_lost_webhook_is_found_by_asking(house: House) -> None:
    ref = sorted(house.held())[0]
    house.mishap("hook_lost", times=0)
    house.change(ref, note="lost")
    house.settle()
    assert house.mirrored().get(ref) != "lost"

    house.ask()

    assert house.mirrored()[ref] == "lost"


def test_after_many_mishaps_the_mirror_equals_the_shop(house: House) -> None:
    chance = random.Random(7)
    refs = sorted(house.held())[:12]
    for ref in refs:
        house.change(ref, note="begun")
    for number in range(60):
        if chance.random() < 0.3:
            house.mishap(chance.choice([name for name in MISHAPS if name != "hook_late"]))
        house.change(chance.choice(refs[2:]), note=f"n{number} {datetime.now(UTC)}")
        if chance.random() < 0.4:
            house.work()
    house.change(refs[0], delete=True)
    house.settle()
    requests.delete(f"{house.shop}/_control/faults", timeout=5)

    house.ask()

    shop, mirror = house.held(), house.mirrored()
    assert {ref: mirror.get(ref) for ref in refs} == {ref: shop.get(ref) for ref in refs}
