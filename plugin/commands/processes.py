"""Commands that run the service itself."""

from __future__ import annotations

import sys

import click

from plugin import serve, worker
from plugin.actions import accounts
from plugin.commands.shell import State, command


@click.command("migrate")
@command
def migrate_command(state: State) -> None:
    """Bring the database to the newest shape."""
    state.migrate()
    state.say({"migrated": True})


@click.command("worker")
@command
def worker_command(state: State) -> None:
    """Take jobs until SIGTERM."""
    worker.run(state.settings)


@click.command("serve")
@click.option("--all", "everything", is_flag=True, help="Web and worker on one disk.")
@command
def serve_command(state: State, everything: bool) -> None:
    """Migrate, then serve the web; with --all the worker too. Prints the set-up link of an
    installation that belongs to nobody."""
    state.migrate()
    if not accounts.is_owned(state.services):
        link = accounts.setup_link(state.services)
        click.echo(f"Nobody owns this Mostrador yet. Set it up (once, within an hour): {link}")
    state.services.database.close()
    sys.exit(serve.run(state.settings, everything=everything))


COMMANDS = (migrate_command, worker_command, serve_command)
