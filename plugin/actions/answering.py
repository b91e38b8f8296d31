"""Answers to a helpdesk's server that draws our data itself: what the mirror knows, and no more
than anybody may read who sees the ticket there."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.actions.arrive import add_handoff, take_call
from plugin.actions.installs import platform_of
from plugin.actions.launch import Seat, context_of, open_session, opened
from plugin.actions.lookup import refresh
from plugin.actions.sidebar import Sidebar, load_sidebar
from plugin.db import people
from plugin.errors import LaunchRefused
from plugin.ports.clock import new_id
from plugin.ports.helpdesk import Request
from plugin.services import Services

SERVER = "server"
"""The host id of nobody: the helpdesk's server itself, which reads and never acts."""
_MOST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """`go` is the code of a link that opens the same writer for an agent who logs in."""

    seat: Seat
    sidebar: Sidebar
    go: str


def answer_call(services: Services, install_id: str, request: Request) -> Answering:
    """Contract D. Raises LaunchRefused, NotFound."""
    platform, install = platform_of(services, install_id)
    if platform.lookup is None:
        raise LaunchRefused("launch_unsigned")
    scope, launch = take_call(services, install_id, request, platform.lookup.read)
    values = {
        "id": new_id("ag_"),
        "install_id": install_id,
        "host_id": SERVER,
        "name": install.label or platform.label,
        "email": "",
        "role": "viewer",
        "active": True,
        "created_at": services.clock(),
    }
    with services.database.writing() as connection:
        people.add_agent(scope, connection, values)
        agent = people.agent_by_host(scope, connection, install_id, SERVER)
        if agent is None or not agent.active:
            raise LaunchRefused("agent_disabled")
        context = context_of(scope, connection, launch, "secret")
        token = open_session(services, scope, connection, install_id, agent.id, context)
        go = add_handoff(services, scope, connection, install_id, "go", launch)
    seat = opened(services, install_id, token).seat
    sidebar = load_sidebar(services, seat, limit=_MOST)
    if sidebar.stale or sidebar.state == "asking":
        refresh(services, seat)
    with services.database.writing() as connection:
        people.end_session(scope, connection, seat.token_hash)
    return Answering(seat=seat, sidebar=sidebar, go=go)
