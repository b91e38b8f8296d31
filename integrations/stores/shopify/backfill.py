"""Backfill by exports: start one, wait for it, read its file.

The cursor holds the ids of the exports and how far their files were read; a file is the same each
time it is fetched, so a place in it stays good. Only a handful of points are spent, and none while
people need them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

import msgspec

from integrations.unread import each
from plugin.errors import NotReady, SetupError, Unreachable
from plugin.ports.store import Batch, Part

from . import exports, mapping_bulk
from .client import Bucket, ShopifyClient
from .exports import QUERIES, Export
from .orders import readable
from .spool import Spool
from .values import ref

AT_ONCE = 200
_TIMEOUT = (5.0, 60.0)
_FIRST_WAIT, _LONGEST_WAIT = 2.0, 30.0
_BUSY_WAIT = 60.0
_GONE = (400, 401, 403, 404, 410)

Steps = Generator[Batch, None, None]


class Place(msgspec.Struct, omit_defaults=True):
    """Where a part is. `at` is the place in the first file from which records are still to come."""

    exports: list[str]
    currency: str = ""
    estimated: int | None = None
    looks: int = 0
    at: int = 0

    def cursor(self) -> str:
        return msgspec.json.encode(self).decode()


class Backfill:
    """Of one shop. `admin` is the start of an order's page in its admin, empty if unknown."""

    def __init__(self, client: ShopifyClient, admin: str) -> None:
        self._client = client
        self._admin = admin

    def steps(self, part: Part, cursor: str) -> Steps:
        """See plugin.ports.store."""
        place = _place(cursor, part)
        if place is None:
            begun = self._begin(part)
            yield begun
            place = _place(begun.cursor, part)
            if place is None:
                return
        found = [exports.look(self._client, export_id) for export_id in place.exports]
        states = {export.state for export in found}
        if states == {"ready"}:
            yield from self._read(part, place, found)
        elif states & {"denied", "failed", "lost"}:
            yield Batch(cursor="", estimated=place.estimated)
            _complain(found)
        else:
            yield _look_again(place, found)

    def _begin(self, part: Part) -> Batch:
        outlook = exports.outlook(self._client, part)
        needed = _until_half(outlook.bucket)
        if needed:
            return Batch(cursor="", estimated=outlook.count, wait_seconds=needed,
                         reason="agents_first")  # fmt: skip
        started: list[str] = []
        for name in QUERIES[part]:
            export_id = exports.start(self._client, name, outlook.running)
            if not export_id:
                return Batch(cursor="", estimated=outlook.count, wait_seconds=_BUSY_WAIT,
                             reason="shop_exports_busy")  # fmt: skip
            started.append(export_id)
        place = Place(started, currency=outlook.currency, estimated=outlook.count)
        return Batch(cursor=place.cursor(), estimated=place.estimated)

    def _read(self, part: Part, place: Place, found: Sequence[Export]) -> Steps:
        with Spool(sum(export.size for export in found)) as spool:
            for position, export in enumerate(found):
                if export.url:
                    yield from self._fetch(spool, export, place, first=position == 0)
            spool.ready()
            yield from self._records(part, place, spool)

    def _fetch(self, spool: Spool, export: Export, place: Place, *, first: bool) -> Steps:
        """A file onto the disk, with signs of life."""
        with self._client.download(export.url, timeout=_TIMEOUT) as download:
            if download.status in _GONE:
                yield Batch(cursor="", estimated=place.estimated)
                raise NotReady("shop_export_lost")
            if download.status != 200:
                raise Unreachable("shop_unreachable", status=download.status)
            for _ in spool.fill(download.pieces, roots=first):
                yield Batch(cursor=place.cursor(), estimated=place.estimated)

    def _records(self, part: Part, place: Place, spool: Spool) -> Steps:
        while True:
            roots = spool.roots(place.at, AT_ONCE)
            if not roots:
                yield Batch(cursor=place.cursor(), finished=True, snapshot=True)
                return
            with readable():
                items, unread = self._mapped(
                    part, [line for _, line in roots], spool, place.currency
                )
            place.at = roots[-1][0] + 1
            yield Batch(
                cursor=place.cursor(), items=items, estimated=place.estimated, snapshot=True,
                unread=unread,
            )  # fmt: skip

    def _mapped(
        self, part: Part, roots: Sequence[bytes], spool: Spool, currency: str
    ) -> tuple[Sequence[Any], list[str]]:
        """Also the refs of those that cannot be read."""
        if part == "customers":
            return each(roots, _readably(mapping_bulk.customer), lambda line: ref(_id(line)))
        ids = [_id(line) for line in roots]
        families = spool.children(ids)
        of = [(line, families.get(key, [])) for line, key in zip(roots, ids, strict=True)]
        read = _readably(lambda family: mapping_bulk.order(family[0], family[1], self._admin))
        if part == "products":
            wanted = mapping_bulk.item_ids(line for _, variants in of for line in variants)
            levels = spool.children(wanted)
            read = _readably(
                lambda family: mapping_bulk.product(family[0], family[1], levels, currency)
            )
        return each(of, read, lambda family: ref(_id(family[0])))


def _readably(mapped: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read(lines: Any) -> Any:
        with readable():
            return mapped(lines)

    return read


def _id(line: bytes) -> str:
    head: str = msgspec.json.decode(line, type=_Id).id
    return head


class _Id(msgspec.Struct):
    id: str


def _place(cursor: str, part: Part) -> Place | None:
    """None for the beginning, and for what an older release left."""
    try:
        place = msgspec.json.decode(cursor, type=Place) if cursor else None
    except msgspec.MsgspecError:
        return None
    return place if place is not None and len(place.exports) == len(QUERIES[part]) else None


def _look_again(place: Place, found: Sequence[Export]) -> Batch:
    """Its end is also told by a webhook, so looks may become rare."""
    wait = min(_LONGEST_WAIT, _FIRST_WAIT * 1.5**place.looks)
    place.looks = min(place.looks + 1, 10)
    spared = max((_until_half(export.bucket) for export in found), default=0.0)
    return Batch(
        cursor=place.cursor(), estimated=place.estimated, wait_seconds=max(wait, spared),
        reason="shop_exporting",
    )  # fmt: skip


def _complain(found: Sequence[Export]) -> None:
    """Raises SetupError where a person must act, else NotReady."""
    states = {export.state for export in found}
    if "denied" in states:
        raise SetupError("shop_export_denied")
    if "failed" in states:
        cause = next(export.cause for export in found if export.state == "failed")
        raise NotReady("shop_export_failed", cause=cause)
    raise NotReady("shop_export_lost")


def _until_half(bucket: Bucket | None) -> float:
    return bucket.seconds_until(bucket.maximum / 2) if bucket else 0.0
