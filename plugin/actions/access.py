"""A viewer asks to be let act; the owner grants it to one or to all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from plugin.actions.launch import Seat
from plugin.db import accounts, pairings, people
from plugin.db.accounts import ACCOUNT
from plugin.db.session import Scope
from plugin.errors import InvalidInput, NotFound
from plugin.services import Services

GRANTED = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessAsked:
    """Somebody who waits for the owner."""

    agent_id: str
    name: str
    email: str
    install_id: str
    asked_at: datetime


def ask_for_access(services: Services, seat: Seat) -> None:
    """Raises InvalidInput("access_has_it") for whoever may act already."""
    if seat.role != "viewer" or seat.proof == "replayable":
        raise InvalidInput("access_has_it")
    with services.database.writing() as connection:
        pairings.ask_access(seat.scope, connection, seat.agent_id, services.clock())


def has_asked(services: Services, seat: Seat) -> bool:
    with services.database.reading() as connection:
        return seat.agent_id in pairings.access_asked(seat.scope, connection)


def access_asked(services: Services, scope: Scope) -> list[AccessAsked]:
    """Who waits, the longest first."""
    with services.database.reading() as connection:
        asked = pairings.access_asked(scope, connection)
        rows = [row for row in people.agent_rows(scope, connection) if row.id in asked]
    waiting = [
        AccessAsked(
            agent_id=row.id,
            name=row.name,
            email=row.email,
            install_id=row.install_id,
            asked_at=asked[row.id],
        )
        for row in rows
    ]
    return sorted(waiting, key=lambda each: each.asked_at)


def grant_access(
    services: Services, scope: Scope, agent_ids: Sequence[str], *, role: str = GRANTED
) -> None:
    """From their next request on they may act; who has an account may everywhere. Raises
    NotFound("agent_not_found")."""
    with services.database.writing() as connection:
        for agent_id in agent_ids:
            row = people.agent_row(scope, connection, agent_id)
            if row is None:
                raise NotFound("agent_not_found")
            people.change_agent(scope, connection, agent_id, role=role)
            if row.host_id.startswith(ACCOUNT):
                account_id = row.host_id.removeprefix(ACCOUNT)
                accounts.change(scope, connection, account_id, role=role)
                pairings.change_agents_of(scope, connection, row.host_id, role=role)
            pairings.access_decided(scope, connection, agent_id)


def refuse_access(services: Services, scope: Scope, agent_id: str) -> None:
    """They stay as they are, and may ask again."""
    with services.database.writing() as connection:
        pairings.access_decided(scope, connection, agent_id)
