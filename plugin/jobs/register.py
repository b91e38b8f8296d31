"""Defines the tasks on a queue. The tables are the queue of record: huey only wakes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from huey.api import Huey

from plugin.actions import consent, lawful, notify
from plugin.actions.hear import process
from plugin.actions.kinds import KINDS
from plugin.actions.ledger import perform
from plugin.actions.lookup import look_up, refresh_order
from plugin.actions.reconcile import reconcile
from plugin.actions.settle import settle
from plugin.actions.shops import renew
from plugin.actions.stock import look_for_products
from plugin.actions.sync import backfill
from plugin.db.session import Scope
from plugin.errors import PlatformError
from plugin.log import logger
from plugin.services import Services

BACKFILLS = 2
log = logger("jobs")
_long_ones = threading.BoundedSemaphore(BACKFILLS)


def _backfill(services: Services, scope: Scope, connection_id: str) -> None:
    """It may last for hours: most threads stay free for what people wait for. One that finds no
    place has its turn again in seconds."""
    if not _long_ones.acquire(blocking=False):
        return
    try:
        backfill(services, scope, connection_id)
    finally:
        _long_ones.release()


# By the names that `wake` uses; each takes Services, Scope and ids.
JOBS: Mapping[str, Callable[..., object]] = {
    "perform": lambda services, scope, action: perform(services, scope, action, KINDS),
    "settle": lambda services, scope, action: settle(services, scope, action, KINDS),
    "look_up": look_up,
    "look_for_products": look_for_products,
    "refresh_order": refresh_order,
    "backfill": _backfill,
    "hear": process,
    "reconcile": reconcile,
    "renew": renew,
    "privacy": lawful.work,
    "notify": notify.send,
    "consent": consent.attach,
}


def register(huey: Huey, services: Callable[[], Services]) -> dict[str, Callable[..., Any]]:
    """The tasks; `services` is asked in the process that works."""
    return {name: _task(huey, services, name, job) for name, job in JOBS.items()}


def _task(
    huey: Huey, services: Callable[[], Services], name: str, job: Callable[..., object]
) -> Callable[..., Any]:
    @huey.task(name=name)  # type: ignore[untyped-decorator]
    def task(workspace_id: str, *ids: str) -> None:
        try:
            job(services(), Scope(workspace_id), *ids)
        except PlatformError as error:
            # the shop is away: the books say so, and the clock asks again
            log.info("job_later", job=name, code=error.code)

    return task  # type: ignore[no-any-return]
