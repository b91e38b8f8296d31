"""A pretend platform's webhooks, and a shop to knock for."""

from __future__ import annotations

import hmac
from typing import Any

import msgspec

from plugin.actions import hear, intake
from plugin.db import deliveries as rows
from plugin.db import mirror
from plugin.db.deliveries import DeliveryRow
from plugin.db.tables import orders
from plugin.errors import DeliveryRefused
from plugin.ports.webhooks import Delivery, Demand, Request, Webhooks
from tests.plugin.conftest import Desk

BLUE = "co_blue"
SECRET = "pretend-secret"


def pretend_hear(request: Request, secrets: Any) -> Delivery | None:
    """JSON that says outright what a delivery is about."""
    if request.body == b"ping":
        return None
    given = request.headers.get("signature", "")
    if not any(hmac.compare_digest(given, secret) for secret in secrets):
        raise DeliveryRefused("signature_invalid")
    return msgspec.json.decode(request.body, type=Delivery)


PRETEND = Webhooks(
    hear=pretend_hear,
    route=lambda request: request.headers.get("shop"),
    reaches=lambda ours, theirs: ours.startswith("https:"),
    subscribes=True,
    demand=lambda _topic, body: msgspec.json.decode(body, type=Demand),
)


def knock(
    desk: Desk, connection: str = BLUE, shop: str = "", secret: str = SECRET, **said: Any
) -> None:
    """A webhook as it comes in, a moment after whatever was before."""
    desk.clock.pass_(milliseconds=1)
    values = {"key": "k1", "kind": "order", "topic": "order.updated", "ref": "o1", **said}
    headers = {"signature": secret, "shop": shop}
    request = Request(headers=headers, query=(), body=msgspec.json.encode(values))
    intake.receive(desk.services, "pretend", connection, request)


def listed(desk: Desk) -> list[DeliveryRow]:
    with desk.services.database.reading() as connection:
        return rows.recent(desk.scope, connection, 1000)


def waiting(desk: Desk) -> None:
    """Works on everything that was woken, and on what that wakes."""
    while any(job[0] == "hear" for job in desk.woken):
        job = desk.woken.pop(0)
        if job[0] == "hear":
            hear.process(desk.services, desk.scope, job[2])
        else:
            desk.woken.append(job)


def known_order(desk: Desk, ref: str) -> str | None:
    """The note of an order in the mirror, None if it is not there or is gone."""
    statement = orders.select().where(
        orders.c.workspace_id == desk.scope.workspace_id,
        orders.c.connection_id == BLUE,
        orders.c.ref == ref,
        orders.c.deleted.is_(False),
    )
    with desk.services.database.reading() as connection:
        row = connection.execute(statement).first()
    return None if row is None else mirror.decode_order(row.doc).note
