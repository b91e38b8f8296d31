"""Backfill by pages that stay right while records move.

Lists are asked by id, oldest first: what is new joins at the end. What goes (to the trash, or for
good) pulls the rest forward, so that the next page would begin too late. Therefore every page
reaches back over the end of the one before, and where it does not meet the last record seen, or one
before it, it is asked for further back. Only records after the last one seen are taken, so nothing
comes twice. One request at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

import msgspec

from plugin.ports.store import Batch

from .client import Listing, WooClient

_OVERLAP = 3

Items = Callable[[Listing, int], tuple[Sequence[int], Sequence[Any], Sequence[str]]]
"""From a page: the ids of all its records; those after the given id, mapped; and of those the ids
that could not be read."""


class Place(msgspec.Struct):
    """`offset` of the next page without its overlap, `last` id seen."""

    offset: int = 0
    last: int = 0

    def cursor(self) -> str:
        return msgspec.json.encode(self).decode()


def steps(
    client: WooClient, path: str, size: int, cursor: str, items: Items
) -> Generator[Batch, None, None]:
    """A page a step."""
    place = _place(cursor)
    while True:
        start, listing, ids, found, unread = _page(client, path, size, place, items)
        if not ids or (ids[-1] <= place.last and len(ids) < size):
            yield Batch(cursor=place.cursor(), finished=True, estimated=listing.total)
            return
        # a whole page of older ones: so many came back from the trash before our place
        place = Place(offset=start + len(ids), last=max(place.last, ids[-1]))
        yield Batch(cursor=place.cursor(), items=found, estimated=listing.total, unread=unread)


def _page(
    client: WooClient, path: str, size: int, place: Place, items: Items
) -> tuple[int, Listing, Sequence[int], Sequence[Any], Sequence[str]]:
    """The first page that joins on to the last record seen."""
    start = max(0, place.offset - _OVERLAP)
    while True:
        query = {
            "orderby": "id",
            "order": "asc",
            "per_page": str(size),
            "offset": str(start),
            **({"role": "all"} if path == "customers" else {}),
        }
        listing = client.read(path, query, fresh=True)
        ids, found, unread = items(listing, place.last)
        joins = bool(ids) and ids[0] <= place.last
        if start == 0 or joins:
            return start, listing, ids, found, unread
        start = max(0, start - size + _OVERLAP)


def _place(cursor: str) -> Place:
    """The beginning, also for what an older release left: what is there already is met again."""
    try:
        return msgspec.json.decode(cursor, type=Place) if cursor else Place()
    except msgspec.MsgspecError:
        return Place()
