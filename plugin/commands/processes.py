"""Commands that run the service itself."""

from __future__ import annotations

import sys

import click

from plugin import serve, worker
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
    """Migrate, then serve the web; with --all the worker too."""
    state.migrate()
    sys.exit(serve.run(state.settings, everything=everything))


COMMANDS = (migrate_command, worker_command, serve_command)
