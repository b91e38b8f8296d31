"""Records to be read by themselves, as if a webhook had told of them: those on a list of the shop
that cannot be read (where that fails too, one is parked and shown with its reason), and orders of a
customer who is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from plugin.db import deliveries as rows
from plugin.db import tombstones
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
    read_again(services, scope, connection, connection_id, KINDS[part], refs)


def bury_customer(
    services: Services, scope: Scope, connection: DbConnection, connection_id: str, ref: str,
    fetched_at: datetime,
) -> bool:  # fmt: skip
    """Nothing opens the customer any more. Whose their orders are now (a guest's, or those of the
    customer they were merged into) each order says when it is read again. False if somebody saw
    the customer later than that."""
    if not tombstones.bury_customer(scope, connection, connection_id, ref, fetched_at):
        return False
    held = tombstones.orders_of(scope, connection, connection_id, ref)
    read_again(services, scope, connection, connection_id, "order", held)
    return True


def read_again(
    services: Services, scope: Scope, connection: DbConnection, connection_id: str, kind: str,
    refs: Sequence[str],
) -> None:  # fmt: skip
    """As if a webhook had told of each."""
    now = services.clock()
    for ref in refs:
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
