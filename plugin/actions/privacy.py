"""What the law lets customers and shops demand: recorded when it comes, done by a worker or handed
to the owner, kept as the proof that it was answered.

A report is made on demand from what is there at that moment and is never stored. Whom a demand is
about is sealed, and forgotten when it was answered (of a report a week later).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from plugin.actions import journal
from plugin.db import connections as installed
from plugin.db import deliveries as delivery_rows
from plugin.db import privacy as rows
from plugin.db.connections import ConnectionRow
from plugin.db.privacy import RequestRow
from plugin.db.session import DbConnection, Scope
from plugin.domain.identity import normal_email
from plugin.errors import (
    Conflict,
    InvalidInput,
    NotFound,
)
from plugin.ports.clock import new_id
from plugin.ports.webhooks import Demand
from plugin.services import Services

TERM = timedelta(days=30)
REPORT_LIFE = timedelta(days=7)
PROOF_KEPT = 500
_demand = msgspec.json.Decoder(Demand).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A demand as the owner sees it. `due_at` is the day the law sets; `overdue` says that it has
    passed; `answerable` that a report can still be made."""

    id: str
    kind: str
    origin: str
    shop: str
    connection_id: str
    reference: str
    state: str
    code: str
    counts: Mapping[str, int]
    received_at: datetime
    due_at: datetime
    finished_at: datetime | None
    overdue: bool
    answerable: bool


def requests(services: Services, scope: Scope, limit: int = PROOF_KEPT) -> list[Asked]:
    """Newest first."""
    now = services.clock()
    with services.database.reading() as connection:
        return [_asked(row, now) for row in rows.newest(scope, connection, limit)]


def overdue(services: Services, scope: Scope) -> list[Asked]:
    now = services.clock()
    with services.database.reading() as connection:
        found = [_asked(row, now) for row in rows.unanswered(scope, connection)]
    return [one for one in found if one.overdue]


def _asked(row: RequestRow, now: datetime) -> Asked:
    given = {name: getattr(row, name) for name in Asked.__slots__ if hasattr(row, name)}
    return Asked(
        **given,
        overdue=row.state in ("waiting", "open") and row.due_at < now,
        answerable=row.kind == "report" and row.subject is not None,
    )


# -- recording


def record(
    services: Services, scope: Scope, connection: DbConnection, demand: Demand, *,
    request_id: str, connection_id: str, shop: str, origin: str,
    triggered_at: datetime | None = None,
) -> bool:  # fmt: skip
    """In the caller's transaction; False if it is there already. Whoever gets True wakes
    ("privacy", workspace, id)."""
    now = services.clock()
    is_report = demand.kind == "report"
    values: dict[str, object] = {
        "id": request_id,
        "connection_id": connection_id,
        "shop": shop,
        "kind": demand.kind,
        "origin": origin,
        "reference": demand.reference,
        "state": "open" if is_report else "waiting",
        "code": "",
        "subject": services.keys.seal(msgspec.json.encode(demand)),
        "counts": {},
        "attempts": 0,
        "triggered_at": triggered_at,
        "received_at": now,
        "due_at": now + TERM,
        "due": None if is_report else now,
        # a report that nobody fetches is overdue, but whom it is about is not kept for ever
        "expires_at": now + 2 * TERM if is_report else None,
    }
    new = rows.add(scope, connection, values)
    if new:
        note(services, scope, connection, values, "asked")
    return new


def ask(
    services: Services, scope: Scope, connection_id: str, demand: Demand
) -> str:  # fmt: skip
    """The owner's own demand, for shops that send none. Returns the request's id; it waits for a
    worker or, with `work`, is done at once. Raises NotFound("connection_not_found")."""
    with services.database.writing() as connection:
        shop = installed.connection_row(scope, connection, connection_id)
        if shop is None:
            raise NotFound("connection_not_found")
        request_id = new_id("pr_")
        record(
            services, scope, connection, demand, request_id=request_id,
            connection_id=connection_id, shop=shop.label, origin="owner",
            triggered_at=services.clock(),
        )  # fmt: skip
    return request_id


def whom(text: str) -> Mapping[str, Any]:
    """An e-mail or the shop's own number of a customer. Raises InvalidInput("who_missing")."""
    text = text.strip()
    if email := normal_email(text):
        return {"emails": (email,)}
    if not text or "@" in text:
        raise InvalidInput("who_missing", field="who")
    return {"customer_ref": text}


def adopt(services: Services, scope: Scope) -> int:
    """Demands that were stored by an older release, as deliveries with their body."""
    with services.database.reading() as connection:
        waiting = delivery_rows.demands(scope, connection, 20)
        shops = {row.id: row for row in installed.connection_rows(scope, connection)}
    for row in waiting:
        _adopt(services, scope, row, shops.get(row.connection_id))
    return len(waiting)


def _adopt(
    services: Services, scope: Scope, row: delivery_rows.DeliveryRow, shop: ConnectionRow | None
) -> None:
    webhooks = services.stores[shop.platform].webhooks if shop else None
    with services.database.writing() as connection:
        if shop and webhooks and webhooks.demand and row.body:
            demand = webhooks.demand(row.topic, services.keys.open(row.body))
            record(
                services, scope, connection, demand, request_id=request_of(row.id),
                connection_id=shop.id, shop=shop.label, origin="shop",
                triggered_at=row.received_at,
            )  # fmt: skip
        delivery_rows.forget_body(scope, connection, row.id)


def request_of(delivery_id: str) -> str:
    return "pr_" + delivery_id.removeprefix("de_")


def answer(
    services: Services, scope: Scope, row: RequestRow, counts: Mapping[str, int]
) -> None:  # fmt: skip
    """The owner has the report; it can be made again for a week."""
    now = services.clock()
    with services.database.writing() as connection:
        rows.change(
            scope, connection, row.id, state="done", counts=counts, finished_at=now,
            expires_at=now + REPORT_LIFE,
        )  # fmt: skip
        note(services, scope, connection, known(row), "done")


def subject_of(services: Services, row: RequestRow) -> Demand:
    """Whom a demand is about. Raises Conflict("report_expired")."""
    if row.subject is None:
        raise Conflict("report_expired")
    return _demand(services.keys.open(row.subject))


def prune(scope: Scope, connection: DbConnection, now: datetime) -> None:
    rows.forget_expired(scope, connection, now)


def known(row: RequestRow) -> dict[str, str]:
    return {name: getattr(row, name) for name in ("id", "connection_id", "kind", "origin")}


def note(
    services: Services, scope: Scope, connection: DbConnection, values: Mapping[str, Any], step: str
) -> None:
    facts = {
        "request": values["id"],
        "connection": values["connection_id"],
        "demand": values["kind"],
        "origin": values["origin"],
    }
    journal.record(scope, connection, services.keys, services.clock(), f"privacy:{step}", facts, {})
