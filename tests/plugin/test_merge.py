"""Whatever the order, repetition, loss and delay of deliveries, while the shop changes between
two readings and answers late: the mirror ends in the shop's last state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event

from plugin.actions.records import save_orders
from plugin.db import connections as installed
from plugin.db import tombstones
from plugin.db.mirror import decode_order
from plugin.db.session import Database, Scope
from plugin.db.tables import contact_points, metadata, orders
from plugin.domain.orders import Order
from tests.builders import NOON, an_order
from tests.plugin.conftest import forget_about_power_cuts

SCOPE = Scope("ws_1")
SHOP = "co_1"
REFS = ("o1", "o2")


@dataclass
class Answer:
    """What the shop said to a reading that began at `asked_at`; None = there is none."""

    ref: str
    asked_at: datetime
    order: Order | None


@dataclass
class World:
    """A shop whose stamps are whole seconds, and readings whose answers lie about."""

    now: datetime = NOON
    held: dict[str, Order] = field(default_factory=dict)
    asked: list[tuple[str, datetime]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    count: int = 0

    def tick(self) -> None:
        self.now += timedelta(milliseconds=200)

    def change(self, ref: str) -> None:
        self.count += 1
        stamp = self.now.replace(microsecond=0)
        old = self.held.get(ref) or an_order(ref)
        self.held[ref] = replace(old, note=f"v{self.count}", updated_at=stamp)

    def remove(self, ref: str) -> None:
        self.held.pop(ref, None)

    def ask(self, ref: str) -> None:
        self.asked.append((ref, self.now))

    def answer(self, number: int) -> None:
        """The shop reads its record now, for a question asked earlier."""
        if self.asked:
            ref, asked_at = self.asked.pop(number % len(self.asked))
            self.answers.append(Answer(ref, asked_at, self.held.get(ref)))


steps = st.lists(
    st.one_of(
        st.tuples(st.just("change"), st.sampled_from(REFS)),
        st.tuples(st.just("remove"), st.sampled_from(REFS)),
        st.tuples(st.just("ask"), st.sampled_from(REFS)),
        st.tuples(st.just("answer"), st.integers(0, 9)),
        st.tuples(st.just("merge"), st.integers(0, 9)),
        st.tuples(st.just("repeat"), st.integers(0, 9)),
    ),
    max_size=40,
)


def merge(database: Database, answer: Answer) -> None:
    with database.writing() as connection:
        if answer.order is None:
            tombstones.bury_order(SCOPE, connection, SHOP, answer.ref, answer.asked_at)
        else:
            save_orders(SCOPE, connection, SHOP, [answer.order], "ES", answer.asked_at)


def mirrored(database: Database) -> dict[str, str]:
    statement = orders.select().where(
        orders.c.workspace_id == SCOPE.workspace_id, orders.c.deleted.is_(False)
    )
    with database.reading() as connection:
        return {row.ref: decode_order(row.doc).note for row in connection.execute(statement)}


class Mirrors:
    """One empty mirror after the other."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        event.listen(self.database.engine, "connect", forget_about_power_cuts)
        metadata.create_all(self.database.engine)
        with self.database.writing() as connection:
            workspace = {"name": "P", "own_domains": [], "created_at": NOON}
            installed.add_workspace(SCOPE, connection, workspace)
            installed.add_connection(SCOPE, connection, {
                "id": SHOP, "platform": "pretend", "credentials": b"", "options": {}, "sync": {},
                "created_at": NOON,
            })  # fmt: skip

    def empty(self) -> Database:
        with self.database.writing() as connection:
            for table in (orders, contact_points):
                scoped = table.c.workspace_id == SCOPE.workspace_id
                connection.execute(delete(table).where(scoped))
        return self.database


def play(database: Database, script: list[tuple[str, Any]]) -> World:
    """Runs a script; what was asked, answered or not merged at its end comes in at last."""
    world, merged = World(), []
    for step, what in script:
        world.tick()
        if step in ("change", "remove", "ask", "answer"):
            getattr(world, step)(what)
        elif step == "merge" and world.answers:
            merged.append(world.answers.pop(what % len(world.answers)))
            merge(database, merged[-1])
        elif step == "repeat" and merged:
            merge(database, merged[what % len(merged)])
    _last_reading(database, world)
    while world.asked:
        world.answer(len(world.asked) - 1)
    for late in reversed(world.answers):
        merge(database, late)
    return world


def _last_reading(database: Database, world: World) -> None:
    """Every change makes a delivery or is found by asking, so one reading begins after it."""
    world.tick()
    for ref in REFS:
        merge(database, Answer(ref, world.now, world.held.get(ref)))


@pytest.fixture(scope="module")
def mirrors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mirrors]:
    mirrors = Mirrors(f"sqlite:///{tmp_path_factory.mktemp('merge')}/mirror.sqlite3")
    yield mirrors
    mirrors.database.close()


@given(script=steps)
@settings(max_examples=150)
def test_any_order_repetition_and_delay_ends_in_the_last_state(
    mirrors: Mirrors, script: Any
) -> None:
    database = mirrors.empty()

    world = play(database, script)

    assert mirrored(database) == {ref: order.note for ref, order in world.held.items()}
