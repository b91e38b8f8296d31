"""A pretend shop whose app is ours, and all of Mostrador in this process in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import requests

from integrations.sandbox import gateway as pretend_gateway
from integrations.sandbox.serving import in_thread
from integrations.sandbox.shopify import CLIENT_ID, CLIENT_SECRET, create_app
from integrations.stores.shopify import install
from plugin.actions import connect
from plugin.actions.shops import open_shop
from plugin.db import connections as installed
from plugin.db.migrate import upgrade
from plugin.db.session import Scope
from plugin.ports.store import AppKeys, Store
from plugin.services import Services
from plugin.settings import Secret, Settings
from plugin.wiring import build_services

APP = AppKeys(client_id=CLIENT_ID, secrets=(CLIENT_SECRET,))
ENVIRON = {"SHOPIFY_CLIENT_ID": CLIENT_ID, "SHOPIFY_CLIENT_SECRET": CLIENT_SECRET}


class Clock:
    """Real time, moved on."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Lab:
    """`woken` holds the jobs nobody runs here."""

    services: Services
    scope: Scope
    clock: Clock
    shop: str
    woken: list[tuple[str, ...]]
    connection_id: str = ""

    def control(self, of: str = "grants", **wanted: Any) -> None:
        requests.post(f"{self.shop}/_control/{of}", json=wanted, timeout=5).raise_for_status()

    def fault(self, name: str, on: str, times: int = 1, seconds: float = 0.0) -> None:
        body = {"fault": name, "on": on, "times": times, "seconds": seconds}
        requests.post(f"{self.shop}/_control/faults", json=body, timeout=5).raise_for_status()

    def counts(self) -> dict[str, int]:
        answer = requests.get(f"{self.shop}/_control/grants", timeout=5)
        return dict(answer.json()["counts"])

    def session_token(self) -> str:
        answer = requests.get(f"{self.shop}/_control/session-token", timeout=5)
        return str(answer.json()["token"])

    def let_in(self) -> dict[str, str]:
        assert self.services.http is not None
        return install.exchange(
            self.shop, APP, self.session_token(), self.services.http, self.clock()
        )

    def attach(self) -> None:
        made = connect.attach_shop(
            self.services, self.scope, platform="shopify", label="", address=self.shop,
            credentials=self.let_in(),
        )  # fmt: skip
        self.connection_id = made.id

    def store(self) -> Store:
        return open_shop(self.services, self.scope, self.connection_id)

    def credentials(self) -> dict[str, str]:
        with self.services.database.reading() as connection:
            row = installed.connection_row(self.scope, connection, self.connection_id)
        assert row is not None
        return msgspec.json.decode(self.services.keys.open(row.credentials), type=dict[str, str])


@contextmanager
def a_lab(database_url: str, folder: Path, *, common: bool = True) -> Iterator[Lab]:
    """The pretend shop, our services, and an empty workspace. `common`: the shop's app is the
    installation's, else nobody's yet."""
    upgrade(database_url)
    with (
        in_thread(pretend_gateway.create_app()) as gateway,
        in_thread(create_app(gateway=gateway, maximum=1_000_000, restore=50_000)) as shop,
    ):
        environ = {"SHOPIFY_SANDBOX_URL": shop, **(ENVIRON if common else {})}
        known = Settings(
            development=True, public_url="http://localhost", database_url=database_url,
            data_dir=folder, log_level="error",
            of_platforms={name: Secret(text) for name, text in environ.items()},
        )  # fmt: skip
        clock, woken = Clock(), []  # type: ignore[var-annotated]
        built = build_services(known)
        services = replace(built, clock=clock, wake=lambda job, *ids: woken.append((job, *ids)))
        scope = connect.create_workspace(
            services, name="Prueba", locale="es", country="ES", timezone="UTC"
        )
        try:
            yield Lab(services, scope, clock, shop, woken)
        finally:
            services.database.close()
