"""Whom a webhook is for, in one statement; and many of them stored in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select

from plugin.db import deliveries
from plugin.db.prepared import Prepared
from plugin.db.session import Scope
from plugin.db.tables import connections, directory
from plugin.db.tables_apps import platform_apps

_target = and_(
    connections.c.workspace_id == directory.c.workspace_id,
    connections.c.id == directory.c.target_id,
)
_own_app = and_(
    platform_apps.c.workspace_id == directory.c.workspace_id,
    platform_apps.c.platform == bindparam("app_of"),
)
_ADDRESSEE = Prepared(
    select(
        directory.c.workspace_id, directory.c.target_id, connections.c.id, connections.c.platform,
        connections.c.label, connections.c.credentials, connections.c.disconnected_at,
        platform_apps.c.secrets,
    )
    .select_from(directory.outerjoin(connections, _target).outerjoin(platform_apps, _own_app))
    .where(
        directory.c.kind == bindparam("of_kind"), directory.c.outside_key == bindparam("outside")
    )
)  # fmt: skip


def addressee(connection: Connection, kind: str, outside_key: str, platform: str) -> Any | None:
    """What is behind an outside key: workspace, connection (its `id` is None if it is gone), and
    the sealed secrets of the owner's own app. The look-up has no scope, as it finds one."""
    values = {"of_kind": kind, "outside": outside_key, "app_of": platform}
    found = _ADDRESSEE.rows(connection, values)
    return found[0] if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """`new` unless it was there already; `wakes` if a worker is to be woken for it: of the orders
    of one shop that come in together one is enough, as a worker takes them together."""

    new: bool
    wakes: bool


def store_all(
    connection: Connection, items: Sequence[tuple[Scope, Mapping[str, object]]]
) -> list[Stored]:
    """In the order of their ids, as two processes lock them in the same one."""
    woken: set[tuple[str, object]] = set()
    stored: dict[int, Stored] = {}
    for place, (scope, values) in sorted(enumerate(items), key=lambda item: str(item[1][1]["id"])):
        new = deliveries.store(scope, connection, values)
        shop = (scope.workspace_id, values["connection_id"])
        order = values["kind"] == "order"
        wakes = new and values["state"] == "waiting" and not (order and shop in woken)
        if wakes and order:
            woken.add(shop)
        stored[place] = Stored(new=new, wakes=wakes)
    return [stored[place] for place in range(len(items))]
