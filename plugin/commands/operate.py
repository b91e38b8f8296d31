"""Commands for whoever keeps the server: is it well, save it, bring it back, begin."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from plugin.actions import backup, connect, doctor, workspaces
from plugin.actions.findings import Finding
from plugin.commands.shell import State, command
from plugin.errors import SetupError
from plugin.messages import LOCALES
from plugin.ports.clock import utc_now
from plugin.wiring import build

_SIGNS = {"fine": "ok     ", "warning": "look at", "problem": "WRONG  "}


@click.command("doctor")
@command
def doctor_command(state: State) -> None:
    """Look at everything; exit code 1 if something is wrong."""
    services, queue = build(state.settings)
    findings = doctor.examine(services, queue.pending_count())
    if state.as_json:
        state.say([_in_json(finding) for finding in findings])
    else:
        for finding in findings:
            click.echo(f"{_SIGNS[finding.level]}  {finding.what}: {finding.text('en')}")
    if any(finding.level == "problem" for finding in findings):
        sys.exit(1)


@click.command("workspace")
@click.option("--name", required=True, help="What the business is called.")
@click.option("--country", required=True, help="Where most customers phone from: ES, MX, AR…")
@click.option("--timezone", default="UTC", show_default=True, help="For example Europe/Madrid.")
@click.option("--locale", default="es", show_default=True, type=click.Choice(LOCALES))
@click.option("--own-domain", "own_domains", multiple=True, help="A mail domain of the business.")
@command
def workspace_command(
    state: State, name: str, country: str, timezone: str, locale: str, own_domains: tuple[str, ...]
) -> None:
    """Make the workspace that shops and helpdesks are connected to."""
    state.migrate()
    if state.scopes():
        raise SetupError("workspace_exists")
    scope = connect.create_workspace(
        state.services, name=name, locale=locale, country=country.upper(), timezone=timezone,
        own_domains=own_domains,
    )  # fmt: skip
    state.say({"workspace": scope.workspace_id})


@click.command("domains")
@click.argument("domains", nargs=-1, metavar="[DOMAIN]...")
@click.option("--none", is_flag=True, help="Forget those that are known.")
@command
def domains_command(state: State, domains: tuple[str, ...], none: bool) -> None:
    """The business's own mail domains, from which no customer writes; those given replace them."""
    scope = state.scope()
    if domains or none:
        workspaces.change_domains(state.services, scope, " ".join(domains))
    state.say({"domains": list(workspaces.own_domains(state.services, scope))})


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@command
def backup_command(state: State, file: Path) -> None:
    """Save database and keys into one file; the service may go on."""
    size = backup.back_up(state.settings, file.resolve())
    state.say({"backup": str(file), "bytes": size})


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@command
def restore_command(state: State, file: Path) -> None:
    """Bring a backup back; stop the service first."""
    kept = backup.restore(state.settings, file.resolve(), utc_now())
    state.migrate()
    state.say({"restored": str(file), "before": str(kept)})


def _in_json(finding: Finding) -> dict[str, object]:
    return {
        "what": finding.what,
        "level": finding.level,
        "code": finding.code,
        "message": {locale: finding.text(locale) for locale in LOCALES},
    }


COMMANDS = (doctor_command, workspace_command, domains_command, backup_command, restore_command)
