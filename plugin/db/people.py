"""Agents, panel sessions, look-ups in flight, and the facts that link a writer to a customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from plugin.db.session import Scope
from plugin.db.tables import (
    agents,
    fact_attempts,
    launch_nonces,
    links,
    lookups,
    panel_sessions,
)

INSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
LOOKUPS_KEPT = timedelta(days=2)


def upsert(connection: Connection, table: Any) -> Any:
    """INSERT that may say ON CONFLICT, in the dialect of this connection."""
    return INSERT[connection.dialect.name](table)


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
