"""Opening a connected shop, and keeping book of whether it answers."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import msgspec

from plugin.actions.credentials import ENDED, kept_fresh, opened, renewed
from plugin.db import calls
from plugin.db import connections as installed
from plugin.db.connections import ConnectionRow
from plugin.db.session import DbConnection, Scope
from plugin.errors import GrantRevoked, NotFound, PlatformError, SetupError
from plugin.ports.clock import new_id
from plugin.ports.store import Connection, Store
from plugin.services import Services

LONGEST_CALL = timedelta(seconds=90)


def connection_of(
    services: Services, scope: Scope, connection: DbConnection, connection_id: str
) -> Connection:
    """The stored connection with its credentials opened. Raises NotFound, GrantRevoked for a shop
    that is disconnected or has ended our grant."""
    row = installed.connection_row(scope, connection, connection_id)
    if row is None:
        raise NotFound("connection_not_found")
    if not row.lives:
        raise GrantRevoked("shop_disconnected", shop=row.label)
    known = unsealed(services, scope, row)
    if known.credentials.get(ENDED):
        raise GrantRevoked(known.credentials[ENDED])
    return known


def unsealed(services: Services, scope: Scope, row: ConnectionRow) -> Connection:
    known = Connection(
        workspace_id=scope.workspace_id,
        id=row.id,
        platform=row.platform,
        label=row.label,
        address=row.address,
        credentials=opened(services.keys, row.credentials),
        options=row.options,
    )
    return kept_fresh(services, scope, known)


def close_shop(
    services: Services, scope: Scope, connection: DbConnection, connection_id: str,
    *, keep: Container[str] = (),
) -> bool:  # fmt: skip
    """From now on no job opens this shop; its credentials are overwritten, but for those named in
    `keep`. False if it is closed already."""
    row = installed.connection_row(scope, connection, connection_id)
    if row is None or not row.lives:
        return False
    try:
        known = unsealed(services, scope, row).credentials
    except SetupError:  # the key that sealed them is lost, and so are they
        known = {}
    kept = {name: text for name, text in known.items() if name in keep}
    installed.change_connection(
        scope, connection, connection_id, disconnected_at=services.clock(),
        credentials=services.keys.seal(msgspec.json.encode(kept)),
    )  # fmt: skip
    return True


def open_shop(services: Services, scope: Scope, connection_id: str) -> Store:
    """Reads the credentials, closes the database, and hands out the adapter."""
    with services.database.reading() as connection:
        known = connection_of(services, scope, connection, connection_id)
    return services.open_store(known)


def renew(services: Services, scope: Scope, connection_id: str) -> None:
    """The job: credentials that nothing has used for long. Raises PlatformError."""
    with watched(services, scope, connection_id, unhurried=True):
        renewed(services, scope, connection_id)


@contextmanager
def watched(
    services: Services, scope: Scope, connection_id: str, *, unhurried: bool = False
) -> Iterator[None]:
    """Around calls to one shop: failure and recovery are recorded for every panel to say. Unless
    `unhurried` somebody waits for the answer, and the backfill of this shop stands back."""
    asked_at = services.clock()
    call_id = "" if unhurried else new_id("call_")
    if call_id:
        with services.database.writing() as connection:
            calls.begin(scope, connection, connection_id, call_id, asked_at + LONGEST_CALL)
    failed: PlatformError | None = None
    answered = False
    try:
        yield
        answered = True
    except PlatformError as error:
        failed = error
        raise
    finally:
        _record(services, scope, connection_id, call_id, asked_at, failed, answered=answered)


def _record(
    services: Services, scope: Scope, connection_id: str, call_id: str, asked_at: datetime,
    failed: PlatformError | None, *, answered: bool,
) -> None:  # fmt: skip
    if not (call_id or failed or answered):
        return
    now = services.clock()
    with services.database.writing() as connection:
        if call_id:
            calls.end(scope, connection, connection_id, call_id)
        if failed is not None:
            installed.mark_failing(scope, connection, connection_id, now, failed.code, asked_at)
        elif answered:
            installed.mark_answered(scope, connection, connection_id, now)


def sync_percent(sync: Mapping[str, Any]) -> int | None:
    """How much of a shop has arrived, 0 to 99; None while nothing can be said."""
    parts = [part for part in sync.values() if part.get("estimated")]
    estimated: int = sum(part["estimated"] for part in parts)
    if not estimated:
        return None
    done: int = sum(min(part["done"], part["estimated"]) for part in parts)
    return min(99, done * 100 // estimated)
