"""A pretend shop, our web before which a door can be shut, and a worker that works when told to:
from a change in the shop to the mirror, over real requests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import requests

from integrations.sandbox import gateway as pretend_gateway
from integrations.sandbox.serving import in_thread
from plugin.actions import connect, hear, reconcile
from plugin.app import create_app
from plugin.db import connections as installed
from plugin.db import deliveries as rows
from plugin.db import reconciliations
from plugin.db.mirror import decode_order
from plugin.db.reconciliations import ReconciliationRow
from plugin.db.session import Scope
from plugin.db.tables import orders
from plugin.ports.store import StorePlatform
from plugin.services import Services
from plugin.settings import Settings
from plugin.wiring import build_services
from tests.contracts.shop import PretendShop, backfilled
from tests.owning import owned

SECRET = "app-secret"


@dataclass
class House:
    """A shop, our web, and a worker that works when told to."""

    services: Services
    scope: Scope
    connection_id: str
    shop: str
    app: Any
    woken: list[tuple[str, ...]]
    open: bool = True

    def change(self, ref: str, **change: Any) -> None:
        body = {"order": ref, **change}
        requests.post(f"{self.shop}/_control/order", json=body, timeout=5).raise_for_status()

    def mishap(self, name: str, times: int = 1, on: str = "hook") -> None:
        body = {"fault": name, "on": on, "times": times, "seconds": 0.05}
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

    def books(self) -> ReconciliationRow:
        with self.services.database.reading() as connection:
            row = reconciliations.get(self.scope, connection, self.connection_id)
        assert row is not None
        return row

    def change_books(self, **values: Any) -> None:
        with self.services.database.writing() as connection:
            reconciliations.change(self.scope, connection, self.connection_id, **values)

    def time_passes(self) -> None:
        """What waits for a shop to be well again is due."""
        with self.services.database.writing() as connection:
            for row in rows.recent(self.scope, connection, 1000, "waiting"):
                rows.change(self.scope, connection, [row.id], due=self.services.clock())
        hear.sweep(self.services)
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

    def parked(self) -> set[str]:
        with self.services.database.reading() as connection:
            return {row.code for row in rows.recent(self.scope, connection, 1000, "parked")}

    def failing(self) -> str:
        with self.services.database.reading() as connection:
            row = installed.connection_row(self.scope, connection, self.connection_id)
        assert row is not None
        return row.failure_code if row.failing_since else ""

    def states(self) -> set[str]:
        with self.services.database.reading() as connection:
            return {row.state for row in rows.recent(self.scope, connection, 1000)}


def _gate(house: House, web: Any) -> Any:
    """Our web, or what stands before it while nobody is at home."""

    def answer(environ: Any, start: Any) -> Any:
        if house.open:
            return web(environ, start)
        start("503 Service Unavailable", [("Content-Type", "text/plain")])
        return [b""]

    return answer


def connect_store(house: House) -> Any:
    (known,) = connect.all_connections(house.services, house.scope)
    return house.services.open_store(known)


def until(ask: Any) -> None:
    for _ in range(1500):
        if ask():
            return
        time.sleep(0.02)
    raise AssertionError("waited in vain")


@contextmanager
def running_house(
    pretend: PretendShop, platform: StorePlatform, database_url: str, folder: Path
) -> Iterator[House]:
    woken: list[tuple[str, ...]] = []
    settings = Settings(
        development=True,
        public_url="",
        database_url=database_url,
        data_dir=folder,
        log_level="error",
    )
    built = build_services(settings)
    gate: Any = None
    with in_thread(pretend_gateway.create_app()) as gateway:
        app = pretend.app(gateway)
        with in_thread(app) as shop, in_thread(lambda *call: gate(*call)) as here:
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
            gate = _gate(house, web)
            house.ask()
            house.settle()
            yield house
    built.database.close()
