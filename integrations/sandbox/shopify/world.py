"""The pretend shop's memory: the seed, and the refunds made since.

A refund is committed by one line, flushed to the disk, in `shopify.jsonl` of the state folder;
what follows from it (states, stock, remaining amounts) is computed. A line cut short by a kill
was never committed and is dropped at the next start.
"""

from __future__ import annotations

import json
import os
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from integrations.sandbox.seed.shapes import (
    TIENDA_AZUL,
    Line,
    Location,
    Order,
    Person,
    Product,
    Seed,
    Variant,
)

from .amounts import ZERO
from .book import Book
from .kept import Kept, ordered, patched, plain
from .records import RefundedLine, RefundRecord, RefundTransaction, from_json, to_json

_FIRST_NEW_ID = 900_000_001


class World:
    """Everything the shop knows. Reading needs no lock: records are immutable and replaced."""

    def __init__(self, seed: Seed, state: Path | None = None) -> None:
        self.seed = seed
        self._lock = threading.Lock()
        self._order_locks: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)
        self._next_id = _FIRST_NEW_ID
        self._refunds: dict[int, tuple[RefundRecord, ...]] = {}
        self._restocked: dict[tuple[int, int], int] = {}
        self.keys: dict[str, dict[str, Any]] = {}
        self.kept = Kept()
        self.listeners: list[Callable[[str, int], None]] = []
        for order in seed.shopify_orders:
            self._refunds[order.id] = tuple(_seeded(order))
        self._journal = None if state is None else state / "shopify.jsonl"
        self._load()

    # -- what is there

    @cached_property
    def orders(self) -> dict[int, Order]:
        return {order.id: order for order in self.seed.shopify_orders}

    @cached_property
    def customers(self) -> dict[int, Person]:
        return {person.id: person for person in self.seed.people if TIENDA_AZUL in person.accounts}

    @cached_property
    def products(self) -> dict[int, Product]:
        return {item.id: item for item in self.seed.products if item.shop == TIENDA_AZUL}

    @cached_property
    def variants(self) -> dict[int, tuple[Product, Variant]]:
        items = self.products.values()
        return {variant.id: (item, variant) for item in items for variant in item.variants}

    @cached_property
    def locations(self) -> dict[int, Location]:
        return {place.id: place for place in self.seed.locations if place.shop == TIENDA_AZUL}

    @cached_property
    def orders_by_person(self) -> Mapping[str, tuple[Order, ...]]:
        found: defaultdict[str, list[Order]] = defaultdict(list)
        for order in self.orders.values():
            if not order.guest:
                found[order.person].append(order)
        return {key: tuple(orders) for key, orders in found.items()}

    def location(self, key: str) -> Location | None:
        return next((place for place in self.locations.values() if place.key == key), None)

    def book(self, order_id: int) -> Book | None:
        order = self.orders.get(order_id)
        return None if order is None else Book(order=order, refunds=self._refunds[order_id])

    def books(self) -> Iterable[Book]:
        there = list(self.orders.values())  # as one of them may go meanwhile
        return (Book(order=item, refunds=self._refunds[item.id]) for item in there)

    def record(self, order_id: int) -> dict[str, Any]:
        """An order in plain values, with its marks and holds."""
        mine = [item for kind in ("mark", "hold", "cancel") for item in self.kept.all(kind)]
        beside = [item for item in mine if item["order"] == order_id]
        return {**plain(self.orders[order_id]), "beside": beside}

    def all_of(self, kind: str) -> list[Any]:
        """Records of a kind in plain values; "orders" too."""
        if kind == "orders":
            return [plain(order) for order in self.orders.values()]
        return self.kept.all(kind)

    def refund(self, refund_id: int) -> RefundRecord | None:
        refunds = (item for items in self._refunds.values() for item in items)
        return next((item for item in refunds if item.id == refund_id), None)

    def available(self, variant: Variant, place: Location) -> int:
        """Units for sale at one place, refunds that restocked them included."""
        return variant.stock.get(place.key, 0) + self._restocked.get((variant.id, place.id), 0)

    def places_of(self, variant: Variant) -> list[Location]:
        return [place for place in self.locations.values() if place.key in variant.stock]

    @property
    def accounts(self) -> str:
        """Which customer accounts the shop has."""
        chosen = self.kept.get("setting", "accounts")
        return str(chosen["version"]) if chosen else "NEW_CUSTOMER_ACCOUNTS"

    # -- what changes

    def order_lock(self, order_id: int) -> threading.Lock:
        """Held while a refund of this order is decided: the shop does one at a time."""
        with self._lock:
            return self._order_locks[order_id]

    def new_id(self) -> int:
        with self._lock:
            self._next_id += 1
            return self._next_id

    def now(self) -> datetime:
        """The present in whole seconds, as Shopify stamps it."""
        return datetime.now(UTC).replace(microsecond=0)

    def commit(self, record: RefundRecord, key: str = "", answered: Any = None) -> None:
        """Makes a refund true, and with it the answer kept under its idempotency key."""
        line: dict[str, Any] = {"refund": to_json(record)}
        if key:
            line |= {"key": key, "answered": answered}
        with self._lock:
            self._write(line)
            self._apply(line)
        self._tell(record.order_id, "refunds/create", "orders/updated")

    def write_note(self, order_id: int, note: str) -> None:
        """Somebody in the admin writes on an order."""
        self.change_order(order_id, {"note": note})

    def change_order(self, order_id: int, changes: Mapping[str, Any], *topics: str) -> None:
        """Replaces fields of an order; `changes` are plain values by name."""
        line = {"order": order_id, "changes": dict(changes), "at": self.now().isoformat()}
        with self._lock:
            self._write(line)
            self._apply(line)
        self._tell(order_id, "orders/updated", *topics)

    def add_order(self, order: Order) -> None:
        """A new order; its goods are taken from the shelves."""
        line = {"new_order": plain(order)}
        with self._lock:
            self._write(line)
            self._apply(line)
        self._tell(order.id, "orders/create")

    def change_person(self, person_id: int, fields: Mapping[str, Any]) -> None:
        """Replaces fields of a customer."""
        line = {"person": person_id, "fields": dict(fields)}
        with self._lock:
            self._write(line)
            self._apply(line)

    def keep(self, kind: str, key: str, value: Any) -> None:
        """Keeps a record beside the orders; None forgets it."""
        line = {"kind": kind, "key": key, "value": value}
        with self._lock:
            self._write(line)
            self._apply(line)

    def remove(self, key: int, kind: str = "orders") -> None:
        """An order, a customer or a product is deleted for good."""
        line = {"gone": key, "of": kind}
        with self._lock:
            self._write(line)
            self._apply(line)
        self._tell(key, f"{kind}/delete")

    def merge(self, kept: int, lost: int) -> None:
        """Two customers become one: the orders of the lost one are the other's, and say nothing."""
        persons = self.customers[kept].key, self.customers[lost].key
        orders = [item for item in self.orders.values() if item.person == persons[1]]
        lines: list[dict[str, Any]] = [
            {"order": item.id, "changes": {"person": persons[0]}, "at": item.updated_at.isoformat()}
            for item in orders
        ]
        with self._lock:
            for line in (*lines, {"gone": lost, "of": "customers"}):
                self._write(line)
                self._apply(line)
            self.__dict__.pop("orders_by_person", None)

    def _tell(self, order_id: int, *topics: str) -> None:
        for listener in self.listeners:
            for topic in topics:
                listener(topic, order_id)

    def remember(self, key: str, answered: Any) -> None:
        """Keeps the answer of a mutation that changed nothing."""
        with self._lock:
            line = {"key": key, "answered": answered}
            self._write(line)
            self._apply(line)

    def _apply(self, line: Mapping[str, Any]) -> None:
        if "refund" in line:
            self._apply_refund(from_json(line["refund"]))
        if "changes" in line:
            order = self.orders[line["order"]]
            at = max(datetime.fromisoformat(line["at"]), order.updated_at)
            self.orders[order.id] = replace(patched(order, line["changes"]), updated_at=at)
        if "new_order" in line:
            self._apply_order(ordered(line["new_order"]))
        if "person" in line:
            person = self.customers[line["person"]]
            self.customers[person.id] = patched(person, line["fields"])
        if "gone" in line:
            self._apply_gone(line["gone"], line.get("of", "orders"))
        if "kind" in line:
            self._next_id = max(self._next_id, self.kept.put(**line))
        elif "key" in line:
            self.keys[line["key"]] = line["answered"]

    def _apply_gone(self, key: int, kind: str) -> None:
        if kind == "orders":
            self.orders.pop(key, None)
        elif kind == "customers":
            self.customers.pop(key, None)
        elif self.products.pop(key, None):
            self.__dict__.pop("variants", None)

    def _apply_order(self, order: Order) -> None:
        ids = [item.id for item in order.lines]
        self._next_id = max(self._next_id, order.delivery.id, *ids)
        self.orders[order.id] = order
        self._refunds[order.id] = ()
        self.__dict__.pop("orders_by_person", None)
        for item in order.lines:
            _, variant = self.variants[item.variant_id]
            places = self.places_of(variant)
            if places:
                fullest = max(places, key=lambda place: self.available(variant, place))
                where = (variant.id, fullest.id)
                self._restocked[where] = self._restocked.get(where, 0) - item.quantity

    def _apply_refund(self, record: RefundRecord) -> None:
        ids = [record.id, *(item.id for item in record.transactions)]
        self._next_id = max(self._next_id, *ids)
        self._refunds[record.order_id] = (*self._refunds[record.order_id], record)
        for item in record.lines:
            line = _line(self.orders[record.order_id], item.line_id)
            if item.location_id and line is not None:
                where = (line.variant_id, item.location_id)
                self._restocked[where] = self._restocked.get(where, 0) + item.quantity

    # -- the file

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._journal is None:
            return
        with self._journal.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _load(self) -> None:
        if self._journal is None:
            return
        self._journal.parent.mkdir(parents=True, exist_ok=True)
        if not self._journal.exists():
            return
        content = self._journal.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) != len(content):
            self._journal.write_bytes(whole)
        for line in whole.splitlines():
            self._apply(json.loads(line))


def _line(order: Order, line_id: int) -> Line | None:
    return next((line for line in order.lines if line.id == line_id), None)


def _seeded(order: Order) -> Iterable[RefundRecord]:
    """The seed's refunds; their line totals come without tax, ours follow the order."""
    for refund in order.refunds:
        lines = tuple(
            RefundedLine(
                line_id=item.line_id,
                quantity=item.quantity,
                restock="RETURN" if item.restocked else "NO_RESTOCK",
                location_id=0,
                subtotal=item.total + item.tax if order.taxes_included else item.total,
                tax=item.tax,
            )
            for item in refund.lines
        )
        transaction = RefundTransaction(
            id=refund.id * 10 + 1,
            parent_id=refund.payment_id,
            status="SUCCESS",
            amount=refund.amount,
        )
        yield RefundRecord(
            id=refund.id,
            order_id=order.id,
            created_at=refund.created_at,
            note=refund.reason,
            lines=lines,
            shipping=ZERO,
            shipping_tax=ZERO,
            transactions=(transaction,),
        )
