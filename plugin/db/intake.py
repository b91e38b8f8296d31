"""Whom a webhook is for, in one statement; and many of them stored in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
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
    """`wakes` if a worker is to be woken for it, as it was not there: of the orders of one shop
    that come in together one is enough, as a worker takes them together. `outdated`: not stored,
    as the shop was disconnected or has other secrets by now."""

    wakes: bool
    outdated: bool


def store_all(connection: Connection, items: Sequence[Item]) -> list[Stored]:
    """In the order of their ids, as two processes lock them in the same one."""
    now = {each: addressee(connection, each) for each in {item.outside for item in items}}
    lasting = sorted((item for item in items if now[item.outside] == item.found), key=_order)
    new: set[str] = set()
    for workspace_id, some in groupby(lasting, _workspace):
        many = [item.values for item in some]
        new |= deliveries.store_many(Scope(workspace_id), connection, many)
    woken: set[object] = set()
    return [
        Stored(
            wakes=item.values["id"] in new and _wakes(item, woken),
            outdated=now[item.outside] != item.found,
        )
        for item in items
    ]


def _wakes(item: Item, woken: set[object]) -> bool:
    values = item.values
    what = values["connection_id"] if values["kind"] == "order" else values["id"]
    if values["state"] != "waiting" or what in woken:
        return False
    woken.add(what)
    return True


def _workspace(item: Item) -> str:
    return str(item.found.workspace_id)


def _order(item: Item) -> tuple[str, str]:
    return _workspace(item), str(item.values["id"])
