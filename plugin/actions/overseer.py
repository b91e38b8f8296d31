"""Who approves and closes: a seat at the panel, or somebody who is logged in to the console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from plugin.actions.console import ConsoleSeat
from plugin.actions.desk import desk_install
from plugin.actions.installs import find_install
from plugin.actions.pairing import Person, agent_of
from plugin.db import people
from plugin.db.accounts import ACCOUNT
from plugin.db.session import Scope
from plugin.domain.identity import normal_email
from plugin.domain.policy import OVERSEEING
from plugin.errors import Forbidden
from plugin.services import Services


class Overseer(Protocol):
    """What is asked of whoever decides; a panel's Seat is one."""

    @property
    def scope(self) -> Scope: ...
    @property
    def agent_id(self) -> str: ...
    @property
    def agent_name(self) -> str: ...
    @property
    def role(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AtConsole:
    """An account as the agent that it is at the desk of our own: limits count for it and decisions
    name it as they do there."""

    scope: Scope
    agent_id: str
    agent_name: str
    role: str


def at_console(services: Services, seat: ConsoleSeat) -> AtConsole:
    """Made at the first visit. Raises Forbidden("role_forbids") for who oversees nothing,
    LaunchRefused("agent_disabled")."""
    if seat.role not in OVERSEEING:
        raise Forbidden("role_forbids")
    install_id = desk_install(services, seat.scope)
    name = seat.name or seat.email
    with services.database.reading() as connection:
        host_id = ACCOUNT + seat.account_id
        row = people.agent_by_host(seat.scope, connection, install_id, host_id)
    said = (name, normal_email(seat.email), seat.role, True)
    if row is not None and (row.name, row.email, row.role, row.active) == said:
        agent_id = str(row.id)
    else:
        agent_id = _enter(services, seat, install_id)
    return AtConsole(scope=seat.scope, agent_id=agent_id, agent_name=name, role=seat.role)


def _enter(services: Services, seat: ConsoleSeat, install_id: str) -> str:
    person = Person(id=seat.account_id, name=seat.name, email=seat.email, role=seat.role)
    with services.database.writing() as connection:
        _, install = find_install(connection, install_id)
        return agent_of(seat.scope, connection, install, person, services.clock())
