"""Records on a list of the shop that cannot be read: each is set aside as if a webhook had told of
it. So it is read by itself, and where that fails too it is parked and shown with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from plugin.db import deliveries as rows
from plugin.db.session import DbConnection, Scope
from plugin.errors import BadAnswer
from plugin.ports.store import Part
from plugin.services import Services

ALWAYS = 3
KINDS: Mapping[Part, str] = {"customers": "customer", "orders": "order", "products": "product"}


def set_aside(
    services: Services, scope: Scope, connection: DbConnection, connection_id: str, part: Part,
    refs: Sequence[str], read: int,
) -> None:  # fmt: skip
    """In the transaction that goes past them. Raises BadAnswer where more cannot be read than
    can: then it is the shop's answer that is wrong, not a record."""
    if len(refs) > max(ALWAYS, read):
        raise BadAnswer("bad_answer", cause="unread")
    now = services.clock()
    for ref in refs:
        kind = KINDS[part]
        values = {
            "id": rows.delivery_id(connection_id, f"{rows.UNREAD}\0{kind}\0{ref}"),
            "connection_id": connection_id,
            "kind": kind,
            "ref": ref[:255],
            "topic": rows.UNREAD,
            "deleted": False,
            "state": "waiting",
            "code": "",
            "attempts": 0,
            "body": None,
            "triggered_at": None,
            "received_at": now,
            "due": now,
        }
        if not rows.store(scope, connection, values):
            rows.once_more(scope, connection, str(values["id"]), now)
