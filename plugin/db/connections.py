"""Workspaces, installed shops and installed helpdesks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, null, or_, select, update

from plugin.db.people import upsert
from plugin.db.prepared import Prepared
from plugin.db.session import Scope
from plugin.db.tables import connections, directory, installs, workspaces
from plugin.db.types import microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRow:
    """A shop as stored; `credentials` are sealed by the key ring."""

    id: str
    platform: str
    label: str
    address: str
    credentials: bytes
    options: Mapping[str, str]
    currency: str
    timezone: str
    last_ok_at: datetime | None
    failing_since: datetime | None
    failure_code: str
    sync_state: str
    sync: Mapping[str, Any]
    created_at: datetime
    connected_at: datetime | None
    disconnected_at: datetime | None

    @property
    def lives(self) -> bool:
        """Whether its credentials are still here."""
        return self.disconnected_at is None

    @property
    def installed_at(self) -> datetime:
        return self.connected_at or self.created_at


_mine = (
    connections.c.workspace_id == bindparam("in_workspace"),
    connections.c.id == bindparam("of_id"),
)
_of_one = select(*(connections.c[name] for name in ConnectionRow.__slots__)).where(*_mine)
_CONNECTION, _LOCKED = Prepared(_of_one), Prepared(_of_one.with_for_update())
_ANSWERED = Prepared(
    update(connections)
    .where(*_mine)
    .values(last_ok_at=bindparam("now"), failing_since=null(), failure_code="")
)
_COUNTRY = Prepared(
    select(workspaces.c.country).where(workspaces.c.workspace_id == bindparam("in_workspace"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallRow:
    id: str
    helpdesk: str
    label: str
    secret: bytes
    origins: tuple[str, ...]
    default_role: str
    fields: bytes | None
    seen: Mapping[str, Any] | None
    first_launch_at: datetime | None
    last_call: bytes | None = None


def find_outside(connection: Connection, kind: str, key: str) -> tuple[Scope, str] | None:
    """The workspace and id behind an outside key; the one look-up without a scope."""
    statement = select(directory.c.workspace_id, directory.c.target_id).where(
        directory.c.kind == kind, directory.c.outside_key == key
    )
    row = connection.execute(statement).first()
    return (Scope(row.workspace_id), row.target_id) if row else None


def all_scopes(connection: Connection) -> list[Scope]:
    """Every workspace, for upkeep that walks them one by one."""
    return [
        Scope(row.workspace_id) for row in connection.execute(select(workspaces.c.workspace_id))
    ]


def add_outside(scope: Scope, connection: Connection, kind: str, key: str, target: str) -> None:
    connection.execute(
        insert(directory).values(
            kind=kind, outside_key=key, workspace_id=scope.workspace_id, target_id=target
        )
    )


def claim_outside(scope: Scope, connection: Connection, kind: str, key: str, target: str) -> bool:
    """False if the key means something already; of two at once one wins."""
    statement = upsert(connection, directory).values(
        kind=kind, outside_key=key, workspace_id=scope.workspace_id, target_id=target
    )
    made = statement.on_conflict_do_nothing().returning(directory.c.outside_key)
    return connection.execute(made).first() is not None


def set_outside(scope: Scope, connection: Connection, kind: str, key: str, target: str) -> None:
    """Whoever proved it last is meant by the key from now on."""
    values = {"workspace_id": scope.workspace_id, "target_id": target}
    statement = upsert(connection, directory).values(kind=kind, outside_key=key, **values)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["kind", "outside_key"], set_=values)
    )


def add_workspace(scope: Scope, connection: Connection, values: Mapping[str, object]) -> None:
    connection.execute(insert(workspaces).values(workspace_id=scope.workspace_id, **values))


def remove_workspace(scope: Scope, connection: Connection) -> None:
    """One that was just made and that nothing is in."""
    connection.execute(delete(workspaces).where(workspaces.c.workspace_id == scope.workspace_id))


def workspace(scope: Scope, connection: Connection) -> Row[Any]:
    statement = select(workspaces).where(workspaces.c.workspace_id == scope.workspace_id)
    return connection.execute(statement).one()


def change_workspace(scope: Scope, connection: Connection, **values: object) -> None:
    connection.execute(
        update(workspaces).where(workspaces.c.workspace_id == scope.workspace_id).values(**values)
    )


def country_of(scope: Scope, connection: Connection) -> str:
    """With which phones are read that say none."""
    country: str = _COUNTRY.rows(connection, {"in_workspace": scope.workspace_id})[0].country
    return country


def add_connection(scope: Scope, connection: Connection, values: Mapping[str, object]) -> None:
    connection.execute(insert(connections).values(workspace_id=scope.workspace_id, **values))


def connection_row(
    scope: Scope, connection: Connection, connection_id: str, *, lock: bool = False
) -> ConnectionRow | None:
    """`lock` keeps others from changing it meanwhile, for who writes back what was read."""
    values = {"in_workspace": scope.workspace_id, "of_id": connection_id}
    found = (_LOCKED if lock else _CONNECTION).rows(connection, values)
    return ConnectionRow(**found[0]._asdict()) if found else None


def connection_rows(scope: Scope, connection: Connection) -> list[ConnectionRow]:
    statement = (
        select(connections)
        .where(connections.c.workspace_id == scope.workspace_id)
        .order_by(connections.c.created_at, connections.c.id)
    )
    return [_connection(row) for row in connection.execute(statement)]


def change_connection(
    scope: Scope, connection: Connection, connection_id: str, **values: object
) -> None:
    connection.execute(
        update(connections)
        .where(connections.c.workspace_id == scope.workspace_id, connections.c.id == connection_id)
        .values(**values)
    )


def mark_answered(scope: Scope, connection: Connection, connection_id: str, now: datetime) -> None:
    """The shop answered: it is well again."""
    _ANSWERED.run(
        connection,
        {
            "in_workspace": scope.workspace_id, "of_id": connection_id, "now": microseconds(now),
        },
    )  # fmt: skip


def mark_failing(
    scope: Scope,
    connection: Connection,
    connection_id: str,
    now: datetime,
    code: str,
    asked_at: datetime,
) -> None:
    """Keeps the moment of the first failure; a later success that is already recorded wins."""
    connection.execute(
        update(connections)
        .where(
            connections.c.workspace_id == scope.workspace_id,
            connections.c.id == connection_id,
            connections.c.failing_since.is_(None),
            or_(connections.c.last_ok_at.is_(None), connections.c.last_ok_at <= asked_at),
        )
        .values(failing_since=now, failure_code=code)
    )


def add_install(scope: Scope, connection: Connection, values: Mapping[str, object]) -> None:
    connection.execute(insert(installs).values(workspace_id=scope.workspace_id, **values))


def install_row(scope: Scope, connection: Connection, install_id: str) -> InstallRow | None:
    statement = select(installs).where(
        installs.c.workspace_id == scope.workspace_id, installs.c.id == install_id
    )
    row = connection.execute(statement).first()
    return _install(row) if row else None


def install_rows(scope: Scope, connection: Connection) -> Sequence[InstallRow]:
    statement = select(installs).where(installs.c.workspace_id == scope.workspace_id)
    return [_install(row) for row in connection.execute(statement)]


def change_install(scope: Scope, connection: Connection, install_id: str, **values: object) -> None:
    connection.execute(
        update(installs)
        .where(installs.c.workspace_id == scope.workspace_id, installs.c.id == install_id)
        .values(**values)
    )


def _install(row: Row[Any]) -> InstallRow:
    return InstallRow(
        id=row.id,
        helpdesk=row.helpdesk,
        label=row.label,
        secret=row.secret,
        origins=tuple(row.origins),
        default_role=row.default_role,
        fields=row.fields,
        seen=row.seen,
        last_call=row.last_call,
        first_launch_at=row.first_launch_at,
    )


def _connection(row: Row[Any]) -> ConnectionRow:
    values = row._mapping
    return ConnectionRow(**{name: values[name] for name in ConnectionRow.__slots__})
