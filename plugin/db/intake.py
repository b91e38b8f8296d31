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


Outside = tuple[str, str, str]
"""Kind and key of a name by which a shop is known outside, and its platform."""


def addressee(connection: Connection, outside: Outside) -> Any | None:
    """What is behind an outside key: workspace, connection (its `id` is None if it is gone), and
    the sealed secrets of the owner's own app. The look-up has no scope, as it finds one."""
    kind, key, platform = outside
    found = _ADDRESSEE.rows(connection, {"of_kind": kind, "outside": key, "app_of": platform})
    return found[0] if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A delivery to be stored, if `outside` still leads to `found`, with which it was verified."""

    outside: Outside
    found: Any
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """`new` unless it was there already; `wakes` if a worker is to be woken for it: of the orders
    of one shop that come in together one is enough, as a worker takes them together. `outdated`:
    not stored, as the shop was disconnected or has other secrets by now."""

    new: bool
    wakes: bool
    outdated: bool = False


def store_all(connection: Connection, items: Sequence[Item]) -> list[Stored]:
    """In the order of their ids, as two processes lock them in the same one."""
    now = {each: addressee(connection, each) for each in {item.outside for item in items}}
    woken: set[tuple[str, object]] = set()
    stored: dict[int, Stored] = {}
    for place, item in sorted(enumerate(items), key=lambda each: str(each[1].values["id"])):
        if now[item.outside] != item.found:
            stored[place] = Stored(new=False, wakes=False, outdated=True)
            continue
        workspace_id, values = item.found.workspace_id, item.values
        new = deliveries.store(Scope(workspace_id), connection, values)
        shop = (workspace_id, values["connection_id"])
        order = values["kind"] == "order"
        wakes = new and values["state"] == "waiting" and not (order and shop in woken)
        if wakes and order:
            woken.add(shop)
        stored[place] = Stored(new=new, wakes=wakes)
    return [stored[place] for place in range(len(items))]
