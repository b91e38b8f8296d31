"""The operator's commands; every one answers in JSON with --json."""

from __future__ import annotations

import sys

import click

from plugin.commands import actions, operate, owner, people, privacy, processes, shops, sync
from plugin.errors import MostradorError
from plugin.messages import sentence


def main() -> None:
    """Every failure is one sentence and exit code 1."""
    try:
        commands(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except MostradorError as error:
        click.echo(sentence(error.code, "en", **error.parameters), err=True)
        sys.exit(1)


@click.group()
def commands() -> None:
    """Mostrador: the shop inside the support inbox."""


for subject in (processes, owner, operate, shops, sync, people, actions, privacy):
    for one in subject.COMMANDS:
        commands.add_command(one)
