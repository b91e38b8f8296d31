"""The operator's commands; every one answers in JSON with --json."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import click

from plugin import operate, serve, worker
from plugin.actions import connect, hear, journal, reconcile, settle
from plugin.actions.shops import sync_percent
from plugin.actions.sync import backfill
from plugin.connecting import cannot_connect, connected
from plugin.db import connections as installed
from plugin.db import deliveries as delivery_rows
from plugin.db import ledger as action_rows
from plugin.db import people
from plugin.domain.policy import ROLES
from plugin.errors import MostradorError, NotFound, SetupError
from plugin.messages import sentence
from plugin.shell import State, command


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


for extra in operate.COMMANDS:
    commands.add_command(extra)


@commands.command("migrate")
@command
def migrate_command(state: State) -> None:
    """Bring the database to the newest shape."""
    state.migrate()
    state.say({"migrated": True})


@commands.command("worker")
@command
def worker_command(state: State) -> None:
    """Take jobs until SIGTERM."""
    worker.run(state.settings)


@commands.command("serve")
@click.option("--all", "everything", is_flag=True, help="Web and worker on one disk.")
@command
def serve_command(state: State, everything: bool) -> None:
    """Migrate, then serve the web; with --all the worker too."""
    state.migrate()
    sys.exit(serve.run(state.settings, everything=everything))


@commands.command("connect")
@click.argument("platform")
@click.option("--label", default="", help="How agents call this shop.")
@click.option("--address", required=True, help="The shop's address.")
@click.option("--key", default="", help="Public half of the credentials, where there is one.")
@click.option("--secret-stdin", is_flag=True, help="Read the secret from standard input.")
@command
def connect_command(
    state: State, platform: str, label: str, address: str, key: str, secret_stdin: bool
) -> None:
    """Connect a shop and start its backfill."""
    secret = sys.stdin.readline().strip() if secret_stdin else os.environ.get("SHOP_SECRET", "")
    known = state.services.stores.get(platform)
    if known is None:
        raise SetupError("platform_unknown", platform=platform)
    names = [field for field in known.connect_fields if field.name != "address"]
    credentials = {field.name: secret if field.secret else key for field in names}
    scope = state.scope()
    try:
        made = connect.attach_shop(
            state.services, scope, platform=platform, label=label, address=address,
            credentials=credentials,
        )  # fmt: skip
    except MostradorError as error:
        state.complain(cannot_connect(error, as_json=state.as_json))
    state.say(connected(made, as_json=state.as_json))


@commands.command("connections")
@command
def connections_command(state: State) -> None:
    """List the connected shops and how they are doing."""
    with state.services.database.reading() as connection:
        rows = installed.connection_rows(state.scope(), connection)
    state.say(
        [
            {
                "id": row.id,
                "platform": row.platform,
                "label": row.label,
                "sync": row.sync_state,
                "percent": 100 if row.sync_state == "done" else sync_percent(row.sync),
                "last_ok_at": row.last_ok_at,
                "failing_since": row.failing_since,
                "failure": row.failure_code,
                **reconcile.state_of(state.services, state.scope(), row.id),
            }
            for row in rows
        ]
    )


@commands.command("sync")
@click.argument("connection_id")
@click.option("--wait", is_flag=True, help="Do it here instead of asking the worker.")
@command
def sync_command(state: State, connection_id: str, wait: bool) -> None:
    """Continue a shop's backfill."""
    scope = state.scope()
    with state.services.database.reading() as connection:
        if installed.connection_row(scope, connection, connection_id) is None:
            raise NotFound("connection_not_found")
    if wait:
        backfill(state.services, scope, connection_id)
    else:
        state.services.wake("backfill", scope.workspace_id, connection_id)
    state.say({"connection": connection_id, "waited": wait})


@commands.command("deliveries")
@click.option("--limit", default=50, show_default=True)
@click.option("--state", "only", type=click.Choice(["waiting", "done", "ignored", "parked"]))
@command
def deliveries_command(state: State, limit: int, only: str | None) -> None:
    """The newest webhooks, and what became of them."""
    with state.services.database.reading() as connection:
        rows = delivery_rows.recent(state.scope(), connection, limit, only)
    names = ("id", "connection_id", "topic", "kind", "ref", "state", "code", "attempts",
             "received_at")  # fmt: skip
    state.say([{name: getattr(row, name) for name in names} for row in rows])


@commands.command("replay")
@click.argument("delivery_id")
@click.option("--wait", is_flag=True, help="Do it here instead of asking the worker.")
@command
def replay_command(state: State, delivery_id: str, wait: bool) -> None:
    """Work on a webhook once more, for one that was parked."""
    scope = state.scope()
    hear.replay(state.services, scope, delivery_id)
    if wait:
        hear.process(state.services, scope, delivery_id)
    state.say({"delivery": delivery_id, "waited": wait})


@commands.command("install")
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


@commands.group("agents")
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


@commands.command("actions")
@click.option("--limit", default=50, show_default=True)
@command
def actions_command(state: State, limit: int) -> None:
    """The newest actions."""
    with state.services.database.reading() as connection:
        rows = action_rows.recent(state.scope(), connection, limit)
    state.say([_action(row) for row in rows])


@commands.command("settle")
@click.argument("action_id")
@click.option("--as", "outcome", required=True, type=click.Choice(["done", "not-done"]))
@click.option("--proof", required=True, help="What was seen at the shop or the bank.")
@click.option("--who", default="operator", show_default=True)
@command
def settle_command(state: State, action_id: str, outcome: str, proof: str, who: str) -> None:
    """Close an action that needs a person."""
    row = settle.settle_by_person(
        state.services, state.scope(), action_id, done=outcome == "done", proof=proof, who=who
    )
    state.say(_action(row))


@commands.group("journal")
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
@command
def journal_export(state: State) -> None:
    """One JSON object a line, the head last."""
    with state.services.database.reading() as connection:
        for entry in journal.export(state.scope(), connection, state.services.keys):
            click.echo(json.dumps(entry, ensure_ascii=False))


def _action(row: action_rows.ActionRow) -> dict[str, Any]:
    names = ("id", "kind", "state", "code", "order_number", "currency", "agent_name", "reference")
    return {
        **{name: getattr(row, name) for name in names},
        "amount": str(row.amount),
        "created_at": row.created_at,
    }
