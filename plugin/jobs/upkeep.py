"""What the worker does every second beside its queue: takes what a lost wake left behind."""

from __future__ import annotations

import threading
from datetime import timedelta

from plugin.actions import consent, greet, hear, lawful, notify, privacy, reconcile
from plugin.actions.credentials import renew_idle
from plugin.actions.doctor import HEARTBEAT, HEARTBEAT_PERIOD
from plugin.actions.one_time import REMEMBERED
from plugin.actions.settle import sweep
from plugin.actions.sync import due_backfills
from plugin.db import (
    accounts,
    attempts,
    calls,
    consents,
    ledger,
    manual,
    notices,
    one_time,
    pairings,
    people,
    upkeep,
)
from plugin.db import connections as installed
from plugin.db.session import NOBODY
from plugin.log import logger
from plugin.services import Services

log = logger("upkeep")


def run_until(services: Services, stop: threading.Event, *, pause: float = 0.5) -> None:
    """Runs in a thread of the worker until `stop`; an error is logged and tried again."""
    while not stop.wait(pause):
        try:
            once(services)
        except Exception:
            log.exception("upkeep_failed")
            stop.wait(2)


def once(services: Services) -> None:
    sweep(services)
    _is_turn(services, HEARTBEAT, HEARTBEAT_PERIOD)  # the row itself says that a worker lives
    hear.sweep(services)
    if _is_turn(services, "reconcile", timedelta(seconds=2)):
        reconcile.sweep(services)
    if _is_turn(services, "watch_shops", timedelta(seconds=30)):
        reconcile.watch_all(services)
    if _is_turn(services, "consents", timedelta(seconds=5)):
        consent.sweep(services)
    if _is_turn(services, "privacy", timedelta(seconds=30)):
        lawful.sweep(services)
    if _is_turn(services, "backfills", timedelta(seconds=5)):
        due_backfills(services)
    if _is_turn(services, "renew_idle", timedelta(hours=6)):
        renew_idle(services)
    if _is_turn(services, "notices", timedelta(seconds=20)):
        _tell(services)
    if _is_turn(services, "prune", timedelta(minutes=10)):
        _prune(services)


def _is_turn(services: Services, name: str, period: timedelta) -> bool:
    now = services.clock()
    with services.database.reading() as connection:
        if not upkeep.is_due(connection, name, now):
            return False
    with services.database.writing() as connection:
        return upkeep.take(connection, name, now, now + period)


def _tell(services: Services) -> None:
    with services.database.reading() as connection:
        scopes = installed.all_scopes(connection)
    for scope in scopes:
        notify.sweep(services, scope)


def _prune(services: Services) -> None:
    now = services.clock()
    with services.database.reading() as connection:
        scopes = installed.all_scopes(connection)
    for scope in scopes:
        with services.database.writing() as connection:
            people.prune(scope, connection, now)
            pairings.prune(scope, connection, now)
            ledger.expire_previews(scope, connection, now)
            ledger.forget_untold(scope, connection, now - greet.NEWS)
            hear.prune(scope, connection, now)
            privacy.prune(scope, connection, now)
            calls.forget(scope, connection, now)
            consents.prune(scope, connection, now)
            accounts.prune_sessions(scope, connection, now)
            manual.erase_ended(scope, connection)
            notices.prune(scope, connection, now - notify.KEPT)
        privacy.adopt(services, scope)
    with services.database.writing() as connection:
        attempts.prune(connection, now)
    for scope in (NOBODY, *scopes):
        with services.database.writing() as connection:
            one_time.prune(scope, connection, now - REMEMBERED)
