"""Real processes for tests of money: gateway, both pretend shops, workers that can be killed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import requests

from integrations.sandbox import demo
from plugin import cli
from plugin.actions import hear, reconcile

PATIENCE_SECONDS = 45.0
T = TypeVar("T")


def until(ask: Callable[[], T], what: str) -> T:
    """Asks until the answer is true. Patience is not a measure: it only ends a broken test."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for {what}; last answer: {answer!r}")
        time.sleep(0.05)


def free_port(count: int = 1) -> int:
    """The first of `count` ports in a row that nobody uses now."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first = int(probe.getsockname()[1])
        if first + count < 65000 and all(_is_free(first + n) for n in range(1, count)):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@dataclass(frozen=True)
class Shops:
    """The pretend shops and their gateway, each in its own process."""

    port: int

    def address(self, shop: str) -> str:
        offset = next(known.offset for known in demo.SHOPS if known.platform == shop)
        return demo.url(self.port, offset)

    @property
    def gateway(self) -> str:
        return demo.url(self.port, demo.GATEWAY_OFFSET)

    def fault(self, where: str, name: str, **values: Any) -> None:
        base = self.gateway if where == "gateway" else self.address(where)
        answer = requests.post(f"{base}/_control/faults", json={"fault": name, **values}, timeout=5)
        answer.raise_for_status()

    def gateway_was_asked(self) -> bool:
        """Whether its next fault has been used up, that is, a refund is under way there."""
        return not requests.get(f"{self.gateway}/_control/faults", timeout=5).json()

    def calm(self) -> None:
        for base in (self.gateway, *(self.address(shop.platform) for shop in demo.SHOPS)):
            requests.delete(f"{base}/_control/faults", timeout=5).raise_for_status()

    def elsewhere(self, shop: str, order: str, amount: str) -> None:
        """A refund in the shop's own admin."""
        body = {"order": order, "amount": amount}
        requests.post(
            f"{self.address(shop)}/_control/refund", json=body, timeout=10
        ).raise_for_status()

    def records(self, shop: str, order: str) -> list[Any]:
        """The shop's own refunds of an order."""
        url = f"{self.address(shop)}/_control/refunds"
        return requests.get(url, params={"order": order}, timeout=5).json()

    def mark(self) -> int:
        """How many entries the gateway has written so far."""
        return len(self._entries())

    def paid_back(self, since: int) -> list[Decimal]:
        """What the gateway gave back since a mark, in its own log."""
        return [
            Decimal(entry["amount"])
            for entry in self._entries()[since:]
            if entry["kind"] == "refund"
        ]

    def _entries(self) -> list[Any]:
        return requests.get(f"{self.gateway}/log", timeout=5).json()


@contextmanager
def shops() -> Iterator[Shops]:
    """Started without a state folder: what a test run changes is gone with it."""
    port = free_port(5)
    commands = [["integrations.sandbox", "gateway", "--port", str(port + demo.GATEWAY_OFFSET)]]
    commands += [
        ["integrations.sandbox", shop.app, "--port", str(port + shop.offset),
         "--gateway", demo.url(port, demo.GATEWAY_OFFSET), *shop.options]
        for shop in demo.SHOPS
    ]  # fmt: skip
    children = [subprocess.Popen([sys.executable, "-m", *command]) for command in commands]
    known = Shops(port)
    try:
        for base in (known.gateway, *(known.address(shop.platform) for shop in demo.SHOPS)):
            until(lambda base=base: _answers(base), f"{base} to answer")  # type: ignore[misc]
        yield known
    finally:
        for child in children:
            child.kill()
            child.wait()


def _answers(base: str) -> bool:
    try:
        return requests.get(f"{base}/_control/faults", timeout=1).ok
    except requests.RequestException:
        return False


# Workers are children of a process that has imported everything: a start costs no second.
_forks = get_context("forkserver")
_forks.set_forkserver_preload([__name__, "plugin.wiring", "plugin.worker"])


class Worker:
    """A worker process; its log takes what it says. With `lease` it waits no longer than that for
    a delivery whose wake or worker was lost."""

    def __init__(self, environ: dict[str, str], log: Path, lease: timedelta | None = None) -> None:
        self.process = _forks.Process(target=_work, args=(environ, log, lease), daemon=True)
        self.process.start()

    def kill(self) -> None:
        """SIGKILL: no farewell."""
        self.process.kill()
        self.process.join()

    def stop(self) -> None:
        if self.process.is_alive():
            self.kill()


def _work(environ: dict[str, str], log: Path, lease: timedelta | None) -> None:
    """`mostrador worker` with this environment."""
    with log.open("ab") as output:
        os.dup2(output.fileno(), sys.stdout.fileno())
        os.dup2(output.fileno(), sys.stderr.fileno())
    os.environ.update(environ)
    if lease is not None:
        hear.LEASE, hear.LOST_WAKE, hear.FIRST_WAIT = lease, lease, lease / 10
        reconcile.LEASE = lease
    sys.argv = ["mostrador", "worker"]
    cli.main()
