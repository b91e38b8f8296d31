"""Rounds that interleave every target, so that a noisy minute falls on all of them alike."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from statistics import median
from typing import Any

BUSY, ALONE = 4, 1  # connections that saturate a worker; one agent who waits
TARGETS = ("rps", "p50", "p99")


@dataclass
class Target:
    """A server and what to ask it. `samples` holds a value per round."""

    name: str
    port: int
    requests: tuple[str, ...]
    seconds: float
    skip: int = 0
    samples: dict[str, list[float]] = field(default_factory=dict)
    bytes: int = 0
    tolerant: bool = False  # counts answers that are none, and goes on
    failed: int = 0

    def middle(self, what: str) -> float:
        return median(self.samples[what])


class Load:
    """The process that asks."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.load"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, target: Target, connections: int, seconds: float) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        job = {
            "port": target.port, "requests": target.requests, "skip": target.skip,
            "connections": connections, "seconds": seconds, "tolerant": target.tolerant,
        }  # fmt: skip
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"the load generator ended while asking {target.name}")
        answer: dict[str, Any] = json.loads(line)
        target.skip = answer["turn"]
        target.failed += answer["failed"]
        return answer

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


def get(path: str, token: str = "") -> str:
    """A request as a browser on a kept connection sends it."""
    proof = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n{proof}\r\n"


def warm_up(load: Load, targets: list[Target]) -> None:
    """Imports, statements, the hot set in the memo: paid before the first round."""
    for target in targets:
        load.ask(target, ALONE, target.seconds)


def rounds(load: Load, targets: list[Target], count: int) -> None:
    """Every target once saturated and once alone, `count` times; the order turns each round."""
    for turn in range(count):
        shift = turn % len(targets)
        for target in targets[shift:] + targets[:shift]:
            _once(load, target)


def _once(load: Load, target: Target) -> None:
    busy = load.ask(target, BUSY, target.seconds)
    alone = load.ask(target, ALONE, target.seconds)
    values = {"rps": busy["rps"], "p50": alone["p50"], "p99": alone["p99"]}
    for what in TARGETS:
        target.samples.setdefault(what, []).append(values[what])
    target.bytes = alone["bytes"]
