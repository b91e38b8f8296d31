"""What our credentials open at a shop, and how long: measured, and said with what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from plugin.actions.progress import TURN
from plugin.actions.shops import connection_of, unsealed, watched
from plugin.db import connections as installed
from plugin.db.connections import ConnectionRow
from plugin.db.session import Scope
from plugin.errors import SetupError
from plugin.ports.store import HISTORY_DAYS, MISSING, RIGHTS_MISSING, WITHHELD
from plugin.services import Services

SOON = timedelta(days=14)
LET_IN_UNTIL = "doctor.shop_let_in_until"
Level = Literal["fine", "warning", "problem"]
Trouble = tuple[Level, str, Mapping[str, object]]


def measure(services: Services, scope: Scope, connection_id: str) -> None:
    """Asks the shop what we may do there now. Orders that were hidden and no longer are begin to
    arrive. Raises PlatformError, NotFound."""
    with services.database.reading() as connection:
        known = connection_of(services, scope, connection, connection_id)
    rights = services.stores[known.platform].rights
    if rights is None or services.http is None:
        return
    with watched(services, scope, connection_id):
        found = rights(known, services.http)
    learnt = {**found.options, **{f"{MISSING}{item.name}": item.reason for item in found.missing}}
    with services.database.writing() as connection:
        row = installed.connection_row(scope, connection, connection_id, lock=True)
        if row is None:
            return
        kept = {name: text for name, text in row.options.items() if not name.startswith(MISSING)}
        options = {name: text for name, text in {**kept, **learnt}.items() if text}
        values: dict[str, object] = {"options": options}
        opened = HISTORY_DAYS in row.options and HISTORY_DAYS not in options
        if opened:
            sync = {**row.sync, "orders": {}, TURN: {}}
            values |= {"sync": sync, "sync_state": "waiting"}
        if options != row.options:
            installed.change_connection(scope, connection, connection_id, **values)
    if opened:
        services.wake("backfill", scope.workspace_id, connection_id)


def troubles(services: Services, scope: Scope, row: ConnectionRow) -> Iterator[Trouble]:
    """What limits a shop that answers, and what to do: (level, code of the catalogue, what it
    names)."""
    days, lacking = row.options.get(HISTORY_DAYS), row.options.get(RIGHTS_MISSING)
    if lacking:
        yield "warning", "doctor.shop_rights", {"rights": lacking}
    if row.options.get(WITHHELD):
        yield "warning", "doctor.shop_withheld", {}
    if days:
        yield "warning", "doctor.shop_history_days", {"days": days}
    yield from _life(services, scope, row)


def _life(services: Services, scope: Scope, row: ConnectionRow) -> Iterator[Trouble]:
    """How long we are let in."""
    if services.stores[row.platform].renew is None:
        return
    try:
        known = unsealed(services, scope, row).credentials
    except (SetupError, msgspec.DecodeError):
        return  # said elsewhere
    if not known.get("access_token"):
        return
    if "expires_at" not in known:
        yield "fine", "doctor.shop_token_fixed", {}
    renewable, ends = known.get("renew_by", ""), known.get("expires_at", "")
    if renewable and datetime.fromisoformat(renewable) - services.clock() < SOON:
        yield "warning", "doctor.shop_token_ends", {"until": renewable[:10]}
    elif ends:  # a token without a way to renew it is asked for anew with the app's own keys
        yield "fine", LET_IN_UNTIL, {"until": (renewable or ends)[:10]}
