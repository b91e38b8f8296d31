"""Both pretend shops and our web in threads, and real worker processes that can be killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
import requests

from integrations.sandbox import gateway as pretend_gateway
from integrations.sandbox.serving import in_thread
from plugin.actions import connect, hear
from plugin.app import create_app
from plugin.settings import Settings
from plugin.wiring import build_services
from tests.money.house import Worker
from tests.owning import owned
from tests.soak.storm import Ground

SECRET = "app-secret"
LEASE = timedelta(seconds=2)


@dataclass
class Workers:
    """Starts worker processes and ends those that are left."""

    environ: dict[str, str]
    log: Path
    started: list[Worker]

    def start(self) -> Worker:
        self.started.append(Worker(self.environ, self.log, LEASE))
        return self.started[-1]


@pytest.fixture
def wakes() -> set[str]:
    """The jobs that a wake wakes; a test takes some away."""
    return {"hear", "reconcile", "backfill"}


@pytest.fixture
def ground(
    database_url: str, wakes: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Ground]:
    monkeypatch.setattr(hear, "LOST_WAKE", LEASE)
    environ = {
        "MOSTRADOR_ENV": "development",
        "DATABASE_URL": database_url,
        "DATA_DIR": str(tmp_path),
        "LOG_LEVEL": "error",
    }
    workers = Workers(environ, tmp_path / "worker.log", [])
    built = build_services(Settings.from_env(environ))
    web = None
    with ExitStack() as stack:
        stack.callback(built.database.close)
        here = stack.enter_context(in_thread(lambda env, start: web(env, start)))
        environ["PUBLIC_URL"] = here

        def wake(job: str, *ids: str) -> None:
            if job in wakes:
                built.wake(job, *ids)

        services = replace(built, settings=Settings.from_env(environ), wake=wake)
        web = create_app(services=services)
        gateway = stack.enter_context(in_thread(pretend_gateway.create_app()))
        scope = connect.create_workspace(
            services, name="P", locale="es", country="ES", timezone="Europe/Madrid"
        )
        owned(services, scope)
        shops: dict[str, str] = {}
        for platform in services.stores:
            pretend = import_module(f"tests.contracts.{platform}").SHOP
            url = stack.enter_context(in_thread(pretend.app(gateway)))
            told = {"url": f"{here}/webhooks/{platform}", "secret": SECRET}
            requests.post(f"{url}/_control/webhooks", json=told, timeout=5)
            credentials = {**pretend.credentials(), "webhook_secret": SECRET}
            shop = connect.connect_shop(
                services, scope, platform=platform, label="", address=url, credentials=credentials
            )
            shops[shop] = url
        yield Ground(services=services, scope=scope, shops=shops, start_worker=workers.start)
        for worker in workers.started:
            worker.stop()
