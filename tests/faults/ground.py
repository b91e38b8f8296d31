"""Where a cell happens: a pretend shop and its gateway in threads, all of Mostrador before them,
a clock that can be moved on, a call that can be cut short, workers that work when told to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import jwt
import requests

from integrations.http import ApiClient
from integrations.registry import stores
from integrations.sandbox.serving import App
from integrations.sandbox.shopify import CLIENT_ID, CLIENT_SECRET
from integrations.stores.shopify import install as shopify_install
from plugin.actions import act, connect, installs, ledger, settle
from plugin.actions.kinds import KINDS
from plugin.actions.launch import Seat, open_panel
from plugin.actions.lookup import refresh_order
from plugin.actions.shops import open_shop
from plugin.actions.views import ActionView
from plugin.db import ledger as rows
from plugin.db.ledger import ActionRow
from plugin.db.session import Scope
from plugin.domain.orders import Order
from plugin.ports.clock import new_id
from plugin.ports.helpdesk import Request
from plugin.ports.http import Answer
from plugin.ports.store import AppKeys, Store
from plugin.services import Services
from plugin.settings import Secret, Settings
from plugin.wiring import build_services
from tests.contracts.shop import Catalogue, Counted, PretendShop, Running, everything, running

PLATFORMS = tuple(sorted(stores()))
EXPIRING = frozenset({"shopify"})
"""Platforms whose tokens end by themselves."""
COMMITS = {
    ("shopify", "refund"): "refund",
    ("shopify", "cancel_refund"): "orderCancel",
    ("woocommerce", "cancel_refund"): "refund",
    ("shopify", "replacement"): "draftOrderComplete",
    ("woocommerce", "refund"): "refund",
}
"""Where the contract names no place, or only the first of several calls."""
SPARE = {"bad_token": 1}
ENDED = frozenset({"done", "refused", "not_done", "needs_person", "expired"})
STEPS = 60


class Clock:
    """Real time, moved on."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Watched:
    """A pretend shop, and how many calls it is working on."""

    def __init__(self, inner: PretendShop) -> None:
        self.key, self.credentials, self.place = inner.key, inner.credentials, inner.place
        self.inner, self.busy, self._turn = inner, 0, threading.Lock()

    def app(self, gateway: str) -> App:
        app = self.inner.app(gateway)

        def counted(*given: Any) -> Any:
            self._count(1)
            try:
                return app(*given)
            finally:
                self._count(-1)

        return counted

    def _count(self, more: int) -> None:
        with self._turn:
            self.busy += more


class Hurried(ApiClient):
    """While `hurry` is set, a call that changes something waits for its answer no longer than
    that."""

    hurry: float | None = None

    def send(
        self, method: str, url: str, *, timeout: tuple[float, float], write: bool, **rest: Any
    ) -> Answer:
        if write and self.hurry is not None:
            timeout = (timeout[0], self.hurry)
        return super().send(method, url, timeout=timeout, write=write, **rest)


class Exhausted(Exception):
    """No order is left that fits: a fresh ground has them all again."""


@dataclass
class Ground:
    """One workspace with one shop. `settings` let another process build the same services."""

    services: Services
    settings: Settings
    scope: Scope
    clock: Clock
    shop: Running
    door: Watched
    http: Hurried
    install: installs.Installed
    connection_id: str
    woken: list[tuple[str, ...]]
    seed: Catalogue
    used: set[str] = field(default_factory=set)

    @property
    def platform(self) -> str:
        return self.shop.platform.key

    def take(self, fits: Callable[[Ground, Order], bool]) -> Order:
        """An order that no cell has touched, brought into the mirror as it is now."""
        calm(self.shop)
        for known in self.seed.orders:
            if known.ref not in self.used and known.email and fits(self, known):
                self.used.add(known.ref)
                found = refresh_order(self.services, self.scope, self.connection_id, known.ref)
                assert found is not None
                return found
        raise Exhausted

    def store(self) -> Store:
        return open_shop(self.services, self.scope, self.connection_id)

    def seat(self, order: Order, agent: str = "ana", role: str = "agent") -> Seat:
        seat = self._launched(order, agent)
        if seat.role == role:
            return seat
        connect.set_role(self.services, self.scope, seat.agent_id, role)
        return self._launched(order, agent)

    def _launched(self, order: Order, agent: str) -> Seat:
        now = self.clock()
        claims = {
            "iss": "helpdesk", "aud": self.install.id, "iat": now,
            "exp": now + timedelta(seconds=60), "jti": new_id(),
            "agent": {"id": agent, "name": agent.title()}, "conversation": "ticket-1",
            "customer": {"emails": [order.email]}, "locale": "es",
        }  # fmt: skip
        token = jwt.encode(claims, self.install.secret, algorithm="HS256")
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        request = Request(headers=headers, query=(), body=f"launch={token}".encode())
        return open_panel(self.services, self.install.id, request).seat

    def preview(self, kind: str, order: Order, seat: Seat, typed: Mapping[str, str]) -> ActionView:
        return act.preview(self.services, seat, kind, self.connection_id, order.ref, typed)

    def row(self, action_id: str) -> ActionRow:
        with self.services.database.reading() as connection:
            return ledger.must_get(self.scope, connection, action_id)

    def of_order(self, order: Order) -> list[ActionRow]:
        with self.services.database.reading() as connection:
            return rows.of_order(self.scope, connection, self.connection_id, order.ref)

    def perform(self, action_id: str) -> None:
        ledger.perform(self.services, self.scope, action_id, KINDS)

    def work(self, *action_ids: str) -> None:
        """Time passes and workers work until each action has ended."""
        for _ in range(STEPS):
            while self.woken:
                job, _workspace, *ids = self.woken.pop(0)
                if job == "perform":
                    self.perform(ids[0])
                elif job == "settle":
                    self.settle(ids[0])
            if all(self.row(action_id).state in ENDED for action_id in action_ids):
                return
            self.clock.ahead += timedelta(seconds=45)
            settle.sweep(self.services)

    def settle(self, action_id: str) -> None:
        settle.settle(self.services, self.scope, action_id, KINDS)

    def paid(self) -> list[Decimal]:
        return self.shop.paid_out()

    def fault(self, name: str, change: str, times: int = 1, seconds: float = 0.0) -> None:
        """Meets the call by which a change becomes true."""
        on = COMMITS.get((self.platform, change)) or self.shop.pretend.place(change)
        body = {"fault": name, "on": on, "times": times, "seconds": seconds}
        requests.post(f"{self.shop.url}/_control/faults", json=body, timeout=5).raise_for_status()

    def waiting_faults(self) -> list[str]:
        """Mishaps that were ordered and struck nobody. The second of two refused keys is only for
        platforms that renew the first."""
        found = []
        for base in (self.shop.url, self.shop.gateway):
            found += requests.get(f"{base}/_control/faults", timeout=5).json()
        return [item["fault"] for item in found if item["times"] > SPARE.get(item["fault"], 0)]

    def expire_token(self) -> None:
        url = f"{self.shop.url}/_control/grants"
        requests.post(url, json={"expire": True}, timeout=5).raise_for_status()


def calm(shop: Running) -> None:
    for base in (shop.url, shop.gateway):
        requests.delete(f"{base}/_control/faults", timeout=5).raise_for_status()


@contextmanager
def a_ground(platform: str, database_url: str, folder: Path) -> Iterator[Ground]:
    """On a database with every table and not one row."""
    door = Watched(import_module(f"tests.contracts.{platform}").SHOP)
    outward = ApiClient(allow_loopback=True, attempts=1)
    with running(door, stores()[platform], outward) as shop:
        settings = Settings(
            development=True, public_url="", database_url=database_url, data_dir=folder,
            log_level="critical", of_platforms=_of_platforms(platform, shop.url),
        )  # fmt: skip
        clock, woken = Clock(), []  # type: ignore[var-annotated]
        http = Hurried(allow_loopback=True)
        services = replace(
            build_services(settings), clock=clock, wake=lambda *job: woken.append(job),
            open_store=lambda shop: stores()[shop.platform].open(shop, http),
        )  # fmt: skip
        scope = connect.create_workspace(
            services, name="P", locale="es", country="ES", timezone="Europe/Madrid"
        )
        connection_id = connect.connect_shop(
            services, scope, platform=platform, label="", address=shop.url,
            credentials=_credentials(shop, services),
        )  # fmt: skip
        installed = installs.install_helpdesk(
            services, scope, helpdesk="generic", label="Inbox", origins=[], default_role="agent"
        )
        try:
            yield Ground(
                services, settings, scope, clock, shop, door, http, installed, connection_id, woken,
                _seed(platform),
            )  # fmt: skip
        finally:
            services.database.close()
            http.close()
            outward.close()


def _of_platforms(platform: str, url: str) -> dict[str, Secret]:
    if platform not in EXPIRING:
        return {}
    texts = {
        "SHOPIFY_SANDBOX_URL": url,
        "SHOPIFY_CLIENT_ID": CLIENT_ID,
        "SHOPIFY_CLIENT_SECRET": CLIENT_SECRET,
    }
    return {name: Secret(text) for name, text in texts.items()}


def _credentials(shop: Running, services: Services) -> Mapping[str, str]:
    """Where tokens end, one that does; else what the contract uses."""
    if shop.platform.key not in EXPIRING:
        return shop.pretend.credentials()
    answer: dict[str, Any] = requests.get(f"{shop.url}/_control/session-token", timeout=5).json()
    keys = AppKeys(client_id=CLIENT_ID, secrets=(CLIENT_SECRET,))
    assert services.http is not None
    return shopify_install.exchange(
        shop.url, keys, str(answer["token"]), services.http, services.clock()
    )


@cache
def _seed(platform: str) -> Catalogue:
    """Every fresh shop of a platform is the same one."""
    outward = ApiClient(allow_loopback=True, attempts=1)
    pretend = import_module(f"tests.contracts.{platform}").SHOP
    with running(pretend, stores()[platform], outward) as shop:
        assert isinstance(shop.http, Counted)
        return everything(shop.platform, shop.store)
