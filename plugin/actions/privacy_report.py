"""What is kept of one customer, gathered when the owner asks for it."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from plugin.actions import erasure, privacy
from plugin.db import connections as installed
from plugin.db import mirror, personal
from plugin.db import privacy as rows
from plugin.db.personal import Trace, chunks
from plugin.db.session import DbConnection, Scope
from plugin.db.tables import customers, orders
from plugin.errors import NotFound
from plugin.messages import label, labels
from plugin.ports.webhooks import Demand
from plugin.services import Services

Report = dict[str, Any]


def report(services: Services, scope: Scope, request_id: str) -> Report:
    """Answers a demand: it counts as done from now on, and can be made again for a week. Raises
    NotFound("request_not_found"), Conflict("report_expired")."""
    now = services.clock()
    with services.database.reading() as connection:
        row = rows.get(scope, connection, request_id)
    if row is None or row.kind != "report":
        raise NotFound("request_not_found")
    demand = privacy.subject_of(services, row)
    made = _gathered(services, scope, row.connection_id, demand)
    counts = {name: len(value) for name, value in made.items() if isinstance(value, list)}
    if row.state == "open":
        privacy.answer(services, scope, row, counts)
    return {
        "request": row.id,
        "reference": row.reference,
        "shop": row.shop,
        "received_at": row.received_at,
        "due_at": row.due_at,
        "made_at": now,
        **made,
    }


def _gathered(services: Services, scope: Scope, connection_id: str, who: Demand) -> Report:
    with services.database.reading() as connection:
        shop = installed.connection_row(scope, connection, connection_id)
        person = erasure.trace(scope, connection, connection_id, who)
        return {
            "address": shop.address if shop else "",
            "asked_about": msgspec.to_builtins(who),
            "customers": _documents(
                scope, connection, customers, person, person.customer_refs, mirror.decode_customer
            ),
            "orders": _documents(
                scope, connection, orders, person, person.order_refs, mirror.decode_order
            ),
            "found_by": [*person.emails, *person.phones],
            "links": [
                {"by": link.agent_id, "fact": link.fact_kind, "made_at": link.created_at}
                for link in personal.links_of(scope, connection, person)
            ],
            "actions": _actions(scope, connection, person),
        }


def _documents(
    scope: Scope, connection: DbConnection, table: Any, person: Trace, refs: Sequence[str],
    decode: Any,
) -> list[Any]:  # fmt: skip
    return [
        {"saved_at": row.fetched_at, **msgspec.to_builtins(decode(row.doc))}
        for some in chunks(refs)
        for row in personal.documents(scope, connection, table, person.connection_id, some)
        if row.doc != personal.BLANK
    ]


def _actions(scope: Scope, connection: DbConnection, person: Trace) -> list[Any]:
    return [
        {
            "kind": row.kind,
            "order": row.order_number,
            "amount": f"{row.amount} {row.currency}",
            "state": row.state,
            "by": row.agent_name,
            "conversation": row.conversation,
            "at": row.created_at,
        }
        for some in chunks(person.order_refs)
        for row in personal.actions_on(scope, connection, person.connection_id, some)
    ]


# -- to be read


_PARTS = ("customers", "orders", "found_by", "links", "actions")


def as_json(report: Report) -> str:
    return json.dumps(msgspec.to_builtins(report), ensure_ascii=False, indent=2, default=str)


def as_page(report: Report, locale: str) -> str:
    """One file without anything from elsewhere, to be handed to the customer."""
    text = labels(locale)
    plain: Mapping[str, Any] = msgspec.to_builtins(report)
    title = label("privacy.report.title", locale, shop=str(plain["shop"]))
    made = label("privacy.report.made", locale, day=str(plain["made_at"])[:10])
    parts = "".join(
        f"<section><h2>{html.escape(text('privacy.report.' + name))}</h2>"
        f"{_shown(plain[name]) if plain[name] else html.escape(text('privacy.report.none'))}"
        "</section>"
        for name in _PARTS
    )
    return (
        f'<!doctype html><html lang="{locale}"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{html.escape(title)}</h1><p>{html.escape(made)}</p>{parts}</body></html>"
    )


_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.3rem 0}"
    "dt{color:#555}dd{margin:0;overflow-wrap:anywhere}"
    "section>ul>li{border-top:1px solid #ccc;padding:.5rem 0}ul{list-style:none;padding:0}"
)


def _shown(value: Any) -> str:
    """Nothing that is empty is shown; every text is escaped."""
    if isinstance(value, dict):
        pairs = ((name, shown) for name, part in value.items() if (shown := _shown(part)))
        inner = "".join(f"<dt>{html.escape(name)}</dt><dd>{shown}</dd>" for name, shown in pairs)
        return f"<dl>{inner}</dl>" if inner else ""
    if isinstance(value, list):
        items = "".join(f"<li>{shown}</li>" for part in value if (shown := _shown(part)))
        return f"<ul>{items}</ul>" if items else ""
    return "" if value in (None, "", False) else html.escape(str(value))
