"""Commands about what the law lets customers demand, and about disconnecting a shop."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from plugin.actions import disconnect, lawful, privacy, privacy_report
from plugin.actions.disconnect import Data
from plugin.commands.shell import State, command
from plugin.messages import LOCALES, sentence
from plugin.ports.webhooks import Demand, DemandKind


@click.group("privacy")
def privacy_group() -> None:
    """What customers may demand: a report of what is kept, and to be forgotten."""


@privacy_group.command("requests")
@command
def privacy_requests(state: State) -> None:
    """Every demand with its state and the day it is due."""
    found = privacy.requests(state.services, state.scope())
    state.say([msgspec.to_builtins(one) for one in found])


@privacy_group.command("report")
@click.argument("target")
@click.argument("who", default="")
@click.option("--page", type=click.Path(dir_okay=False, path_type=Path), help="Write HTML there.")
@click.option("--locale", default="es", show_default=True, type=click.Choice(LOCALES))
@command
def privacy_report_command(
    state: State, target: str, who: str, page: Path | None, locale: str
) -> None:
    """What is kept of a customer. TARGET is a request (pr_…), or a connection with WHO: an e-mail
    or the shop's number of the customer."""
    request = _asked(state, target, who, "report") if who else target
    report = privacy_report.report(state.services, state.scope(), request)
    if page is not None:
        page.write_text(privacy_report.as_page(report, locale), encoding="utf-8")
        state.say({"request": request, "page": str(page)})
    else:
        click.echo(privacy_report.as_json(report))


@privacy_group.command("erase-customer")
@click.argument("connection_id")
@click.argument("who")
@command
def privacy_erase_command(state: State, connection_id: str, who: str) -> None:
    """Forget a customer. WHO is an e-mail or the shop's number of the customer. What the shop
    itself still has comes back when it is asked: erase it there first."""
    request = _asked(state, connection_id, who, "erase_customer")
    try:
        lawful.work(state.services, state.scope(), request)
    finally:
        found = privacy.requests(state.services, state.scope())
    (done,) = (one for one in found if one.id == request)
    state.say(
        {
            "request": done.id,
            "state": done.state,
            **{name: number for name, number in done.counts.items() if number},
            **_why(done.code),
        }
    )


def _asked(state: State, connection_id: str, who: str, kind: DemandKind) -> str:
    demand = Demand(kind=kind, **privacy.whom(who))
    return privacy.ask(state.services, state.scope(), connection_id, demand)


def _why(code: str) -> dict[str, str]:
    return {"because": sentence(code, "en")} if code else {}


@click.command("disconnect")
@click.argument("connection_id")
@click.option("--data", required=True, type=click.Choice(["keep", "erase"]),
              help="What becomes of the saved data.")  # fmt: skip
@command
def disconnect_command(state: State, connection_id: str, data: Data) -> None:
    """Take a shop away: its webhooks, its credentials and, if so chosen, its data."""
    parted = disconnect.disconnect(state.services, state.scope(), connection_id, data=data)
    if state.as_json:
        state.say({**msgspec.to_builtins(parted), "notes": _notes(parted)})
        return
    state.say({"disconnected": parted.shop, "webhooks removed": parted.removed})
    for note in _notes(parted):
        click.echo(note["en"])


def _notes(parted: disconnect.Parted) -> list[Mapping[str, Any]]:
    """What remains to be known or done, in both languages."""
    return [
        {"code": note.code, **{at: note.text(at) for at in LOCALES}}
        for note in disconnect.notes_of(parted)
    ]


COMMANDS = (privacy_group, disconnect_command)
