"""Orders that were told about together are read together; what goes wrong is looked at alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from plugin import log
from plugin.actions import hear, hear_many, reconcile
from plugin.db import connections as installed
from plugin.db.session import Scope
from plugin.domain.orders import Order
from plugin.errors import BadAnswer, Unreachable
from tests.builders import an_order
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.hearing import BLUE, knock, known_order, listed, waiting

REFS = ("o1", "o2", "o3", "o4")


class Till(FakeShop):
    """Remembers how it was asked; `broken` orders cannot be read."""

    alone: list[str]
    together: list[list[str]]
    broken: Exception | None = None

    def order(self, ref: str) -> Order:
        self.alone.append(ref)
        self._read([ref])
        return super().order(ref)

    def orders_among(self, refs: Sequence[str]) -> Sequence[Order]:
        self.together.append(list(refs))
        self._read(refs)
        return super().orders_among(refs)

    def _read(self, refs: Sequence[str]) -> None:
        if self.broken is not None and "o2" in refs:
            raise self.broken


@pytest.fixture
def till(desk: Desk) -> Till:
    log.set_up("critical")  # a traceback drawn for a terminal takes seconds
    reconcile.announce(desk.services, desk.scope, BLUE, "pretend", "blue.example")
    made = Till(now=desk.clock)
    made.alone, made.together = [], []
    made.holds(*(an_order(ref, note="now") for ref in REFS))
    desk.stores[BLUE] = made
    for ref in REFS:
        knock(desk, key=f"k{ref}", ref=ref)
    return made


def known(desk: Desk) -> list[str | None]:
    return [known_order(desk, ref) for ref in REFS]


def test_one_reading_and_one_wake_are_enough(desk: Desk, till: Till) -> None:
    del desk.woken[1:]

    waiting(desk)

    assert known(desk) == ["now"] * 4
    assert (till.together, till.alone) == ([list(REFS)], [])
    assert {row.state for row in listed(desk)} == {"done"}


def test_one_that_no_list_has_is_asked_for_alone_and_buried(desk: Desk, till: Till) -> None:
    del till.orders["o3"]

    waiting(desk)

    assert known(desk) == ["now", "now", None, "now"]
    assert till.alone == ["o3"]
    assert {row.state for row in listed(desk)} == {"done"}


@pytest.mark.parametrize("error", [BadAnswer("bad_answer"), KeyError("poison")])
def test_one_that_breaks_its_reader_keeps_nobody_else(
    desk: Desk, till: Till, error: Exception
) -> None:
    till.broken = error

    waiting(desk)

    assert known(desk) == ["now", None, "now", "now"]
    (left,) = (row for row in listed(desk) if row.state != "done")
    assert (left.ref, left.state) == ("o2", "waiting")
    assert left.code == (error.code if isinstance(error, BadAnswer) else "internal")


def test_a_shop_that_is_away_is_named_and_waited_for(desk: Desk, till: Till) -> None:
    till.broken = Unreachable("shop_unreachable")
    del desk.woken[1:]

    waiting(desk)

    assert {(row.state, row.code) for row in listed(desk)} == {("waiting", "shop_unreachable")}
    with desk.services.database.reading() as connection:
        row = installed.connection_row(desk.scope, connection, BLUE)
    assert row is not None
    assert row.failure_code == "shop_unreachable"

    till.broken = None
    desk.clock.pass_(minutes=15)
    hear.sweep(desk.services)
    waiting(desk)

    assert known(desk) == ["now"] * 4


def test_many_more_than_fit_are_read_in_turns(
    desk: Desk, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hear_many, "AT_A_TIME", 2)
    monkeypatch.setattr(hear_many, "ROUNDS", 1)
    del desk.woken[1:]

    waiting(desk)

    assert known(desk) == ["now"] * 4
    assert [len(some) for some in till.together] == [2, 2]


def test_another_workspace_is_not_touched(desk: Desk, till: Till) -> None:
    hear.process(desk.services, Scope("ws_other"), listed(desk)[0].id)

    assert {row.state for row in listed(desk)} == {"waiting"}
