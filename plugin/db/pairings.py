"""Paired browsers, what may be used once, contexts handed over by a helpdesk's server, and asked
access."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from plugin.db.columns import beside
from plugin.db.people import upsert
from plugin.db.session import Scope
from plugin.db.tables import (
    access_requests,
    agents,
    handoffs,
    installs,
    launch_nonces,
    pairings,
    panel_sessions,
)


def add(scope: Scope, connection: Connection, values: Mapping[str, object]) -> None:
    connection.execute(insert(pairings).values(workspace_id=scope.workspace_id, **values))


def find(scope: Scope, connection: Connection, install_id: str, pairing_id: str) -> Row[Any] | None:
    statement = select(pairings).where(
        pairings.c.workspace_id == scope.workspace_id,
        pairings.c.id == pairing_id,
        pairings.c.install_id == install_id,
    )
    return connection.execute(statement).first()


def confirm(
    scope: Scope, connection: Connection, pairing_id: str, agent_id: str, now: datetime
) -> bool:
    """False unless it was still waiting: of two people who confirm, one is first."""
    changed = connection.execute(
        update(pairings)
        .where(
            pairings.c.workspace_id == scope.workspace_id,
            pairings.c.id == pairing_id,
            pairings.c.state == "waiting",
            pairings.c.expires_at > now,
        )
        .values(state="paired", agent_id=agent_id, confirmed_at=now, expires_at=None)
    )
    return changed.rowcount == 1


def end(scope: Scope, connection: Connection, pairing_id: str, state: str) -> bool:
    """Declined or revoked; every token it made ends with it."""
    changed = connection.execute(
        update(pairings)
        .where(
            pairings.c.workspace_id == scope.workspace_id,
            pairings.c.id == pairing_id,
            pairings.c.state.in_(("waiting", "paired", "held")),
        )
        .values(state=state)
    )
    connection.execute(
        delete(panel_sessions).where(
            panel_sessions.c.workspace_id == scope.workspace_id,
            panel_sessions.c.pairing_id == pairing_id,
        )
    )
    return changed.rowcount == 1


def mark_used(scope: Scope, connection: Connection, pairing_id: str, now: datetime) -> bool:
    """False if it is so no longer: a revocation that came meanwhile wins."""
    changed = connection.execute(
        update(pairings)
        .where(
            pairings.c.workspace_id == scope.workspace_id,
            pairings.c.id == pairing_id,
            pairings.c.state.in_(("paired", "held")),
        )
        .values(used_at=now)
    )
    return changed.rowcount == 1


def paired(scope: Scope, connection: Connection) -> Sequence[Any]:
    """Every paired browser with its agent and its helpdesk, the newest first."""
    statement = (
        select(
            pairings.c.id,
            pairings.c.agent_id,
            pairings.c.install_id,
            pairings.c.browser,
            pairings.c.confirmed_at,
            pairings.c.used_at,
            agents.c.name.label("agent_name"),
            agents.c.email.label("agent_email"),
            installs.c.helpdesk,
            installs.c.label.label("install_label"),
        )
        .join(agents, beside(agents, pairings, id=pairings.c.agent_id))
        .join(installs, beside(installs, pairings, id=pairings.c.install_id))
        .where(pairings.c.workspace_id == scope.workspace_id, pairings.c.state == "paired")
        .order_by(pairings.c.confirmed_at.desc(), pairings.c.id)
    )
    return connection.execute(statement).all()


def prune(scope: Scope, connection: Connection, now: datetime) -> None:
    """Forgets what was never confirmed, handed over in vain, or ended."""
    connection.execute(
        delete(pairings).where(
            pairings.c.workspace_id == scope.workspace_id, pairings.c.expires_at < now
        )
    )
    connection.execute(
        delete(handoffs).where(
            handoffs.c.workspace_id == scope.workspace_id, handoffs.c.expires_at < now
        )
    )


def drop_oldest_waiting(scope: Scope, connection: Connection, install_id: str, keep: int) -> None:
    """Anybody may ask for a pairing, so there is room for so many at a time."""
    waiting = (
        select(pairings.c.id)
        .where(
            pairings.c.workspace_id == scope.workspace_id,
            pairings.c.install_id == install_id,
            pairings.c.state == "waiting",
        )
        .order_by(pairings.c.created_at.desc())
        .offset(keep)
    )
    rows = [row.id for row in connection.execute(waiting)]
    if rows:
        connection.execute(
            delete(pairings).where(
                pairings.c.workspace_id == scope.workspace_id, pairings.c.id.in_(rows)
            )
        )


def use_nonce(
    scope: Scope, connection: Connection, install_id: str, nonce: str, expires_at: datetime
) -> bool:
    """False if this launch was used before."""
    try:
        with connection.begin_nested():
            connection.execute(
                insert(launch_nonces).values(
                    workspace_id=scope.workspace_id,
                    install_id=install_id,
                    nonce=nonce,
                    expires_at=expires_at,
                )
            )
    except IntegrityError:
        return False
    return True


def nonce_lives(
    scope: Scope, connection: Connection, install_id: str, nonce: str, now: datetime
) -> bool:
    statement = select(launch_nonces.c.nonce).where(
        launch_nonces.c.workspace_id == scope.workspace_id,
        launch_nonces.c.install_id == install_id,
        launch_nonces.c.nonce == nonce,
        launch_nonces.c.expires_at > now,
    )
    return connection.execute(statement).first() is not None


def add_handoff(scope: Scope, connection: Connection, values: Mapping[str, object]) -> None:
    connection.execute(insert(handoffs).values(workspace_id=scope.workspace_id, **values))


def take_handoff(
    scope: Scope, connection: Connection, install_id: str, kind: str, code_hash: str, now: datetime
) -> bytes | None:
    """What was handed over, once; None if it never was, was taken, or is too old."""
    where = (
        handoffs.c.workspace_id == scope.workspace_id,
        handoffs.c.code_hash == code_hash,
        handoffs.c.install_id == install_id,
        handoffs.c.kind == kind,
        handoffs.c.expires_at > now,
    )
    taken = connection.execute(delete(handoffs).where(*where).returning(handoffs.c.launch)).first()
    return bytes(taken.launch) if taken else None


def peek_handoff(
    scope: Scope, connection: Connection, install_id: str, kind: str, code_hash: str, now: datetime
) -> bytes | None:
    """The same without taking it."""
    statement = select(handoffs.c.launch).where(
        handoffs.c.workspace_id == scope.workspace_id,
        handoffs.c.code_hash == code_hash,
        handoffs.c.install_id == install_id,
        handoffs.c.kind == kind,
        handoffs.c.expires_at > now,
    )
    row = connection.execute(statement).first()
    return bytes(row.launch) if row else None


def change_agents_of(scope: Scope, connection: Connection, host_id: str, **values: object) -> None:
    """One account is an agent of every install it paired at."""
    connection.execute(
        update(agents)
        .where(agents.c.workspace_id == scope.workspace_id, agents.c.host_id == host_id)
        .values(**values)
    )


def ask_access(scope: Scope, connection: Connection, agent_id: str, now: datetime) -> None:
    """Once; asking again changes nothing."""
    statement = upsert(connection, access_requests).values(
        workspace_id=scope.workspace_id, agent_id=agent_id, asked_at=now
    )
    connection.execute(
        statement.on_conflict_do_nothing(index_elements=["workspace_id", "agent_id"])
    )


def access_asked(scope: Scope, connection: Connection) -> Mapping[str, datetime]:
    """When each agent asked who waits for an answer."""
    statement = select(access_requests.c.agent_id, access_requests.c.asked_at).where(
        access_requests.c.workspace_id == scope.workspace_id
    )
    return {row.agent_id: row.asked_at for row in connection.execute(statement)}


def access_decided(scope: Scope, connection: Connection, agent_id: str) -> None:
    connection.execute(
        delete(access_requests).where(
            access_requests.c.workspace_id == scope.workspace_id,
            access_requests.c.agent_id == agent_id,
        )
    )
