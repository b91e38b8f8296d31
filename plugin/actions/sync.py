"""Backfill: everything a shop has streams into the mirror, in steps that both platforms cut as
suits them.

A step's records and its cursor are written in one transaction, so a worker killed anywhere goes
on there. One worker at a time holds a connection's backfill through a lease, and steps aside for
calls that people wait for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from plugin.actions import progress
from plugin.actions.progress import PARTS, TURN, Progress, moment_of
from plugin.actions.records import save_customers, save_orders, save_products
from plugin.actions.shops import open_shop, watched
from plugin.actions.unread import set_aside
from plugin.db import calls, reconciliations, upkeep
from plugin.db import connections as installed
from plugin.db.connections import ConnectionRow
from plugin.db.session import DbConnection, Scope
from plugin.errors import (
    BadAnswer,
    MostradorError,
    NotFound,
    NotReady,
    OutcomeUnknown,
    PlatformError,
)
from plugin.ports.courtesy import GaveWay, giving_way, leaving
from plugin.ports.store import Batch, Part
from plugin.services import Services

LEASE = timedelta(seconds=90)
HELD = timedelta(seconds=20)
FIRST_RETRY = timedelta(seconds=15)
LONGEST_RETRY = timedelta(hours=1)
PATIENCE = 4
"""Failures in a row before a backfill is called failed; it is tried again all the same."""
STANDING_BACK = 20.0
ASIDE = timedelta(seconds=2)
NAP = 0.1
MOST_UNREAD = 200


@dataclass(slots=True)
class _Run:
    """One worker at one connection's backfill; `held` is when its lease was moved on."""

    services: Services
    scope: Scope
    connection_id: str
    held: datetime

    @property
    def lease(self) -> str:
        return f"backfill:{self.scope.workspace_id}:{self.connection_id}"


class _Over(Exception):
    """Paused, disconnected, in other hands now, or this process ends."""


def backfill(services: Services, scope: Scope, connection_id: str) -> None:
    """The job: goes on wherever it stopped, until everything is there or must be waited for."""
    run = _Run(services, scope, connection_id, services.clock())
    if not _hold(run, LEASE):
        return
    try:
        if _is_due(run):
            _go_on(run)
    finally:
        _hold(run, timedelta(0), again=True)


def due_backfills(services: Services) -> None:
    """Wakes backfills that wait or lost their worker; the lease decides who works."""
    now = services.clock()
    with services.database.reading() as connection:
        waiting = [
            (scope, row.id)
            for scope in installed.all_scopes(connection)
            for row in installed.connection_rows(scope, connection)
            if _wants(row, now)
        ]
    for scope, connection_id in waiting:
        services.wake("backfill", scope.workspace_id, connection_id)


def pause(services: Services, scope: Scope, connection_id: str) -> None:
    """The step under way is kept, no other follows. Raises NotFound("connection_not_found")."""
    _switch(services, scope, connection_id, "paused", ("waiting", "running", "failed"))


def resume(services: Services, scope: Scope, connection_id: str) -> None:
    """Goes on at once, also one that failed. Raises NotFound("connection_not_found")."""
    _switch(services, scope, connection_id, "waiting", ("paused", "failed"))
    nudge(services, scope, connection_id)


def nudge(services: Services, scope: Scope, connection_id: str) -> None:
    """What was waited for may be there."""
    with services.database.writing() as connection:
        row = installed.connection_row(scope, connection, connection_id, lock=True)
        if row is None or row.sync_state not in ("waiting", "running"):
            return
        sync = {**row.sync, TURN: {}}
        installed.change_connection(scope, connection, connection_id, sync=sync)
    services.wake("backfill", scope.workspace_id, connection_id)


def progress_of(services: Services, scope: Scope, connection_id: str) -> Progress:
    """Raises NotFound("connection_not_found")."""
    with services.database.reading() as connection:
        row = installed.connection_row(scope, connection, connection_id)
    if row is None:
        raise NotFound("connection_not_found")
    return progress.progress_of(row, services.clock())


# -- turns


def _wants(row: ConnectionRow, now: datetime) -> bool:
    if not row.lives:
        return False
    at = moment_of(row.sync.get(TURN, {}).get("at"))
    if row.sync_state == "failed":
        return at is not None and at <= now
    return row.sync_state in ("waiting", "running") and (at is None or at <= now)


def _is_due(run: _Run) -> bool:
    with run.services.database.reading() as connection:
        row = installed.connection_row(run.scope, connection, run.connection_id)
    return row is not None and _wants(row, run.services.clock())


def _go_on(run: _Run) -> None:
    try:
        for part in PARTS:
            last = _advance(run, part)
            if last is not None and not last.finished:
                _wait(run, timedelta(seconds=last.wait_seconds), last.reason)
                return
    except _Over:
        return
    except GaveWay:
        _wait(run, ASIDE, "agents_first")
        return
    except MostradorError as error:
        if isinstance(error, PlatformError | OutcomeUnknown | NotReady):
            _try_later(run, error)
        else:
            code = error.code
            _set(run, lambda _row: {"code": code}, state="failed")
        return
    _finish(run)


def _advance(run: _Run, part: Part) -> Batch | None:
    """The steps of one part; the last one, None if the part was there already. The shop is opened
    anew, as its token may be another since the last time."""
    services, scope = run.services, run.scope
    known = _part(run, part)
    if known.get("finished"):
        return None
    cursor: str = known.get("cursor") or ""
    store = open_shop(services, scope, run.connection_id)
    batch: Batch | None = None
    with (
        giving_way(lambda: _stand_back(run)),
        watched(services, scope, run.connection_id, unhurried=True),
        closing(store.backfill(part, cursor)) as steps,
    ):
        since = services.clock()
        for batch in steps:
            _keep(run, part, batch, cursor, since)
            if leaving.is_set():
                raise _Over
            cursor, since = batch.cursor, services.clock()
    return batch


def _keep(run: _Run, part: Part, batch: Batch, cursor: str, since: datetime) -> None:
    """Writes a step and where the next begins. Raises _Over."""
    services, scope = run.services, run.scope
    now = services.clock()
    if now - run.held >= HELD:
        run.held = now
        _hold(run, LEASE, again=True)
    with services.database.writing() as connection:
        row = installed.connection_row(scope, connection, run.connection_id, lock=True)
        known = row.sync.get(part, {}) if row is not None else {}
        if row is None or not row.lives or (known.get("cursor") or "") != cursor:
            raise _Over
        kept = progress.after(known, batch, since, now)
        if batch.items:
            asked = moment_of(kept["started_at"]) if batch.snapshot else since
            country = installed.country_of(scope, connection)
            _SAVE[part](scope, connection, row.id, batch.items, country, asked or since)
        if batch.unread:
            _set_aside(run, connection, part, batch, kept["unread"])
        paused = row.sync_state == "paused"
        moved = batch.items or batch.unread or batch.finished
        turn = {} if moved else row.sync.get(TURN, {})
        installed.change_connection(
            scope, connection, row.id, sync={**row.sync, part: kept, TURN: turn},
            sync_state="paused" if paused else "running",
        )  # fmt: skip
    if paused:
        raise _Over


def _set_aside(run: _Run, connection: DbConnection, part: Part, batch: Batch, unread: int) -> None:
    """Raises BadAnswer where there are too many: a person is to look at it."""
    if unread > MOST_UNREAD:
        raise BadAnswer("bad_answer", cause="unread")
    set_aside(
        run.services, run.scope, connection, run.connection_id, part, batch.unread,
        len(batch.items),
    )  # fmt: skip


def _part(run: _Run, part: Part) -> Mapping[str, Any]:
    with run.services.database.reading() as connection:
        row = installed.connection_row(run.scope, connection, run.connection_id)
    if row is None or not row.lives or row.sync_state == "paused":
        raise _Over
    known: Mapping[str, Any] = row.sync.get(part, {})
    return known


def _stand_back(run: _Run) -> None:
    """Before every call: until nobody waits for this shop. Raises GaveWay."""
    services = run.services
    until = time.monotonic() + STANDING_BACK
    while True:
        with services.database.reading() as connection:
            busy = calls.under_way(run.scope, connection, run.connection_id, services.clock())
        if not busy:
            return
        if time.monotonic() >= until:
            raise GaveWay
        time.sleep(NAP)


# -- what becomes of it


def _wait(run: _Run, pause: timedelta, code: str) -> None:
    at = (run.services.clock() + pause).isoformat()
    _set(run, lambda _row: {"at": at, "code": code})


def _try_later(run: _Run, error: MostradorError) -> None:
    """With growing waits. What fails again and again is shown as failed."""
    now = run.services.clock()
    asked = timedelta(seconds=float(getattr(error, "after", 0.0)))

    def turn(row: ConnectionRow) -> dict[str, Any]:
        tries: int = row.sync.get(TURN, {}).get("tries", 0) + 1
        pause = max(asked, min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(tries - 1, 10)))
        return {"at": (now + pause).isoformat(), "tries": tries, "code": error.code}

    _set(run, turn)


def _set(
    run: _Run, turn: Callable[[ConnectionRow], dict[str, Any]], *, state: str = "running"
) -> None:
    with run.services.database.writing() as connection:
        row = installed.connection_row(run.scope, connection, run.connection_id, lock=True)
        if row is None or row.sync_state == "paused":
            return
        following = turn(row)
        if following.get("tries", 0) >= PATIENCE:
            state = "failed"
        sync = {**row.sync, TURN: following}
        installed.change_connection(run.scope, connection, row.id, sync=sync, sync_state=state)


def _finish(run: _Run) -> None:
    """What changed while the records travelled is asked for at once."""
    with run.services.database.writing() as connection:
        row = installed.connection_row(run.scope, connection, run.connection_id, lock=True)
        if row is None or row.sync_state == "paused":
            return
        installed.change_connection(
            run.scope, connection, row.id, sync={**row.sync, TURN: {}}, sync_state="done"
        )
        reconciliations.change(run.scope, connection, row.id, due=run.services.clock())


def _switch(
    services: Services, scope: Scope, connection_id: str, state: str, before: tuple[str, ...]
) -> None:
    with services.database.writing() as connection:
        row = installed.connection_row(scope, connection, connection_id, lock=True)
        if row is None:
            raise NotFound("connection_not_found")
        if row.sync_state in before:
            sync = {**row.sync, TURN: {}}
            installed.change_connection(
                scope, connection, connection_id, sync_state=state, sync=sync
            )


def _save_products(
    scope: Scope, connection: DbConnection, connection_id: str, items: Any, _country: str,
    fetched_at: Any,
) -> int:  # fmt: skip
    return save_products(scope, connection, connection_id, items, fetched_at)


_SAVE: Mapping[Part, Callable[..., int]] = {
    "customers": save_customers,
    "orders": save_orders,
    "products": _save_products,
}


def _hold(run: _Run, span: timedelta, *, again: bool = False) -> bool:
    now = run.services.clock()
    with run.services.database.writing() as connection:
        return upkeep.take(connection, run.lease, now, now + span, again=again)
