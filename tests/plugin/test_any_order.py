"""The whole of hearing, played in any order: shops change between two readings and while they
answer, deliveries come twice, late, mixed up or never, two workers meet, workers die. When all is
worked off and the shop was asked once, the mirror is what the shop holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from plugin import log
from plugin.actions import hear, reconcile
from plugin.db import deliveries as rows
from plugin.db import mirror
from plugin.db.tables import (
    contact_points,
    customers,
    deliveries,
    orders,
    periodic,
    product_terms,
    products,
    reconciliations,
    record_claims,
)
from plugin.domain.orders import Order
from plugin.domain.people import Customer
from plugin.domain.products import Product
from plugin.errors import Unreachable
from tests.builders import a_customer, an_order
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.hearing import BLUE, knock

T = TypeVar("T")
Step = tuple[Any, ...]
RECORDS = (("order", "o1"), ("order", "o2"), ("customer", "c1"), ("product", "p1"))


class Killed(BaseException):
    """SIGKILL: nothing of ours catches it."""


@dataclass
class SlowShop(FakeShop):
    """`answering` runs when a record was read and its answer is under way."""

    answering: Callable[[], None] = lambda: None

    def order(self, ref: str) -> Order:
        return self._late(lambda: FakeShop.order(self, ref))

    def orders_among(self, refs: Sequence[str]) -> Sequence[Order]:
        return self._late(lambda: FakeShop.orders_among(self, refs))

    def customer(self, ref: str) -> Customer:
        return self._late(lambda: FakeShop.customer(self, ref))

    def product(self, ref: str) -> Product:
        return self._late(lambda: FakeShop.product(self, ref))

    def _late(self, read: Callable[[], T]) -> T:
        try:
            return read()
        finally:
            self.answering()


@dataclass
class Play:
    """One example: the shop, and all it ever sent."""

    desk: Desk
    shop: SlowShop
    sent: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0

    def run(self, script: list[Step]) -> None:
        for name, *what in script:
            self.desk.clock.pass_(milliseconds=200)
            getattr(self, name)(*what)

    def change(self, record: tuple[str, str], *, told: bool = True) -> None:
        kind, ref = record
        self.count += 1
        stamp = self.desk.clock().replace(microsecond=0)  # shops stamp whole seconds
        known = self._held(kind)
        made = known.get(ref) or {
            "order": an_order, "customer": a_customer, "product": a_product
        }[kind](ref)  # fmt: skip
        named = {"title" if kind == "product" else "note": f"v{self.count}"}
        known[ref] = replace(made, updated_at=stamp, **named)
        if told:
            self._tell(kind, ref, deleted=False)

    def remove(self, record: tuple[str, str]) -> None:
        kind, ref = record
        if self._held(kind).pop(ref, None):
            self._tell(kind, ref, deleted=True)

    def lose(self, record: tuple[str, str]) -> None:
        """A change that no webhook tells."""
        self.change(record, told=False)

    def lose_removal(self) -> None:
        self.shop.orders.pop("o1", None)

    def repeat(self, number: int) -> None:
        if self.sent:
            knock(self.desk, **self.sent[number % len(self.sent)])

    def work(self, number: int, before: list[Step], during: list[Step]) -> None:
        """One job of those that wait, in whatever order; `before` happens while it is on its way
        to the shop, `during` while the answer is on its way back."""
        jobs = [job for job in self.desk.woken if job[0] == "hear"]
        if not jobs:
            return
        job = jobs[number % len(jobs)]
        self.desk.woken.remove(job)
        self.shop.reading = self._once("reading", before)
        self.shop.answering = self._once("answering", during)
        try:
            hear.process(self.desk.services, self.desk.scope, job[2])
        except Killed:
            pass
        finally:
            self.shop.reading = self.shop.answering = lambda: None

    def kill(self) -> None:
        raise Killed

    def fail(self) -> None:
        raise Unreachable("shop_unreachable")

    def wait(self) -> None:
        """Longer than any lease."""
        self.desk.clock.pass_(minutes=2)
        hear.sweep(self.desk.services)

    def end(self) -> None:
        """Everything is worked off, the shop is asked, and what that wakes is worked off."""
        for _ in range(2):
            while self._waits():
                self.desk.clock.pass_(minutes=11)
                hear.sweep(self.desk.services)
                while any(job[0] == "hear" for job in self.desk.woken):
                    self.work(0, [], [])
            self.desk.clock.pass_(minutes=11)
            reconcile.reconcile(self.desk.services, self.desk.scope, BLUE)

    def _once(self, name: str, script: list[Step]) -> Callable[[], None]:
        def run() -> None:
            setattr(self.shop, name, lambda: None)
            self.run(script)

        return run

    def _waits(self) -> bool:
        with self.desk.services.database.reading() as connection:
            return "waiting" in rows.counts(self.desk.scope, connection, BLUE)

    def _held(self, kind: str) -> dict[str, Any]:
        known: dict[str, dict[str, Any]] = {
            "order": self.shop.orders, "customer": self.shop.customers,
            "product": self.shop.products,
        }  # fmt: skip
        return known[kind]

    def _tell(self, kind: str, ref: str, *, deleted: bool) -> None:
        said = {"key": f"k{len(self.sent)}", "kind": kind, "ref": ref, "deleted": deleted}
        self.sent.append(said)
        knock(self.desk, **said)


def a_product(ref: str) -> Product:
    return Product(ref=ref, title="", updated_at=an_order().updated_at)


record = st.sampled_from(RECORDS)
number = st.integers(0, 7)
simple: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("change"), record),
    st.tuples(st.just("remove"), record),
    st.tuples(st.just("lose"), record),
    st.just(("lose_removal",)),
    st.tuples(st.just("repeat"), number),
)
inner = st.lists(
    st.one_of(
        simple,
        st.tuples(st.just("work"), number, st.just([]), st.just([])),
        st.sampled_from([("kill",), ("fail",)]),
    ),
    max_size=3,
)
steps = st.lists(
    st.one_of(simple, st.tuples(st.just("work"), number, inner, inner), st.just(("wait",))),
    max_size=25,
)


def an_empty(desk: Desk) -> Play:
    """The desk's database serves one example after the other."""
    desk.woken.clear()
    with desk.services.database.writing() as connection:
        for table in (deliveries, record_claims, reconciliations, orders, customers, products,
                      contact_points, product_terms):  # fmt: skip
            here = table.c.workspace_id == desk.scope.workspace_id
            connection.execute(delete(table).where(here))
        connection.execute(delete(periodic))
    play = Play(desk, SlowShop(now=desk.clock))
    desk.stores[BLUE] = play.shop
    return play


def mirrored(desk: Desk) -> dict[str, Any]:
    known = (
        (orders, mirror.decode_order), (customers, mirror.decode_customer),
        (products, mirror.decode_product),
    )  # fmt: skip
    found: dict[str, Any] = {}
    with desk.services.database.reading() as connection:
        for table, decode in known:
            alive = (
                table.c.workspace_id == desk.scope.workspace_id, table.c.connection_id == BLUE,
                table.c.deleted.is_(False),
            )  # fmt: skip
            statement = select(table.c.ref, table.c.doc).where(*alive)
            found |= {row.ref: decode(row.doc) for row in connection.execute(statement)}
    return found


@given(script=steps)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_mirror_ends_as_the_shop(desk: Desk, script: list[Step]) -> None:
    log.set_up("critical")
    reconcile.announce(desk.services, desk.scope, BLUE, "pretend", "blue.example")
    play = an_empty(desk)

    play.run(script)
    play.end()

    assert mirrored(desk) == {**play.shop.orders, **play.shop.customers, **play.shop.products}
