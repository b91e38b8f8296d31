"""Commands about who owns this installation."""

from __future__ import annotations

import click

from plugin.actions import accounts
from plugin.commands.shell import State, command


@click.group("owner")
def owner_group() -> None:
    """The person this installation belongs to."""


@owner_group.command("link")
@click.option("--email", default="", help="Whose, where there is more than one owner.")
@command
def owner_link(state: State, email: str) -> None:
    """Make a link to set up, or to choose a new password; single use, one hour."""
    state.migrate()
    state.say({"link": accounts.owner_link(state.services, email)})


COMMANDS = (owner_group,)
