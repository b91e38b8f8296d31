"""The state of one pretend shop: records that are replaced, never changed in place.

The real shop has no lock around a refund, so none spans a request here; `lock` only keeps a
single replacement whole when threads meet.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from .journal import Journal
from .records import ApiKey, Json, Records, Site

KINDS = (
    "orders", "refunds", "customers", "products", "notes", "webhooks", "coupons", "mails",
    "granted",
)  # fmt: skip
_OBJECTS = ("orders", "refunds", "products", "coupons")
_ITEM_LISTS = ("line_items", "shipping_lines", "tax_lines", "fee_lines", "coupon_lines")
RACE_SECONDS = 0.02

Clock = Callable[[], datetime]
Listener = Callable[[str, int, Json | None, Json | None], None]


def now() -> datetime:
    """The real time in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """`moment` as the server writes times: UTC, whole seconds, no zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


class Shop:
    """Records by kind and id, counters, settings. Readers get records that nobody changes."""

    def __init__(self, records: Records, *, state: Path | None = None, clock: Clock = now) -> None:
        self.site: Site = records.site
        self.users = dict(records.users)
        self.keys: tuple[ApiKey, ...] = records.keys
        self.gateways = {gateway.id: gateway for gateway in records.gateways}
        self.tax_rates = records.tax_rates
        self.clock = clock
        self.lock = threading.RLock()
        self.nonces: dict[tuple[str, str], int] = {}
        self._records: dict[str, dict[int, Json]] = {
            kind: {record["id"]: record for record in getattr(records, kind, ())} for kind in KINDS
        }
        self.listeners: list[Listener] = []
        self._journal = Journal(state)
        seen = self._replay()
        free = _first_free_ids(self._records, seen)
        self.counters = {name: max(at, records.next_ids.get(name, 0)) for name, at in free.items()}

    def between_check_and_save(self) -> None:
        """The moment in which the real shop, too, lets simultaneous refunds pass its check."""
        time.sleep(RACE_SECONDS)

    def stamp(self) -> str:
        return stamp(self.clock())

    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.timezone)

    def new_id(self, counter: str, count: int = 1) -> int:
        """The last of `count` fresh ids of a counter: object, item, meta, item_meta, user, note."""
        with self.lock:
            self.counters[counter] += count
            return self.counters[counter] - 1

    def get(self, kind: str, key: int) -> Json | None:
        return self._records[kind].get(key)

    def all(self, kind: str) -> list[Json]:
        with self.lock:
            return list(self._records[kind].values())

    def known_keys(self) -> tuple[ApiKey, ...]:
        """Those of the beginning, and those that the owner granted since."""
        return (*self.keys, *(_key(record) for record in self.all("granted")))

    def grant(self, **values: Any) -> Json:
        """A new key, as a record that outlives a restart."""
        record = {"id": self.new_id("key"), **values}
        self.put("granted", record)
        return record

    def put(self, kind: str, record: Json) -> None:
        with self.lock:
            before = self._records[kind].get(record["id"])
            self._records[kind][record["id"]] = record
            self._journal.write(kind, record["id"], record)
        for listener in self.listeners:
            listener(kind, record["id"], before, record)

    def drop(self, kind: str, key: int) -> None:
        with self.lock:
            before = self._records[kind].pop(key, None)
            self._journal.write(kind, key, None)
        for listener in self.listeners:
            listener(kind, key, before, None)

    def change(self, kind: str, key: int, alter: Callable[[Json], None]) -> Json | None:
        """Apply `alter` to a copy of a record and keep it; None if there is no such record."""
        with self.lock:
            record = self._records[kind].get(key)
            if record is None:
                return None
            fresh = deepcopy(record)
            alter(fresh)
            self.put(kind, fresh)
            return fresh

    def refunds_of(self, order_id: int) -> list[Json]:
        """Newest first, by id within a second."""
        found = [refund for refund in self.all("refunds") if refund["order_id"] == order_id]
        return sorted(found, key=lambda r: (r["date_created_gmt"], r["id"]), reverse=True)

    def _replay(self) -> list[int]:
        seen: list[int] = []
        for kind, key, record in self._journal.read():
            if kind in _OBJECTS:
                seen.append(key)
            if record is None:
                self._records[kind].pop(key, None)
            else:
                self._records[kind][key] = record
        return seen


def _key(record: Json) -> ApiKey:
    return ApiKey(**{name: value for name, value in record.items() if name != "id"})


def _first_free_ids(records: dict[str, dict[int, Json]], seen: Iterable[int]) -> dict[str, int]:
    documents = [*records["orders"].values(), *records["refunds"].values()]
    items = [item for doc in documents for name in _ITEM_LISTS for item in doc.get(name, [])]
    metas = [meta["id"] for doc in documents for meta in doc.get("meta_data", [])]
    item_metas = [meta["id"] for item in items for meta in item.get("meta_data", [])]
    objects = [key for kind in _OBJECTS for key in records[kind]]
    used = {
        "object": [*objects, *seen],
        "item": [item["id"] for item in items],
        "meta": metas,
        "item_meta": item_metas,
        "user": list(records["customers"]),
        "note": list(records["notes"]),
        "webhook": list(records["webhooks"]),
        "mail": list(records["mails"]),
        "key": list(records["granted"]),
    }
    return {name: max(ids, default=0) + 1 for name, ids in used.items()}
