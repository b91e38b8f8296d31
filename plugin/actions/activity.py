"""What was done, by whom and why: looked for, opened step by step, and taken along as a file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from plugin.actions import journal, ledger
from plugin.actions.journal import Verdict
from plugin.actions.launch import Seat
from plugin.actions.sidebar import order_view
from plugin.db import activity as rows
from plugin.db import connections as installed
from plugin.db import ledger as actions
from plugin.db.activity import Wanted
from plugin.db.ledger import ActionRow
from plugin.db.session import DbConnection, Scope
from plugin.errors import InvalidInput
from plugin.messages import time_zone
from plugin.services import Services

PAGE = 50
MOST_CHANGES = 200
_LONGEST = 200
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = (
    "sequence", "at", "event", "action", "kind", "shop", "order_number", "connection", "order",
    "amount", "currency", "to",
    "agent", "agent_name", "who", "reason", "comment", "proof", "code", "evidence", "hash",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """`after` leads to the next one, "" where it is the last."""

    actions: Sequence[ActionRow]
    after: str


@dataclass(frozen=True, slots=True)
class Told:
    """One action with every step of it, as the journal has them."""

    action: ActionRow
    steps: Sequence[Mapping[str, Any]]


def read_wanted(services: Services, scope: Scope, typed: Mapping[str, str]) -> Wanted:
    """`since` and `until` are days where the business is, both included. Raises
    InvalidInput("day_invalid") with `field`."""
    with services.database.reading() as connection:
        zone = installed.workspace(scope, connection).timezone
    since, until = (_day(typed, name, zone) for name in ("since", "until"))
    texts = {
        name: " ".join(typed.get(name, "").split())[:_LONGEST]
        for name in ("agent", "kind", "state", "order", "shop")
    }
    return Wanted(since=since, until=until, **texts)


def _day(typed: Mapping[str, str], name: str, zone: str) -> datetime | None:
    text = typed.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=1 if name == "until" else 0)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("day_invalid", field=name) from error
    return datetime.combine(day, time(), tzinfo=time_zone(zone))


def page(services: Services, scope: Scope, wanted: Wanted, after: str = "") -> Page:
    """The newest first. Raises NotFound for an `after` that is no action."""
    with services.database.reading() as connection:
        last = ledger.must_get(scope, connection, after) if after else None
        found = rows.page(scope, connection, wanted, last, PAGE + 1)
    return Page(found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else "")


def told(services: Services, scope: Scope, action_id: str) -> Told:
    """Raises NotFound."""
    with services.database.reading() as connection:
        row = ledger.must_get(scope, connection, action_id)
        steps = journal.of_action(scope, connection, services.keys, row.id)
    return Told(row, steps)


def changed_limits(services: Services, scope: Scope) -> Sequence[Mapping[str, Any]]:
    """Who changed what about roles, limits, the fuse and reasons: the newest first."""
    with services.database.reading() as connection:
        return journal.of_limits(scope, connection, services.keys)[: -MOST_CHANGES - 1 : -1]


def order_history(services: Services, seat: Seat, connection_id: str, ref: str) -> list[ActionRow]:
    """What was done with one order by anybody, the newest first. Raises as `order_view`: only for
    who may open it."""
    order_view(services, seat, connection_id, ref)
    with services.database.reading() as connection:
        return actions.of_order(seat.scope, connection, connection_id, ref)


def verify(services: Services, scope: Scope) -> Verdict:
    with services.database.reading() as connection:
        return journal.verify(scope, connection, services.keys)


def entries(services: Services, scope: Scope, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """The journal's entries that fit, then the chain's head."""
    with services.database.reading() as connection:
        fits = _Fits(scope, connection, wanted)
        yield from journal.export(scope, connection, services.keys, fits)


class _Fits:
    """Whether the facts of an entry are wanted; where actions are asked for, only their steps."""

    def __init__(self, scope: Scope, connection: DbConnection, wanted: Wanted) -> None:
        self.wanted = wanted
        self.ids = frozenset(rows.ids(scope, connection, wanted)) if wanted.of_actions else None

    def __call__(self, facts: Mapping[str, Any]) -> bool:
        if self.ids is not None and facts.get("action") not in self.ids:
            return False
        since, until, at = self.wanted.since, self.wanted.until, datetime.fromisoformat(facts["at"])
        return (since is None or at >= since) and (until is None or at < until)


def as_lines(services: Services, scope: Scope, wanted: Wanted) -> Iterator[str]:
    """One JSON object a line, the head last."""
    for entry in entries(services, scope, wanted):
        yield json.dumps(entry, ensure_ascii=False) + "\n"


def as_csv(services: Services, scope: Scope, wanted: Wanted) -> Iterator[str]:
    """A line an entry, the chain's head last. No cell is read as a formula. The shop's name and
    the order's number stand beside the journal's own facts, as they are now."""
    with services.database.reading() as connection:
        shops = {row.id: row.label for row in installed.connection_rows(scope, connection)}
        numbers = rows.numbers(scope, connection, wanted)
    yield _line(_COLUMNS)
    for entry in entries(services, scope, wanted):
        if "head" in entry:
            head = entry["head"]
            known = {"sequence": head["sequence"], "event": "head", "hash": head["hash"]}
        else:
            payload = entry["payload"]
            known = {
                **(payload if isinstance(payload, dict) else {}), **entry,
                "shop": shops.get(entry.get("connection", ""), ""),
                "order_number": numbers.get(entry.get("action", ""), ""),
            }  # fmt: skip
        yield _line([known.get(name, "") for name in _COLUMNS])


def _line(cells: Sequence[object]) -> str:
    made = io.StringIO()
    csv.writer(made).writerow([_cell(str(cell)) for cell in cells])
    return made.getvalue()


def _cell(text: str) -> str:
    """What a spreadsheet would compute is told to be a text."""
    return f"'{text}" if text.startswith(_FORMULA) else text
