"""A worker that takes one action up to a point and stands still there, to be killed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Literal

from plugin.actions.kind import Kind
from plugin.actions.kinds import KINDS
from plugin.actions.ledger import perform
from plugin.db.session import Scope
from plugin.ports.clock import utc_now
from plugin.settings import Settings
from plugin.wiring import build_services
from tests.faults.ground import Ground
from tests.money.house import until

Point = Literal["before", "during", "after"]
_LONG_SECONDS = 60.0

_forks = get_context("forkserver")
_forks.set_forkserver_preload([__name__])


def kill_worker(ground: Ground, action_id: str, point: Point, happened: Callable[[], bool]) -> None:
    """SIGKILL to a worker process: before its call leaves, while the answer to a call that became
    true (`happened`) is kept back, or when it has the answer and has not written it down."""
    ours, theirs = _forks.Pipe()
    worker = _forks.Process(
        target=_work, daemon=True,
        args=(ground.settings, ground.scope, ground.clock.ahead, action_id, point, theirs),
    )  # fmt: skip
    worker.start()
    theirs.close()
    try:
        if point == "during":
            until(happened, "the call to become true")
        else:
            assert ours.poll(_LONG_SECONDS), "the worker never got there"
            assert ours.recv() == point
    finally:
        worker.kill()
        worker.join()
        ours.close()


def _work(
    settings: Settings, scope: Scope, ahead: timedelta, action_id: str, point: Point,
    door: Connection,
) -> None:  # fmt: skip
    services = replace(build_services(settings), clock=lambda: utc_now() + ahead, wake=_nobody)
    kinds = {name: _halting(kind, point, door) for name, kind in KINDS.items()}
    perform(services, scope, action_id, kinds)


def _nobody(*_job: str) -> None:
    """Whom this worker would wake finds the sweep instead."""


def _halting(kind: Kind, point: Point, door: Connection) -> Kind:
    def stop_after(step: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*given: Any) -> None:
            step(*given)
            door.send(point)
            threading.Event().wait()

        return stepped

    if point == "before":
        return replace(kind, recheck=stop_after(kind.recheck))
    if point == "after" or kind.name == "manual_refund":
        return replace(kind, send=stop_after(kind.send))
    return kind
