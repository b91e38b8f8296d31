"""`make soak`: real processes on loopback for a few minutes. ENGINE=postgres puts PostgreSQL under
it, DELIVERIES and SEED change the storm. The last line is the verdict, exit code 1 a difference."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import requests

from integrations.sandbox import demo
from plugin.actions import connect
from plugin.db.migrate import upgrade
from plugin.serve import WORKER, web_command
from plugin.settings import Settings
from plugin.wiring import build_services
from tests.database import a_database, running_postgres
from tests.money.house import free_port, until
from tests.owning import owned
from tests.soak.storm import Ground, Plan, Storm

# the pretend shop's own limit of requests is tried elsewhere
BUCKET = ("--maximum", "1000000", "--restore", "100000")


class Child:
    """A process of the house; what it says goes to its log."""

    def __init__(self, command: Sequence[str], environ: dict[str, str], log: Path) -> None:
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command, env={**os.environ, **environ}, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def kill(self) -> None:
        """SIGKILL: no farewell."""
        self.process.kill()
        self.process.wait()


def main() -> int:
    plan = Plan(
        deliveries=int(os.environ.get("DELIVERIES", "20000")), kills=3, deletions=12,
        late_seconds=2.0, patience_seconds=240.0, seed=int(os.environ.get("SEED", "1")),
    )  # fmt: skip
    began = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing is left behind
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mostrador-soak-")))
        url = stack.enter_context(_database(os.environ.get("ENGINE", "sqlite"), folder))
        ground = stack.enter_context(_ground(url, folder))
        storm = Storm(ground, plan)
        storm.mirror_the_shops()
        _say(began, f"both shops in the mirror; {plan.deliveries:,} deliveries begin")
        storm.rage()
        _say(began, f"{_weather(storm)}; worker killed {storm.killed} times")
        storm.calm()
        _say(began, f"all worked off: {_listed(storm.counts())}")
        storm.ask_the_shops()
        _say(began, f"reconciled; it found {storm.found_by_asking()} records that nobody told")
        count, differences = storm.differences()
        differences += [f"{number} deliveries parked" for number in _parked(storm)]
        locked = (folder / "web.log").read_text(errors="replace").count("database is locked")
        differences += [f"{locked} lock errors in the web process"] if locked else []
    for line in differences[:20]:
        print(line)
    print(f"mirror = shop: {count} orders, {len(differences)} differences")
    return 1 if differences else 0


@contextmanager
def _database(engine: str, folder: Path) -> Iterator[str]:
    if engine == "sqlite":
        yield f"sqlite:///{folder}/mostrador.sqlite3"
    elif engine == "postgres":
        with running_postgres() as server, a_database(server) as (url, _name):
            yield url
    else:
        sys.exit("ENGINE is sqlite or postgres")


@contextmanager
def _ground(database_url: str, folder: Path) -> Iterator[Ground]:
    port = free_port(5)
    environ = {
        "MOSTRADOR_ENV": "development",
        "PORT": str(port),
        "PUBLIC_URL": demo.url(port, 0),
        "DATABASE_URL": database_url,
        "DATA_DIR": str(folder),
        "LOG_LEVEL": "warning",
    }
    settings = Settings.from_env(environ)
    upgrade(database_url)
    children: list[Child] = []

    def start(name: str, command: Sequence[str]) -> Child:
        children.append(Child(command, environ, folder / f"{name}.log"))
        return children[-1]

    services = build_services(settings)
    try:
        for name, command in _shops(port, str(folder)):
            start(name, command)
        start("web", web_command(settings, demo.HOST))
        for path in (*(demo.url(port, n) + "/_control/faults" for n in (2, 3, 4)),
                     demo.url(port, 0) + "/readyz"):  # fmt: skip
            until(lambda path=path: _answers(path), f"{path} to answer")  # type: ignore[misc]
        scope = connect.create_workspace(
            services, name=demo.WORKSPACE, locale="es", country="ES", timezone="Europe/Madrid"
        )
        owned(services, scope)
        shops = {
            connect.connect_shop(
                services, scope, platform=shop.platform, label=shop.label,
                address=demo.url(port, shop.offset), credentials=shop.credentials,
            ): demo.url(port, shop.offset)
            for shop in demo.SHOPS
        }  # fmt: skip
        yield Ground(
            services=services, scope=scope, shops=shops,
            start_worker=lambda: start("worker", WORKER),
        )  # fmt: skip
    finally:
        for child in children:
            child.kill()
        services.database.close()


def _shops(port: int, state: str) -> Iterator[tuple[str, Sequence[str]]]:
    yield "gateway", (sys.executable, "-m", *demo.gateway_arguments(port, f"{state}/gateway"))
    for shop in demo.SHOPS:
        command = [sys.executable, "-m", *demo.shop_arguments(shop, port, f"{state}/{shop.app}")]
        yield shop.app, [*command, *BUCKET]


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def _weather(storm: Storm) -> str:
    """What became of all that the shops wanted to send."""
    met: dict[str, int] = {}
    for net in storm.nets():
        for name, number in net["met"].items():
            key = name.removeprefix("hook_") or "plain"
            met[key] = met.get(key, 0) + number
    return _listed(met)


def _listed(numbers: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in sorted(numbers.items()))


def _parked(storm: Storm) -> list[int]:
    parked = storm.counts().get("parked", 0)
    return [parked] if parked else []


def _say(began: float, what: str) -> None:
    print(f"{time.monotonic() - began:6.0f} s  {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
