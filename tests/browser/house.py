"""The whole product as `make run` starts it, on ports and in a folder of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import requests
from sqlalchemy import create_engine, text

from integrations.sandbox import demo
from tests.money.house import free_port

PATIENCE_SECONDS = 60.0
T = TypeVar("T")


@dataclass(frozen=True)
class House:
    """Ask it what really happened: the gateway's log and the shops' own records."""

    port: int
    database_url: str

    @property
    def inbox(self) -> str:
        return demo.url(self.port, demo.HELPDESK_OFFSET)

    @property
    def panel(self) -> str:
        """As browsers know it: another site than the inbox."""
        return f"http://localhost:{self.port}"

    @property
    def gateway(self) -> str:
        return demo.url(self.port, demo.GATEWAY_OFFSET)

    def shop(self, platform: str) -> str:
        offset = next(shop.offset for shop in demo.SHOPS if shop.platform == platform)
        return demo.url(self.port, offset)

    def fault(self, base: str, name: str, **values: Any) -> None:
        _ask("POST", f"{base}/_control/faults", {"fault": name, **values})

    def calm(self) -> None:
        """Every switch back: the inbox remembers what it did, so it is asked first."""
        self.switch("wake", ticket=1)
        if _ask("POST", f"{self.inbox}/launch", _chosen(1, "ana")).json()["losing"]:
            self.switch("lose", ticket=1)
        for base in (self.gateway, *(self.shop(shop.platform) for shop in demo.SHOPS)):
            _ask("DELETE", f"{base}/_control/faults")

    def switch(self, name: str, *, ticket: int) -> None:
        _ask("POST", f"{self.inbox}/switch/{name}", _chosen(ticket, "ana"))

    def launch(self, ticket: int, agent: str) -> Launched:
        """A session of the panel without a browser, for what no page would ask."""
        token = _ask("POST", f"{self.inbox}/launch", _chosen(ticket, agent)).json()["launch"]
        page = _ask("GET", f"{self.inbox}/").text
        found = re.search(r'data-target="([^"]+)"', page)
        assert found, "the inbox names no panel"
        opened = _ask("POST", f"{found[1]}/launch", {"launch": token}).json()
        return Launched(found[1], opened["token"], opened["html"])

    def mark(self) -> int:
        """How many entries the gateway has written so far."""
        return len(self._entries())

    def paid_back(self, since: int) -> list[tuple[Decimal, str]]:
        """What the gateway gave back since a mark, by its own log: amount and currency."""
        return [
            (Decimal(entry["amount"]), entry["currency"])
            for entry in self._entries()[since:]
            if entry["kind"] == "refund"
        ]

    def records(self, platform: str, order: str) -> list[Any]:
        """The shop's own refunds of an order, given as the platform names it."""
        url = f"{self.shop(platform)}/_control/refunds?order={order}"
        records: list[Any] = _ask("GET", url).json()
        return records

    def record(self, platform: str, number: int) -> Any:
        """The shop's own record of an order."""
        url = f"{self.shop(platform)}/_control/order?order={self.order_ref(platform, number)}"
        return _ask("GET", url).json()

    def kept(self, platform: str, kind: str) -> list[Any]:
        """The shop's own records of another kind."""
        found: list[Any] = _ask("GET", f"{self.shop(platform)}/_control/kept/{kind}").json()
        return found

    def refund_elsewhere(self, platform: str, number: int, amount: str) -> None:
        """A refund made in the shop's own admin."""
        body = {"order": self.order_ref(platform, number), "amount": amount}
        _ask("POST", f"{self.shop(platform)}/_control/refund", body)

    def order_ref(self, platform: str, number: int) -> str:
        """How the platform names an order."""
        query = (
            "SELECT o.ref FROM orders o JOIN connections c ON c.id = o.connection_id "
            "AND c.workspace_id = o.workspace_id WHERE c.platform = :platform "
            "AND o.number = :number"
        )
        return str(self._sql(query, platform=platform, number=str(number)))

    def connection_id(self, platform: str) -> str:
        return str(self._sql("SELECT id FROM connections WHERE platform = :p", p=platform))

    @contextmanager
    def limited(self, cents: int) -> Iterator[None]:
        """Agents refund up to so much at once, until the block ends."""
        workspace = self._sql("SELECT workspace_id FROM workspaces")
        row = "(workspace_id, role, kind, currency, reason_required, per_action)"
        add = f"INSERT INTO policies {row} VALUES (:w, 'agent', 'refund', 'EUR', false, :units)"
        self._change(add, w=workspace, units=cents * 100)
        try:
            yield
        finally:
            self._change("DELETE FROM policies WHERE workspace_id = :w", w=workspace)

    def wait_until_nothing_is_open(self) -> None:
        """Every refund that was confirmed has come to an end."""
        query = "SELECT count(*) FROM actions WHERE state IN ('requested', 'performing', 'unknown')"
        until(lambda: self._sql(query) == 0, "the end of every refund")

    def wait_until_mirrored(self) -> None:
        query = "SELECT count(*) FROM connections WHERE sync_state <> 'done'"
        until(lambda: self._sql(query) == 0, "both shops in the mirror")

    def _sql(self, query: str, **values: Any) -> Any:
        engine = create_engine(self.database_url)
        try:
            with engine.connect() as connection:
                return connection.execute(text(query), values).scalar_one()
        finally:
            engine.dispose()

    def _change(self, query: str, **values: Any) -> None:
        engine = create_engine(self.database_url)
        with engine.begin() as connection:
            connection.execute(text(query), values)
        engine.dispose()

    def _entries(self) -> list[Any]:
        entries: list[Any] = _ask("GET", f"{self.gateway}/log").json()
        return entries


@dataclass(frozen=True)
class Launched:
    """One session of the panel."""

    target: str
    token: str
    html: str

    def post(self, path: str, **form: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.post(f"{self.target}/{path}", data=form, headers=headers, timeout=30)

    def get(self, path: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.get(f"{self.target}/{path}", headers=headers, timeout=30)


@contextmanager
def running_house(folder: Path, environ: Mapping[str, str]) -> Iterator[House]:
    """`environ` is added to ours; DATABASE_URL may name another database."""
    house, process = _started(folder, environ)
    try:
        house.wait_until_mirrored()
        yield house
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)


def _started(folder: Path, environ: Mapping[str, str]) -> tuple[House, subprocess.Popen[bytes]]:
    """A port that was free may be taken a moment later by another test: then on others."""
    log = folder / "make-run.log"
    for _ in range(5):
        settings = {"PORT": str(free_port(5)), "DATA_DIR": str(folder), **environ}
        with log.open("wb") as output:
            process = subprocess.Popen(
                (sys.executable, "-m", "plugin.dev"), env={**os.environ, **settings},
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        until(partial(_is_up_or_down, process, log), f"the house; {log}")
        if _is_ready(log):
            database = settings.get("DATABASE_URL", f"sqlite:///{folder}/mostrador.sqlite3")
            return House(int(settings["PORT"]), database), process
    raise AssertionError(f"the house ended: {log.read_text(encoding='utf-8')}")


def until(ask: Callable[[], T], what: str) -> T:
    """Asks until the answer is true. Patience is not a measure: it only ends a broken test."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = ask()
        if answer:
            return answer
        assert time.monotonic() < end, f"waited in vain for {what}; last answer: {answer!r}"
        time.sleep(0.1)


def _is_up_or_down(process: subprocess.Popen[bytes], log: Path) -> bool:
    return _is_ready(log) or process.poll() is not None


def _is_ready(log: Path) -> bool:
    return "Mostrador is ready" in log.read_text(encoding="utf-8")


def _chosen(ticket: int, agent: str) -> dict[str, Any]:
    return {"ticket": ticket, "agent": agent, "lang": "es"}


def _ask(method: str, url: str, body: Mapping[str, Any] | None = None) -> requests.Response:
    answer = requests.request(method, url, json=body, timeout=30)
    answer.raise_for_status()
    return answer
