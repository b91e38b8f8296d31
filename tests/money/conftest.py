"""A counter with real shops, real workers and two agents, on either database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from integrations.sandbox import demo
from plugin.actions import act, connect, installs
from plugin.actions.launch import Seat, open_panel
from plugin.actions.lookup import refresh_order
from plugin.actions.shops import open_shop
from plugin.actions.views import ActionView
from plugin.db import connections as installed
from plugin.db import reconciliations
from plugin.db.session import Scope
from plugin.domain.orders import Order
from plugin.ports.clock import new_id
from plugin.ports.helpdesk import Request
from plugin.services import Services
from plugin.settings import Settings
from plugin.wiring import build_services
from tests.money.house import Shops, Worker, shops, until

# Short enough for a test to see the end of waiting; production waits for minutes.
LIMITS = {"settle_seconds": "3", "call_seconds": "4"}
SETTLED = ("done", "refused", "not_done", "needs_person")


@dataclass
class Counter:
    """What a test of money acts with; `order` is the one order it is about."""

    services: Services
    scope: Scope
    shops: Shops
    environ: Mapping[str, str]
    install: installs.Installed
    connections: Mapping[str, str]
    folder: Path
    workers: list[Worker] = field(default_factory=list)

    def work(self) -> Worker:
        worker = Worker(dict(self.environ), self.folder / "worker.log")
        self.workers.append(worker)
        return worker

    def order(self, shop: str, number: str) -> Order:
        """An order brought into the mirror as it is now."""
        connection_id = self.connections[shop]
        found = open_shop(self.services, self.scope, connection_id).find_by_number(number)
        order = refresh_order(self.services, self.scope, connection_id, found.orders[0].ref)
        assert order is not None
        return order

    def seat(self, order: Order, agent: str = "ana") -> Seat:
        emails = [order.email] if order.email else []
        address = order.shipping_address or order.billing_address
        phones = [text for text in (order.phone, address.phone if address else "") if text]
        return self.launched(agent, emails=emails, phones=[] if emails else phones)

    def launched(self, agent: str = "ana", **customer: Any) -> Seat:
        now = datetime.now(UTC)
        claims = {
            "iss": "helpdesk",
            "aud": self.install.id,
            "iat": now,
            "exp": now + timedelta(seconds=60),
            "jti": new_id(),
            "agent": {"id": agent, "name": agent.title()},
            "conversation": "ticket-1",
            "customer": customer,
            "locale": "es",
        }
        token = jwt.encode(claims, self.install.secret, algorithm="HS256")
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        request = Request(headers=headers, query=(), body=f"launch={token}".encode())
        return open_panel(self.services, self.install.id, request).seat

    def preview(self, shop: str, order: Order, seat: Seat, **typed: str) -> ActionView:
        wanted = {"mode": "amount", "amount": "5,00", "restock": "on", **typed}
        return act.preview(self.services, seat, "refund", self.connections[shop], order.ref, wanted)

    def confirm(self, seat: Seat, action: ActionView) -> ActionView:
        return act.confirm(self.services, seat, action.id)

    def now(self, seat: Seat, action: ActionView) -> ActionView:
        return act.view_of(self.services, seat, action.id)

    def settled(self, seat: Seat, action: ActionView) -> ActionView:
        """Waits for a state that ends, or needs a person."""
        return until(
            lambda: view if (view := self.now(seat, action)).state in SETTLED else None,
            f"the end of {action.id}, last {self.now(seat, action).state}",
        )

    def reaches(self, seat: Seat, action: ActionView, state: str) -> ActionView:
        return until(
            lambda: view if (view := self.now(seat, action)).state == state else None,
            f"{action.id} to be {state}",
        )


@pytest.fixture(scope="session")
def pretend_shops() -> Iterator[Shops]:
    with shops() as started:
        yield started


@pytest.fixture
def counter(database_url: str, pretend_shops: Shops, tmp_path: Path) -> Iterator[Counter]:
    pretend_shops.calm()
    environ = {
        "MOSTRADOR_ENV": "development",
        "DATABASE_URL": database_url,
        "DATA_DIR": str(tmp_path),
        "LOG_LEVEL": "warning",
        "PYTHONPATH": str(Path.cwd()),
    }
    services = build_services(Settings.from_env(environ))
    scope = connect.create_workspace(
        services, name="Prueba", locale="es", country="ES", timezone="Europe/Madrid"
    )
    connections = {
        shop.platform: connect.connect_shop(
            services, scope, platform=shop.platform, label=shop.label,
            address=pretend_shops.address(shop.platform), credentials=shop.credentials,
            options=LIMITS,
        )
        for shop in demo.SHOPS
    }  # fmt: skip
    _forget_backfills(services, scope, connections)
    install = installs.install_helpdesk(
        services, scope, helpdesk="generic", label="Inbox", origins=[], default_role="agent"
    )
    counter = Counter(services, scope, pretend_shops, environ, install, connections, tmp_path)
    yield counter
    for worker in counter.workers:
        worker.stop()
    pretend_shops.calm()
    services.database.close()


def _forget_backfills(services: Services, scope: Scope, connections: Mapping[str, str]) -> None:
    """These tests are about one order each; its reading needs no whole shop."""
    with services.database.writing() as connection:
        for connection_id in connections.values():
            installed.change_connection(scope, connection, connection_id, sync_state="done")
            # nor do readings by the clock come in between
            reconciliations.change(scope, connection, connection_id, due=None)
