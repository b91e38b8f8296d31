"""Commands about helpdesks and the people in them."""

from __future__ import annotations

import click

from plugin.actions import connect
from plugin.commands.limits import limit_command, limits_command
from plugin.commands.shell import State, command
from plugin.db import people
from plugin.domain.policy import ROLES


@click.command("install")
@click.argument("helpdesk")
@click.option("--label", default="")
@click.option("--origin", "origins", multiple=True, help="Origin that may frame the panel.")
@command
def install_command(state: State, helpdesk: str, label: str, origins: tuple[str, ...]) -> None:
    """Install the panel in a helpdesk; prints id, URL and secret once."""
    made = connect.install_helpdesk(
        state.services, state.scope(), helpdesk=helpdesk, label=label, origins=origins
    )
    state.say({"id": made.id, "url": made.url, "secret": made.secret})


@click.group("agents")
def agents_group() -> None:
    """People who may act."""


@agents_group.command("list")
@command
def agents_list(state: State) -> None:
    """Who has opened the panel, and with which role."""
    with state.services.database.reading() as connection:
        rows = people.agent_rows(state.scope(), connection)
    state.say([{"id": r.id, "name": r.name, "role": r.role, "active": r.active} for r in rows])


@agents_group.command("role")
@click.argument("agent_id")
@click.argument("role", type=click.Choice(ROLES))
@command
def agents_role(state: State, agent_id: str, role: str) -> None:
    """Give an agent a role."""
    connect.set_role(state.services, state.scope(), agent_id, role)
    state.say({"id": agent_id, "role": role})


agents_group.add_command(limit_command)
agents_group.add_command(limits_command)
COMMANDS = (install_command, agents_group)
