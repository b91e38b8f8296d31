"""Commands about shops: connect, look, bring up to date, replay what they sent."""

from __future__ import annotations

import os
import sys

import click

from plugin.actions import connect, hear, reconcile
from plugin.actions.progress import progress_of
from plugin.actions.shops import sync_percent
from plugin.commands.connecting import cannot_connect, connected
from plugin.commands.shell import State, command
from plugin.commands.sync import shown
from plugin.db import connections as installed
from plugin.db import deliveries as delivery_rows
from plugin.errors import MostradorError, SetupError


@click.command("connect")
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
        state.complain(cannot_connect(error, state.services.settings.host, as_json=state.as_json))
    state.say(connected(made, as_json=state.as_json))


@click.command("connections")
@command
def connections_command(state: State) -> None:
    """List the connected shops and how they are doing."""
    with state.services.database.reading() as connection:
        rows = installed.connection_rows(state.scope(), connection)
    now = state.services.clock()
    state.say(
        [
            {
                "id": row.id,
                "platform": row.platform,
                "label": row.label,
                **shown(progress_of(row, now), as_json=state.as_json),
                "percent": 100 if row.sync_state == "done" else sync_percent(row.sync),
                "last_ok_at": row.last_ok_at,
                "failing_since": row.failing_since,
                "failure": row.failure_code,
                "disconnected_at": row.disconnected_at,
                **reconcile.state_of(state.services, state.scope(), row.id),
            }
            for row in rows
        ]
    )


@click.command("deliveries")
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


@click.command("replay")
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


COMMANDS = (
    connect_command, connections_command, deliveries_command, replay_command,
)  # fmt: skip
