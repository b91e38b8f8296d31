"""Commands about what was done: actions, their settling, the journal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from plugin.actions import activity, attention, journal, owed, settle
from plugin.commands.shell import State, command
from plugin.db import activity as found
from plugin.db import ledger as action_rows

_FILTERS = (
    click.option("--since", default="", help="From this day on (2026-11-30)."),
    click.option("--until", default="", help="Until this day, included."),
    click.option("--agent", default="", help="Id, or a part of the name."),
    click.option("--kind", default="", help="Of which action."),
    click.option("--order", default="", help="Number of an order."),
)
_OUTCOMES = ("done", "not-done", "paid", "not-paid")


def filtered(function: Callable[..., None]) -> Callable[..., None]:
    """With the options that look for actions."""
    for option in reversed(_FILTERS):
        function = option(function)
    return function


@click.command("actions")
@click.option("--limit", default=50, show_default=True)
@filtered
@command
def actions_command(state: State, limit: int, **typed: str) -> None:
    """The newest actions."""
    wanted = activity.read_wanted(state.services, state.scope(), typed)
    with state.services.database.reading() as connection:
        rows = found.page(state.scope(), connection, wanted, None, limit)
    state.say([_action(row) for row in rows])


@click.command("settle")
@click.argument("action_id")
@click.option("--as", "outcome", required=True, type=click.Choice(_OUTCOMES))
@click.option("--proof", required=True, help="What was seen at the shop or the bank.")
@click.option("--who", default="operator", show_default=True)
@command
def settle_command(state: State, action_id: str, outcome: str, proof: str, who: str) -> None:
    """Close an action that needs a person: what the shop shows, or whether it was paid by hand."""
    services, scope = state.services, state.scope()
    if outcome in ("paid", "not-paid"):
        closing = owed.Closing(who=who, proof=proof)
        row = owed.close_by(services, scope, action_id, closing, paid=outcome == "paid")
    else:
        row = settle.settle_by_person(
            services, scope, action_id, done=outcome == "done", proof=proof, who=who
        )
    state.say(_action(row))


@click.command("waiting")
@command
def waiting_command(state: State) -> None:
    """What waits for somebody: approvals, open questions, refunds to be paid by hand."""
    state.say(
        [
            {
                "id": item.id,
                "kind": item.kind,
                "state": "owed" if item.state == "done" else item.state,
                "order": item.order_number,
                "amount": f"{item.amount.text()} {item.amount.currency}",
                "agent": item.agent_name,
                "since": item.since,
            }
            for item in attention.waiting(state.services, state.scope())
        ]
    )


@click.group("journal")
def journal_group() -> None:
    """The append-only record of every action."""


@journal_group.command("verify")
@command
def journal_verify(state: State) -> None:
    """Check the whole chain; exit code 1 if it is broken."""
    with state.services.database.reading() as connection:
        verdict = journal.verify(state.scope(), connection, state.services.keys)
    state.say(
        {
            "intact": verdict.intact,
            "entries": verdict.entries,
            "erased": verdict.erased,
            "head": {"sequence": verdict.head_sequence, "hash": verdict.head_hash},
            "findings": [{"sequence": f.sequence, "code": f.code} for f in verdict.findings],
        }
    )
    if not verdict.intact:
        sys.exit(1)


@journal_group.command("export")
@filtered
@command
def journal_export(state: State, **typed: str) -> None:
    """One JSON object a line, the head last."""
    wanted = activity.read_wanted(state.services, state.scope(), typed)
    for line in activity.as_lines(state.services, state.scope(), wanted):
        click.echo(line, nl=False)


def _action(row: action_rows.ActionRow) -> dict[str, Any]:
    names = ("id", "kind", "state", "code", "order_number", "currency", "agent_name", "reference")
    return {
        **{name: getattr(row, name) for name in names},
        "amount": str(row.amount),
        "created_at": row.created_at,
    }


COMMANDS = (actions_command, settle_command, waiting_command, journal_group)
