"""`make run`: everything on this machine, with pretend shops and a pretend inbox, one line at the
end of the start, and nothing left behind at the end of the run.

PORT web, +1 inbox, +2 and +3 shops, +4 gateway. What the processes say goes to DATA_DIR/log.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from integrations.sandbox import demo
from plugin.actions import accounts, connect, installs
from plugin.actions.accounts import Person
from plugin.db import connections as installed
from plugin.db import people
from plugin.db.migrate import upgrade
from plugin.db.session import Scope
from plugin.errors import MostradorError
from plugin.messages import sentence
from plugin.serve import WORKER, stop, web_command
from plugin.services import Services
from plugin.settings import Settings
from plugin.wiring import build_services

START_SECONDS = 60.0
PORTS = 5
BUNDLE = Path(__file__).resolve().parents[1] / "ui" / "static" / "dist" / "manifest.json"


class CannotRun(Exception):
    """One sentence for whoever typed `make run`."""


class _Stopped(Exception):
    """Ctrl-C or SIGTERM."""


@dataclass(frozen=True, slots=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path


def main() -> int:
    """0 after Ctrl-C or SIGTERM, 1 with one sentence on anything else."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop_signal)
    house: House | None = None
    try:
        environ = environment(os.environ)
        house = House(environ, Settings.from_env(environ))
        house.start()
        print(f"Mostrador is ready: http://{demo.HOST}:{house.settings.port}/demo", flush=True)
        house.watch()
    except _Stopped:
        return 0
    except CannotRun as error:
        print(error, file=sys.stderr)
    except MostradorError as error:
        print(sentence(error.code, "en", **error.parameters), file=sys.stderr)
    finally:
        if house is not None:
            house.stop()
    return 1


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """What every process gets. Raises CannotRun for a PORT that is none."""
    text = given.get("PORT", "") or "8000"
    if not text.isdecimal() or not 1024 <= int(text) <= 65535 - PORTS:
        raise CannotRun(f"PORT must be a number from 1024 to {65535 - PORTS}, not {text!r}.")
    port = int(text)
    return {
        **given,
        "MOSTRADOR_ENV": "development",
        "PORT": str(port),
        # another site than the inbox, so that cookies and frames behave as in life
        "PUBLIC_URL": f"http://localhost:{port}",
        "DATA_DIR": str(Path(given.get("DATA_DIR", "") or "var").resolve()),
        "DEMO_URL": demo.url(port, demo.HELPDESK_OFFSET),
        "PYTHONUNBUFFERED": "1",
        **demo.environment(port),
    }


class House:
    """The processes of one run."""

    def __init__(self, environ: dict[str, str], settings: Settings) -> None:
        self.settings = settings
        self._environ = environ
        self._data = Path(environ["DATA_DIR"])
        self._children: list[Child] = []

    def start(self) -> None:
        """Everything up and answering. Raises CannotRun, MostradorError."""
        port = self.settings.port
        for taken in filter(_is_taken, range(port, port + PORTS)):
            raise CannotRun(
                f"Port {taken} is taken: stop what listens there, or choose another start "
                f"with PORT={port + 1000} make run."
            )
        _check_bundle()
        (self._data / "log").mkdir(parents=True, exist_ok=True)
        self._run_shops()
        upgrade(self.settings.database_url)
        self._run("web", web_command(self.settings, demo.HOST))
        self._wait_for_shops()
        self._run_inbox_and_worker()
        self._wait_for(demo.url(port, demo.HELPDESK_OFFSET) + "/health")
        self._wait_for(demo.url(port, 0) + "/readyz")

    def watch(self) -> None:
        """Until a signal. Raises CannotRun when a process ends by itself."""
        while True:
            self._check_children()
            time.sleep(0.3)

    def stop(self) -> None:
        """The worker first: a refund under way still finds its shop."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        for child in reversed(self._children):
            stop([child.process])

    def _run_shops(self) -> None:
        port, state = self.settings.port, str(self._data / "sandbox")
        self._run("gateway", _python(demo.gateway_arguments(port, state)))
        for shop in demo.SHOPS:
            self._run(shop.label, _python(demo.shop_arguments(shop, port, f"{state}/{shop.app}")))

    def _wait_for_shops(self) -> None:
        offsets = (demo.GATEWAY_OFFSET, *(shop.offset for shop in demo.SHOPS))
        for offset in offsets:
            self._wait_for(demo.url(self.settings.port, offset) + "/_control/faults")

    def _run_inbox_and_worker(self) -> None:
        port, panel = self.settings.port, self.settings.public_url
        services = build_services(self.settings)
        try:
            install, secret = provision(services, port)
        finally:
            services.database.close()
        self._run("worker", WORKER)
        self._run("inbox", _python(demo.helpdesk_arguments(port, panel, install, secret)))

    def _run(self, name: str, command: Sequence[str]) -> None:
        log = self._data / "log" / f"{name.lower().replace(' ', '-')}.log"
        with log.open("wb") as output, _deaf_to_interrupt():
            process = subprocess.Popen(
                command, env=self._environ, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self._children.append(Child(name, process, log))

    def _wait_for(self, url: str) -> None:
        until = time.monotonic() + START_SECONDS
        while not _answers(url):
            self._check_children()
            if time.monotonic() > until:
                raise CannotRun(f"Nothing answers at {url}; see {self._data / 'log'}.")
            time.sleep(0.1)

    def _check_children(self) -> None:
        for child in self._children:
            code = child.process.poll()
            if code is not None:
                raise CannotRun(
                    f"The process {child.name} ended ({code}), so everything was stopped; "
                    f"see {child.log}{_last_line(child.log)}"
                )


def provision(services: Services, port: int) -> tuple[str, str]:
    """Workspace, owner, shops, install and people of the demo, each made unless it is there; gives
    the install's id and secret. A start on other ports moves the shops along."""
    with services.database.reading() as connection:
        scopes = installed.all_scopes(connection)
    scope = scopes[0] if scopes else connect.create_workspace(
        services, name=demo.WORKSPACE, locale="es", country="ES", timezone="Europe/Madrid",
        own_domains=demo.OWN_DOMAINS,
    )  # fmt: skip
    if not accounts.is_owned(services):
        owner = demo.OWNER
        person = Person(password=owner.password, email=owner.email, name=owner.name)
        accounts.add_owner(services, scope, person)
    for shop in demo.SHOPS:
        _connect(services, scope, shop, demo.url(port, shop.offset))
    install, secret = _install(services, scope, demo.url(port, demo.HELPDESK_OFFSET))
    for host_id, (name, role) in demo.PEOPLE.items():
        with services.database.reading() as connection:
            known = people.agent_by_host(scope, connection, install, host_id)
        if known is None:
            connect.name_agent(
                services, scope, install_id=install, host_id=host_id, name=name, role=role
            )
    return install, secret


def _connect(services: Services, scope: Scope, shop: demo.Shop, address: str) -> None:
    with services.database.reading() as connection:
        rows = installed.connection_rows(scope, connection)
    known = next((row for row in rows if row.platform == shop.platform), None)
    if known is None:
        connect.connect_shop(
            services, scope, platform=shop.platform, label=shop.label, address=address,
            credentials=shop.credentials,
        )  # fmt: skip
    elif known.address != address:
        with services.database.writing() as connection:
            installed.change_connection(scope, connection, known.id, address=address)


def _install(services: Services, scope: Scope, origin: str) -> tuple[str, str]:
    with services.database.reading() as connection:
        rows = installed.install_rows(scope, connection)
    for row in rows:
        if row.helpdesk == demo.HELPDESK and row.origins == (origin,):
            return row.id, services.keys.open(row.secret).decode()
    made = installs.install_helpdesk(
        services, scope, helpdesk=demo.HELPDESK, label=origin, origins=(origin,)
    )
    return made.id, made.secret


def _python(arguments: Sequence[str]) -> tuple[str, ...]:
    return (sys.executable, "-m", *arguments)


def _stop_signal(*_: object) -> None:
    raise _Stopped


@contextmanager
def _deaf_to_interrupt() -> Iterator[None]:
    """Ctrl-C reaches the whole terminal; the shops must outlive the worker, so they inherit deaf
    ears and are stopped by us."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _check_bundle() -> None:
    if not BUNDLE.exists():
        raise CannotRun("The panel has not been built: `make run` builds it, Node.js 20 is needed.")


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((demo.HOST, port))
        except OSError:
            return True
    return False


def _answers(url: str) -> bool:
    with requests.Session() as session:
        session.trust_env = False
        try:
            return session.get(url, timeout=2).status_code == 200
        except requests.RequestException:
            return False


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return f": {lines[-1][:200]}" if lines else "."


if __name__ == "__main__":
    sys.exit(main())
