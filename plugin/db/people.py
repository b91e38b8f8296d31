"""Agents, panel sessions, look-ups in flight, and the facts that link a writer to a customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from plugin.db.prepared import Prepared
from plugin.db.session import Scope
from plugin.db.tables import (
    agents,
    connections,
    directory,
    fact_attempts,
    installs,
    launch_nonces,
    links,
    lookups,
    panel_sessions,
    workspaces,
)

LOOKUPS_KEPT = timedelta(days=2)


def upsert(connection: Connection, table: Any) -> Any:
    """INSERT that may say ON CONFLICT, in the dialect of this connection."""
    module = sqlite if connection.dialect.name == "sqlite" else postgresql
    return module.insert(table)


def agent_by_host(
    scope: Scope, connection: Connection, install_id: str, host_id: str
) -> Row[Any] | None:
    statement = select(agents).where(
        agents.c.workspace_id == scope.workspace_id,
        agents.c.install_id == install_id,
        agents.c.host_id == host_id,
    )
    return connection.execute(statement).first()


def agent_rows(scope: Scope, connection: Connection) -> Sequence[Any]:
    statement = select(agents).where(agents.c.workspace_id == scope.workspace_id)
    return connection.execute(statement.order_by(agents.c.created_at)).all()


def agent_row(scope: Scope, connection: Connection, agent_id: str) -> Row[Any] | None:
    statement = select(agents).where(
        agents.c.workspace_id == scope.workspace_id, agents.c.id == agent_id
    )
    return connection.execute(statement).first()


def add_agent(scope: Scope, connection: Connection, values: Mapping[str, object]) -> None:
    """At first sight; two launches at once make one agent."""
    statement = upsert(connection, agents).values(workspace_id=scope.workspace_id, **values)
    connection.execute(
        statement.on_conflict_do_nothing(index_elements=["workspace_id", "install_id", "host_id"])
    )


def change_agent(scope: Scope, connection: Connection, agent_id: str, **values: object) -> int:
    """Returns how many rows changed (0 = no such agent)."""
    return connection.execute(
        update(agents)
        .where(agents.c.workspace_id == scope.workspace_id, agents.c.id == agent_id)
        .values(**values)
    ).rowcount


def add_session(scope: Scope, connection: Connection, values: Mapping[str, object]) -> None:
    connection.execute(insert(panel_sessions).values(workspace_id=scope.workspace_id, **values))


def end_session(scope: Scope, connection: Connection, token_hash: str) -> None:
    connection.execute(
        delete(panel_sessions).where(
            panel_sessions.c.workspace_id == scope.workspace_id,
            panel_sessions.c.token_hash == token_hash,
        )
    )


def prune(scope: Scope, connection: Connection, now: datetime) -> None:
    """Forgets expired tokens, used launches, and whom the shops were asked about."""
    connection.execute(
        delete(lookups).where(
            lookups.c.workspace_id == scope.workspace_id, lookups.c.asked_at < now - LOOKUPS_KEPT
        )
    )
    for table in (panel_sessions, launch_nonces):
        connection.execute(
            delete(table).where(
                table.c.workspace_id == scope.workspace_id, table.c.expires_at < now
            )
        )


# The seat: token, install, agent, shops and look-ups in one statement (design: 4 in all).
# Rows multiply by connection; a workspace without a shop still gives one row.
_SEAT = Prepared(
    select(
        directory.c.workspace_id,
        panel_sessions.c.agent_id,
        panel_sessions.c.proof,
        panel_sessions.c.pairing_id,
        panel_sessions.c.conversation,
        panel_sessions.c.subject_key,
        panel_sessions.c.context,
        panel_sessions.c.locale,
        panel_sessions.c.expires_at,
        agents.c.name.label("agent_name"),
        agents.c.role,
        agents.c.active,
        installs.c.origins,
        workspaces.c.country,
        workspaces.c.timezone.label("workspace_timezone"),
        connections.c.id.label("connection_id"),
        connections.c.platform,
        connections.c.label,
        connections.c.currency,
        connections.c.timezone,
        connections.c.options,
        connections.c.last_ok_at,
        connections.c.failing_since,
        connections.c.failure_code,
        connections.c.sync_state,
        connections.c.sync,
        lookups.c.state.label("lookup_state"),
        lookups.c.code.label("lookup_code"),
        lookups.c.asked_at,
        lookups.c.answered_at,
        fact_attempts.c.misses,
    )
    .select_from(directory)
    .join(
        panel_sessions,
        and_(
            panel_sessions.c.workspace_id == directory.c.workspace_id,
            panel_sessions.c.install_id == directory.c.target_id,
            panel_sessions.c.token_hash == bindparam("token_hash"),
        ),
    )
    .join(
        agents,
        and_(
            agents.c.workspace_id == directory.c.workspace_id,
            agents.c.id == panel_sessions.c.agent_id,
        ),
    )
    .join(
        installs,
        and_(
            installs.c.workspace_id == directory.c.workspace_id,
            installs.c.id == panel_sessions.c.install_id,
        ),
    )
    .join(workspaces, workspaces.c.workspace_id == directory.c.workspace_id)
    .outerjoin(
        connections,
        and_(
            connections.c.workspace_id == directory.c.workspace_id,
            connections.c.disconnected_at.is_(None),
        ),
    )
    .outerjoin(
        lookups,
        and_(
            lookups.c.workspace_id == directory.c.workspace_id,
            lookups.c.subject_key == panel_sessions.c.subject_key,
            lookups.c.connection_id == connections.c.id,
        ),
    )
    .outerjoin(
        fact_attempts,
        and_(
            fact_attempts.c.workspace_id == directory.c.workspace_id,
            fact_attempts.c.install_id == panel_sessions.c.install_id,
            fact_attempts.c.conversation_key == panel_sessions.c.conversation,
        ),
    )
    .where(
        directory.c.kind == literal_column("'install'"),
        directory.c.outside_key == bindparam("install_id"),
    )
    .order_by(connections.c.created_at, connections.c.id)
)


def seat_rows(connection: Connection, install_id: str, token_hash: str) -> Sequence[Any]:
    """One row per shop of the workspace the token belongs to; none for a wrong token."""
    return _SEAT.rows(connection, {"install_id": install_id, "token_hash": token_hash})


def ask(
    scope: Scope,
    connection: Connection,
    subject_key: str,
    connection_id: str,
    request: bytes,
    now: datetime,
    not_after: datetime,
) -> bool:
    """Marks a look-up as asked unless one was asked after `not_after`; True = start it."""
    statement = upsert(connection, lookups).values(
        workspace_id=scope.workspace_id,
        subject_key=subject_key,
        connection_id=connection_id,
        request=request,
        state="asking",
        code="",
        asked_at=now,
        answered_at=None,
    )
    # RETURNING, as an INSERT has no row count on PostgreSQL
    started = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["workspace_id", "subject_key", "connection_id"],
            set_={"request": request, "state": "asking", "code": "", "asked_at": now},
            where=lookups.c.asked_at <= not_after,
        ).returning(lookups.c.subject_key)
    )
    return started.first() is not None


def lookup_row(
    scope: Scope, connection: Connection, subject_key: str, connection_id: str
) -> Row[Any] | None:
    statement = select(lookups).where(
        lookups.c.workspace_id == scope.workspace_id,
        lookups.c.subject_key == subject_key,
        lookups.c.connection_id == connection_id,
    )
    return connection.execute(statement).first()


def failed_lookups(scope: Scope, connection: Connection, since: datetime) -> Mapping[str, int]:
    """How many live searches failed at each connection."""
    statement = (
        select(lookups.c.connection_id, func.count().label("failed"))
        .where(
            lookups.c.workspace_id == scope.workspace_id,
            lookups.c.state == "failed",
            lookups.c.asked_at >= since,
        )
        .group_by(lookups.c.connection_id)
    )
    return {row.connection_id: row.failed for row in connection.execute(statement)}


def answered(
    scope: Scope,
    connection: Connection,
    subject_key: str,
    connection_id: str,
    *,
    state: str,
    code: str,
    now: datetime,
) -> None:
    values: dict[str, object] = {"state": state, "code": code}
    if state == "answered":
        values["answered_at"] = now
    connection.execute(
        update(lookups)
        .where(
            lookups.c.workspace_id == scope.workspace_id,
            lookups.c.subject_key == subject_key,
            lookups.c.connection_id == connection_id,
        )
        .values(**values)
    )


def count_miss(scope: Scope, connection: Connection, install_id: str, conversation: str) -> int:
    """Adds one wrong fact and returns how many there are."""
    statement = upsert(connection, fact_attempts).values(
        workspace_id=scope.workspace_id,
        install_id=install_id,
        conversation_key=conversation,
        misses=1,
    )
    keys = ["workspace_id", "install_id", "conversation_key"]
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=keys, set_={"misses": fact_attempts.c.misses + 1}
        )
    )
    return misses(scope, connection, install_id, conversation)


def lock_misses(scope: Scope, connection: Connection, install_id: str, conversation: str) -> int:
    """How many wrong facts there are; a second try at the same time waits for this one."""
    statement = upsert(connection, fact_attempts).values(
        workspace_id=scope.workspace_id,
        install_id=install_id,
        conversation_key=conversation,
        misses=0,
    )
    keys = ["workspace_id", "install_id", "conversation_key"]
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=keys, set_={"misses": fact_attempts.c.misses}
        )
    )
    return misses(scope, connection, install_id, conversation)


def misses(scope: Scope, connection: Connection, install_id: str, conversation: str) -> int:
    statement = select(func.coalesce(func.max(fact_attempts.c.misses), 0)).where(
        fact_attempts.c.workspace_id == scope.workspace_id,
        fact_attempts.c.install_id == install_id,
        fact_attempts.c.conversation_key == conversation,
    )
    return int(connection.execute(statement).scalar_one())


def add_link(scope: Scope, connection: Connection, values: Mapping[str, object]) -> None:
    connection.execute(insert(links).values(workspace_id=scope.workspace_id, **values))
