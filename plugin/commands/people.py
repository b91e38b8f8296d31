"""Commands about helpdesks and the people in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from plugin.actions import connect, installs, pairing, team
from plugin.commands.limits import limit_command, limits_command, reasons_command
from plugin.commands.shell import State, command
from plugin.db import people
from plugin.domain.policy import ROLES
from plugin.ports.helpdesk import HelpdeskPlatform

_ROLE = click.Choice([role for role in ROLES if role != "owner"])


@click.command("install")
@click.argument("helpdesk")
@click.option("--label", default="")
@click.option("--origin", "origins", multiple=True, help="Origin that may frame the panel.")
@click.option("--role", type=_ROLE, default="viewer", help="Of agents whom the helpdesk names.")
@click.option("--set", "fields", multiple=True, metavar="NAME=VALUE", help="See its README; @FILE.")
@command
def install_command(
    state: State, helpdesk: str, label: str, origins: tuple[str, ...], role: str,
    fields: tuple[str, ...],
) -> None:  # fmt: skip
    """Install the panel in a helpdesk; prints what to paste there."""
    made = installs.install_helpdesk(
        state.services, state.scope(), helpdesk=helpdesk, label=label, origins=origins,
        default_role=role, fields=dict(_pair(text) for text in fields),
    )  # fmt: skip
    state.say({"id": made.id, **_to_paste(state.services.helpdesks[helpdesk], made.values)})


def _to_paste(platform: HelpdeskPlatform, values: Mapping[str, str]) -> dict[str, str]:
    """By name; where the host wants an address several times, each with its own ending, the second
    one is "lookup 2"."""
    endings: dict[str, list[str]] = {"secret": [], "url": []}
    for step in platform.steps:
        known = endings.setdefault(str(step.value), []) if step.value else []
        known += [step.suffix] if step.suffix and step.suffix not in known else []
    endings.pop("id", None)
    return {
        name if number == 1 else f"{name} {number}": values[name] + ending
        for name in sorted(endings)
        for number, ending in enumerate(endings[name] or [""], 1)
    }


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, Path(value[1:]).read_text(encoding="utf-8") if value.startswith("@") else value


@click.command("fill")
@click.argument("install_id")
@click.option("--set", "fields", multiple=True, required=True, metavar="NAME=VALUE",
              help="See its README; @FILE.")  # fmt: skip
@command
def fill_command(state: State, install_id: str, fields: tuple[str, ...]) -> None:
    """Give an install values that its helpdesk made known later, such as a public key."""
    values = dict(_pair(text) for text in fields)
    installs.fill_fields(state.services, state.scope(), install_id, values)
    state.say({"id": install_id, "filled": sorted(values)})


@click.command("package")
@click.argument("install_id")
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@command
def package_command(state: State, install_id: str, folder: Path) -> None:
    """Write the archive that the helpdesk wants uploaded."""
    name, archive = installs.package(state.services, state.scope(), install_id)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(archive)
    state.say({"file": str(folder / name), "bytes": len(archive)})


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


@agents_group.command("invite")
@click.argument("email")
@click.option("--name", default="")
@click.option("--role", type=_ROLE, default="agent", show_default=True)
@command
def agents_invite(state: State, email: str, name: str, role: str) -> None:
    """Invite somebody: prints the link by which they choose a password (three days, once)."""
    link = team.invite(state.services, state.scope(), email=email, name=name, role=role)
    state.say({"email": email, "role": role, "link": link})


@agents_group.command("browsers")
@command
def agents_browsers(state: State) -> None:
    """Which browsers act for whom."""
    browsers = team.team(state.services, state.scope()).browsers
    state.say([
        {"id": b.id, "agent": b.agent, "helpdesk": b.helpdesk, "browser": b.browser,
         "since": b.since}
        for b in browsers
    ])  # fmt: skip


@agents_group.command("revoke")
@click.argument("browser_id")
@command
def agents_revoke(state: State, browser_id: str) -> None:
    """Withdraw a browser's authorisation, effective at once."""
    pairing.revoke(state.services, state.scope(), browser_id)
    state.say({"id": browser_id, "revoked": True})


agents_group.add_command(limit_command)
agents_group.add_command(limits_command)
agents_group.add_command(reasons_command)
COMMANDS = (install_command, fill_command, package_command, agents_group)
