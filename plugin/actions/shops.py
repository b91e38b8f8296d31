"""Opening a connected shop, and keeping book of whether it answers."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from plugin.actions.credentials import kept_fresh, renewed
from plugin.db import connections as installed
from plugin.db.connections import ConnectionRow
from plugin.db.session import DbConnection, Scope
from plugin.errors import GrantRevoked, NotFound, PlatformError, SetupError
from plugin.ports.store import Connection, Store
from plugin.services import Services


def connection_of(
    services: Services, scope: Scope, connection: DbConnection, connection_id: str
) -> Connection:
    """The stored connection with its credentials opened. Raises NotFound,
    GrantRevoked("shop_disconnected")."""
    row = installed.connection_row(scope, connection, connection_id)
    if row is None:
        raise NotFound("connection_not_found")
    if not row.lives:
        raise GrantRevoked("shop_disconnected", shop=row.label)
    return unsealed(services, scope, row)


def unsealed(services: Services, scope: Scope, row: ConnectionRow) -> Connection:
    known = Connection(
        workspace_id=scope.workspace_id,
        id=row.id,
        platform=row.platform,
        label=row.label,
        address=row.address,
        credentials=msgspec.json.decode(services.keys.open(row.credentials)),
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
    with watched(services, scope, connection_id):
        renewed(services, scope, connection_id)


@contextmanager
def watched(services: Services, scope: Scope, connection_id: str) -> Iterator[None]:
    """Around calls to one shop: failure and recovery are recorded for every panel to say."""
    asked_at = services.clock()
    try:
        yield
    except PlatformError as error:
        with services.database.writing() as connection:
            installed.mark_failing(
                scope, connection, connection_id, services.clock(), error.code, asked_at
            )
        raise
    with services.database.writing() as connection:
        installed.mark_answered(scope, connection, connection_id, services.clock())


def sync_percent(sync: Mapping[str, Any]) -> int | None:
    """How much of a shop has arrived, 0 to 99; None while nothing can be said."""
    parts = [part for part in sync.values() if part.get("estimated")]
    estimated: int = sum(part["estimated"] for part in parts)
    if not estimated:
        return None
    done: int = sum(min(part["done"], part["estimated"]) for part in parts)
    return min(99, done * 100 // estimated)
