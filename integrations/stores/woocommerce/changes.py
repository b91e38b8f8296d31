"""Lists by the time of the last change. The shop has no cursors: while records change they move
between pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TypedDict

import msgspec

from plugin.errors import NotFound
from plugin.ports.store import Part

from . import payloads
from .client import Listing, Query, WooClient, decoded, digits
from .payloads import CustomerPayload
from .reading import records
from .values import latest

_OVERLAP = 5
_MOST = "100"


class _Stamped(TypedDict):
    id: int
    date_created_gmt: str | None
    date_modified_gmt: str | None


_STAMPED = msgspec.json.Decoder(list[_Stamped])
_IDS = msgspec.json.Decoder(list[dict[str, object]])


def query_since(moment: datetime) -> Query:
    """Plain UTC without a zone: with a "Z" the shop converts a second time and misses hours. It
    lists what is strictly later."""
    before = moment.astimezone(UTC) - timedelta(seconds=1)
    return {"modified_after": f"{before:%Y-%m-%dT%H:%M:%S}", "dates_are_gmt": "true"}


def page(client: WooClient, path: str, moment: datetime, cursor: str | None, size: int) -> Listing:
    """Newest change first, so that what changes meanwhile pushes the rest back: it may come twice,
    but is not passed over. Pages overlap for the few that vanish."""
    query = {
        **query_since(moment),
        "orderby": "modified",
        "order": "desc",
        "per_page": str(size),
        "offset": digits(cursor or "") or "0",
    }
    return client.read(path, query, fresh=True)


def customers_since(
    client: WooClient, moment: datetime, cursor: str | None
) -> tuple[list[CustomerPayload], list[int], str | None]:
    """Accounts have no list by change (a filter on it is ignored). So all are walked by their ids
    with their stamps alone, a hundred a call, and only those that changed are read. Also the ids
    of those that cannot be, and the next cursor."""
    query = {
        "role": "all",
        "orderby": "id",
        "order": "asc",
        "per_page": _MOST,
        "offset": digits(cursor or "") or "0",
        "_fields": "id,date_created_gmt,date_modified_gmt",
    }
    stamped = decoded(_STAMPED, client.read("customers", query, fresh=True).body)
    changed = [str(one["id"]) for one in stamped if _stamp(one) >= moment]
    found: list[CustomerPayload] = []
    broken: list[int] = []
    if changed:
        wanted = {"role": "all", "include": ",".join(changed), "per_page": _MOST}
        body = client.read("customers", wanted, fresh=True).body
        found, broken = records(payloads.CUSTOMERS, body)
    return found, broken, following(cursor, len(stamped), int(_MOST))


def _stamp(account: _Stamped) -> datetime:
    return latest(account["date_modified_gmt"], account["date_created_gmt"])


def following(cursor: str | None, count: int, size: int) -> str | None:
    """The next cursor. A full page means that more may come."""
    return str(int(digits(cursor or "") or "0") + size - _OVERLAP) if count == size else None


def absent(client: WooClient, part: Part, refs: Sequence[str]) -> Sequence[str]:
    """What is in the trash is on no list."""
    wanted = [ref for ref in refs if digits(ref)][: int(_MOST)]
    if not wanted:
        return ()
    query = {"include": ",".join(wanted), "per_page": _MOST, "_fields": "id"}
    if part == "customers":
        query["role"] = "all"  # accounts of staff buy too
    found = decoded(_IDS, client.read(part, query, fresh=True).body)
    listed = {str(item.get("id")) for item in found}
    return [ref for ref in wanted if ref not in listed]


def orders_among(client: WooClient, refs: Sequence[str]) -> bytes:
    """One list of these, b"" if none of them can be an order; those in the trash are on none."""
    wanted = [ref for ref in refs if digits(ref)][: int(_MOST)]
    if not wanted:
        return b""
    query = {"include": ",".join(wanted), "per_page": _MOST}
    return client.read("orders", query, fresh=True).body


def record(client: WooClient, path: str, ref: str) -> bytes:
    """One customer or product as it is now. Raises NotFound("record_not_found")."""
    if not digits(ref):
        raise NotFound("record_not_found")
    try:
        return client.read(f"{path}/{ref}", fresh=True).body
    except NotFound as error:
        raise NotFound("record_not_found") from error
