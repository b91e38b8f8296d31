"""Lists by the time of the last change. The shop has no cursors: while records change they move
between pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from plugin.errors import NotFound, Unsupported

from .client import Listing, Query, WooClient, decoded, digits

_OVERLAP = 5
_MOST = "100"
_IDS = msgspec.json.Decoder(list[dict[str, object]])


def query_since(moment: datetime) -> Query:
    """Plain UTC without a zone: with a "Z" the shop converts a second time and misses hours. It
    lists what is strictly later."""
    before = moment.astimezone(UTC) - timedelta(seconds=1)
    return {"modified_after": f"{before:%Y-%m-%dT%H:%M:%S}", "dates_are_gmt": "true"}


def page(client: WooClient, path: str, moment: datetime, cursor: str | None, size: int) -> Listing:
    """Newest change first, so that what changes meanwhile pushes the rest back: it may come twice,
    but is not passed over. Pages overlap for the few that vanish. Raises
    Unsupported for customers."""
    if path == "customers":
        raise Unsupported("not_listed_by_change")
    query = {
        **query_since(moment),
        "orderby": "modified",
        "order": "desc",
        "per_page": str(size),
        "offset": digits(cursor or "") or "0",
    }
    return client.read(path, query, fresh=True)


def following(cursor: str | None, count: int, size: int) -> str | None:
    """The next cursor. A full page means that more may come."""
    return str(int(digits(cursor or "") or "0") + size - _OVERLAP) if count == size else None


def absent_orders(client: WooClient, refs: Sequence[str]) -> Sequence[str]:
    wanted = [ref for ref in refs if digits(ref)][: int(_MOST)]
    if not wanted:
        return ()
    query = {"include": ",".join(wanted), "per_page": _MOST, "_fields": "id"}
    found = decoded(_IDS, client.read("orders", query, fresh=True).body)
    listed = {str(item.get("id")) for item in found}
    return [ref for ref in wanted if ref not in listed]


def record(client: WooClient, path: str, ref: str) -> bytes:
    """One customer or product as it is now. Raises NotFound("record_not_found")."""
    if not digits(ref):
        raise NotFound("record_not_found")
    try:
        return client.read(f"{path}/{ref}", fresh=True).body
    except NotFound as error:
        raise NotFound("record_not_found") from error
