"""Accounts of the console and the sessions of those who are logged in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from plugin.db.session import Scope
from plugin.db.tables import (
    accounts,
    agents,
    console_sessions,
    directory,
    panel_sessions,
    workspaces,
)

ACCOUNT = "account:"
"""An agent who is an account of ours is called by it, where helpdesks name theirs."""


def add(scope: Scope, connection: Connection, values: Mapping[str, object]) -> None:
    connection.execute(insert(accounts).values(workspace_id=scope.workspace_id, **values))


def get(scope: Scope, connection: Connection, account_id: str) -> Row[Any] | None:
    statement = select(accounts).where(
        accounts.c.workspace_id == scope.workspace_id, accounts.c.id == account_id
    )
    return connection.execute(statement).first()


def everyone(scope: Scope, connection: Connection) -> Sequence[Row[Any]]:
    """The oldest first."""
    statement = (
        select(accounts)
        .where(accounts.c.workspace_id == scope.workspace_id)
        .order_by(accounts.c.created_at, accounts.c.id)
    )
    return connection.execute(statement).all()


def with_role(scope: Scope, connection: Connection, role: str) -> Sequence[Row[Any]]:
    """Active ones, the oldest first."""
    statement = (
        select(accounts)
        .where(
            accounts.c.workspace_id == scope.workspace_id,
            accounts.c.role == role,
            accounts.c.active,
        )
        .order_by(accounts.c.created_at, accounts.c.id)
    )
    return connection.execute(statement).all()


def change(scope: Scope, connection: Connection, account_id: str, **values: object) -> None:
    connection.execute(
        update(accounts)
        .where(accounts.c.workspace_id == scope.workspace_id, accounts.c.id == account_id)
        .values(**values)
    )


def add_session(scope: Scope, connection: Connection, values: Mapping[str, object]) -> None:
    connection.execute(insert(console_sessions).values(workspace_id=scope.workspace_id, **values))


def session_row(scope: Scope, connection: Connection, token_hash: str) -> Row[Any] | None:
    """A session with its account and workspace."""
    statement = (
        select(
            console_sessions,
            accounts.c.name,
            accounts.c.email,
            accounts.c.role,
            accounts.c.locale,
            accounts.c.active,
            workspaces.c.name.label("workspace_name"),
            workspaces.c.timezone,
        )
        .join(
            accounts,
            (accounts.c.workspace_id == console_sessions.c.workspace_id)
            & (accounts.c.id == console_sessions.c.account_id),
        )
        .join(workspaces, workspaces.c.workspace_id == console_sessions.c.workspace_id)
        .where(
            console_sessions.c.workspace_id == scope.workspace_id,
            console_sessions.c.token_hash == token_hash,
        )
    )
    return connection.execute(statement).first()


def touch(scope: Scope, connection: Connection, token_hash: str, now: datetime) -> None:
    connection.execute(update(console_sessions).where(*_one(scope, token_hash)).values(seen_at=now))


def end_session(scope: Scope, connection: Connection, token_hash: str) -> None:
    """The account's open desks end with it; where it is still logged in they open again."""
    desks = (
        select(agents.c.id)
        .join(
            console_sessions,
            (console_sessions.c.workspace_id == agents.c.workspace_id)
            & (agents.c.host_id == ACCOUNT + console_sessions.c.account_id),
        )
        .where(agents.c.workspace_id == scope.workspace_id, *_one(scope, token_hash))
    )
    connection.execute(
        delete(panel_sessions).where(
            panel_sessions.c.workspace_id == scope.workspace_id,
            panel_sessions.c.proof == "login",
            panel_sessions.c.agent_id.in_(desks),
        )
    )
    connection.execute(delete(console_sessions).where(*_one(scope, token_hash)))
    connection.execute(
        delete(directory).where(
            directory.c.workspace_id == scope.workspace_id,
            directory.c.kind == "console",
            directory.c.outside_key == token_hash,
        )
    )


def end_sessions_of(scope: Scope, connection: Connection, account_id: str) -> None:
    """Everywhere this account is logged in."""
    statement = select(console_sessions.c.token_hash).where(
        console_sessions.c.workspace_id == scope.workspace_id,
        console_sessions.c.account_id == account_id,
    )
    for token_hash in connection.execute(statement).scalars().all():
        end_session(scope, connection, token_hash)


def prune_sessions(scope: Scope, connection: Connection, now: datetime) -> None:
    statement = select(console_sessions.c.token_hash).where(
        console_sessions.c.workspace_id == scope.workspace_id, console_sessions.c.expires_at < now
    )
    for token_hash in connection.execute(statement).scalars().all():
        end_session(scope, connection, token_hash)


def _one(scope: Scope, token_hash: str) -> tuple[Any, ...]:
    return (
        console_sessions.c.workspace_id == scope.workspace_id,
        console_sessions.c.token_hash == token_hash,
    )
