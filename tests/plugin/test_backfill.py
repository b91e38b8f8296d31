"""The backfill's own book: progress, waits, pauses, failures, and who goes first."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest

from plugin.actions import hear, sync
from plugin.actions.progress import Progress
from plugin.actions.reconcile import announce
from plugin.actions.shops import watched
from plugin.actions.sync import backfill, due_backfills, pause, resume
from plugin.db import calls, deliveries, reconciliations, tombstones
from plugin.db import connections as installed
from plugin.db.connections import ConnectionRow
from plugin.errors import (
    BadAnswer,
    GrantRevoked,
    MostradorError,
    NotFound,
    NotReady,
    RateLimited,
    SetupError,
    Unreachable,
)
from plugin.ports.courtesy import GaveWay, give_way
from plugin.ports.store import Batch, Part
from tests.builders import a_customer, an_order
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.hearing import knock, known_order, listed, waiting

BLUE = "co_blue"


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def full(desk: Desk) -> FakeShop:
    pages: list[Sequence[Any]] = [[an_order(f"o{page}{n}") for n in range(3)] for page in range(3)]
    shop = FakeShop(now=desk.clock, pages={"customers": [[a_customer()]], "orders": pages})
    desk.stores[BLUE] = shop
    return shop


def run(desk: Desk) -> None:
    backfill(desk.services, desk.scope, BLUE)


def look(desk: Desk) -> Progress:
    return sync.progress_of(desk.services, desk.scope, BLUE)


def row(desk: Desk) -> ConnectionRow:
    with desk.services.database.reading() as connection:
        found = installed.connection_row(desk.scope, connection, BLUE)
    assert found is not None
    return found


def arrived(desk: Desk) -> int:
    with desk.services.database.reading() as connection:
        return tombstones.number_of(desk.scope, connection, "orders", BLUE)


def scripted(shop: FakeShop, steps: dict[Part, list[Batch | Exception]]) -> list[tuple[str, str]]:
    """The shop's steps of some parts, said word for word; returns what was asked."""
    asked: list[tuple[str, str]] = []

    def say(part: Part, cursor: str) -> Generator[Batch, None, None]:
        asked.append((part, cursor))
        for step in steps.get(part) or [Batch(cursor="end", finished=True)]:
            if isinstance(step, Exception):
                raise step
            yield step

    shop.backfill = say  # type: ignore[method-assign]
    return asked


class TestUnread:
    def test_what_cannot_be_read_is_set_aside_and_the_rest_arrives(
        self, desk: Desk, full: FakeShop
    ) -> None:
        scripted(full, {"orders": [
            Batch(cursor="1", items=(an_order("o1"), an_order("o2")), unread=("o3",)),
            Batch(cursor="2", items=(an_order("o4"),), finished=True),
        ]})  # fmt: skip

        def unreadable() -> None:
            raise BadAnswer("bad_answer")

        run(desk)
        full.reading = unreadable
        for _ in range(hear.TRIES):
            hear.sweep(desk.services)
            waiting(desk)
            desk.clock.pass_(minutes=10)

        assert row(desk).sync_state == "done"
        assert arrived(desk) == 3
        (orders,) = [part for part in look(desk).parts if part.part == "orders"]
        assert (orders.done, orders.unread) == (3, 1)
        (aside,) = listed(desk)
        assert (aside.kind, aside.ref, aside.state) == ("order", "o3", "parked")
        assert aside.code == "bad_answer"
        with desk.services.database.reading() as connection:
            assert deliveries.last_received(desk.scope, connection, BLUE) is None

    def test_once_read_by_itself_it_is_there(self, desk: Desk, full: FakeShop) -> None:
        scripted(full, {"orders": [Batch(cursor="1", unread=("o3",), finished=True)]})
        full.holds(an_order("o3"))

        run(desk)
        hear.sweep(desk.services)
        waiting(desk)

        assert known_order(desk, "o3") == ""
        assert [item.state for item in listed(desk)] == ["done"]

    def test_a_shop_whose_answers_are_wrong_altogether_is_not_passed_over(
        self, desk: Desk, full: FakeShop
    ) -> None:
        lost = tuple(f"o{number}" for number in range(9))
        scripted(full, {"orders": [Batch(cursor="1", unread=lost, finished=True)]})

        run(desk)

        assert (look(desk).state, look(desk).reason) == ("waiting", "bad_answer")
        assert listed(desk) == []
        assert row(desk).sync.get("orders", {}).get("cursor", "") == ""

    def test_nor_one_with_far_too_many(
        self, desk: Desk, full: FakeShop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sync, "MOST_UNREAD", 1)
        scripted(full, {"orders": [
            Batch(cursor="1", items=(an_order("o1"),), unread=("o3",)),
            Batch(cursor="2", items=(an_order("o2"),), unread=("o4",), finished=True),
        ]})  # fmt: skip

        run(desk)

        assert look(desk).reason == "bad_answer"
        assert [item.ref for item in listed(desk)] == ["o3"]


class TestProgress:
    def test_every_part_tells_how_far_it_is(self, desk: Desk, full: FakeShop) -> None:
        def second() -> None:
            desk.clock.pass_(seconds=2)
            if full.asked[-1] == ("orders", "2"):
                raise Unreachable("shop_unreachable")

        full.reading = second
        run(desk)

        customers, orders, products = look(desk).parts
        assert (customers.done, customers.estimated, customers.finished) == (1, 1, True)
        assert (orders.done, orders.estimated, orders.finished) == (6, 9, False)
        assert orders.rate == pytest.approx(1.5)
        assert orders.remaining_seconds == 2
        assert orders.started_at is not None
        assert orders.step_at is not None
        assert orders.step_at - orders.started_at == timedelta(seconds=4)
        assert (products.done, products.estimated, products.rate) == (0, None, 0.0)

    def test_a_worker_that_is_silent_is_said_to_be(self, desk: Desk, full: FakeShop) -> None:
        def die() -> None:
            if full.asked[-1] == ("orders", "2"):
                raise Killed

        full.reading = die
        with pytest.raises(Killed):
            run(desk)
        assert (look(desk).state, look(desk).reason) == ("running", "")

        desk.clock.pass_(minutes=1, seconds=1)
        assert (look(desk).state, look(desk).reason) == ("running", "sync_silent")

    def test_before_anything_and_after_everything(self, desk: Desk, full: FakeShop) -> None:
        assert look(desk).state == "waiting"

        run(desk)

        assert look(desk).state == "done"
        assert [part.finished for part in look(desk).parts] == [True] * 3
        assert [part.remaining_seconds for part in look(desk).parts] == [0] * 3

    def test_a_shop_that_prepares_is_waited_for(self, desk: Desk, full: FakeShop) -> None:
        wait = Batch(cursor="a", wait_seconds=30, reason="shop_exporting", estimated=7)
        asked = scripted(full, {"customers": [wait]})
        run(desk)

        now = look(desk)
        assert (now.state, now.reason, now.tries) == ("waiting", "shop_exporting", 0)
        assert now.next_at == desk.clock() + timedelta(seconds=30)
        run(desk)
        assert asked == [("customers", "")]
        desk.clock.pass_(seconds=31)
        run(desk)
        assert asked[1] == ("customers", "a")

    def test_a_hint_ends_the_wait(self, desk: Desk, full: FakeShop) -> None:
        wait = Batch(cursor="a", wait_seconds=3000, reason="shop_exporting")
        asked = scripted(full, {"customers": [wait]})
        run(desk)
        desk.woken.clear()

        sync.nudge(desk.services, desk.scope, BLUE)

        assert desk.woken == [("backfill", desk.scope.workspace_id, BLUE)]
        run(desk)
        assert len(asked) == 2

    def test_the_shops_own_word_ends_the_wait(self, desk: Desk, full: FakeShop) -> None:
        wait = Batch(cursor="a", wait_seconds=3000, reason="shop_exporting")
        scripted(full, {"customers": [wait]})
        announce(desk.services, desk.scope, BLUE, "pretend", "")
        run(desk)
        desk.woken.clear()

        knock(desk, kind="backfill", ref="", topic="bulk_operations/finish")
        waiting(desk)

        assert ("backfill", desk.scope.workspace_id, BLUE) in desk.woken
        assert [row.state for row in listed(desk)] == ["done"]

    def test_a_part_begun_anew_counts_from_nothing(self, desk: Desk, full: FakeShop) -> None:
        items = [a_customer("c1"), a_customer("c2")]
        steps: list[Batch | Exception] = [
            Batch(cursor="a", items=items), Batch(cursor=""), NotReady("shop_export_lost"),
        ]  # fmt: skip
        scripted(full, {"customers": steps})

        run(desk)

        assert look(desk).parts[0].done == 0
        assert look(desk).reason == "shop_export_lost"
        assert row(desk).failing_since is None  # the shop serves people as before

    def test_when_everything_is_there_the_gap_is_asked_for(
        self, desk: Desk, full: FakeShop
    ) -> None:
        later = desk.clock() + timedelta(hours=1)
        with desk.services.database.writing() as connection:
            reconciliations.add(desk.scope, connection, BLUE, later)

        run(desk)

        with desk.services.database.reading() as connection:
            due = reconciliations.get(desk.scope, connection, BLUE)
        assert due is not None
        assert due.due == desk.clock()


class TestFailures:
    @pytest.mark.parametrize(
        "error",
        [Unreachable("shop_unreachable"), GrantRevoked("shop_key_rejected"), NotReady("x")],
    )
    def test_waits_grow_and_it_goes_on_by_itself(
        self, desk: Desk, full: FakeShop, error: MostradorError
    ) -> None:
        asked = scripted(full, {"customers": [error]})
        waits: list[timedelta] = []
        states: list[str] = []
        for _ in range(12):
            run(desk)
            now = look(desk)
            assert now.next_at is not None
            waits.append(now.next_at - desk.clock())
            states.append(now.state)
            desk.clock.now = now.next_at
            due_backfills(desk.services)
            assert ("backfill", desk.scope.workspace_id, BLUE) in desk.woken
            desk.woken.clear()

        assert len(asked) == 12
        assert waits[:3] == [timedelta(seconds=15 * 2**n) for n in range(3)]
        assert waits[-1] == timedelta(hours=1)
        assert states == ["waiting"] * 3 + ["failed"] * 9
        assert look(desk).reason == error.code

    def test_a_shop_that_says_how_long_is_given_that_long(self, desk: Desk, full: FakeShop) -> None:
        scripted(full, {"customers": [RateLimited(500)]})

        run(desk)

        assert look(desk).next_at == desk.clock() + timedelta(seconds=500)

    def test_a_step_forward_ends_the_counting(self, desk: Desk, full: FakeShop) -> None:
        scripted(full, {"customers": [Unreachable("shop_unreachable")]})
        run(desk)
        desk.clock.pass_(seconds=16)
        steps: list[Batch | Exception] = [
            Batch(cursor="a", items=[a_customer()]), Unreachable("shop_unreachable"),
        ]  # fmt: skip
        scripted(full, {"customers": steps})

        run(desk)

        assert look(desk).tries == 1

    def test_what_only_a_person_can_mend_waits_for_one(self, desk: Desk, full: FakeShop) -> None:
        scripted(full, {"customers": [SetupError("shop_export_denied")]})
        run(desk)
        desk.clock.pass_(days=3)
        desk.woken.clear()
        due_backfills(desk.services)

        now = look(desk)
        assert (now.state, now.reason, now.next_at) == ("failed", "shop_export_denied", None)
        assert not [job for job in desk.woken if job[2] == BLUE]
        resume(desk.services, desk.scope, BLUE)
        scripted(full, {})
        run(desk)
        assert look(desk).state == "done"


class TestPause:
    def test_the_step_under_way_is_kept_and_none_follows(self, desk: Desk, full: FakeShop) -> None:
        def pausing() -> None:
            if full.asked[-1] == ("orders", "1"):
                pause(desk.services, desk.scope, BLUE)

        full.reading = pausing
        run(desk)
        assert (look(desk).state, arrived(desk)) == ("paused", 6)
        full.reading = lambda: None
        due_backfills(desk.services)
        run(desk)
        assert (look(desk).state, arrived(desk)) == ("paused", 6)

        desk.woken.clear()
        resume(desk.services, desk.scope, BLUE)
        assert desk.woken == [("backfill", desk.scope.workspace_id, BLUE)]
        run(desk)

        assert (look(desk).state, arrived(desk)) == ("done", 9)
        assert [cursor for part, cursor in full.asked if part == "orders"] == ["", "1", "2"]

    def test_what_is_done_is_not_paused(self, desk: Desk, full: FakeShop) -> None:
        run(desk)
        pause(desk.services, desk.scope, BLUE)
        assert look(desk).state == "done"

    @pytest.mark.parametrize("verb", [pause, resume])
    def test_a_shop_that_is_none(self, desk: Desk, verb: Any) -> None:
        with pytest.raises(NotFound):
            verb(desk.services, desk.scope, "co_nothing")


class TestCrashes:
    def test_a_worker_that_dies_at_any_step_loses_and_doubles_nothing(
        self, desk: Desk, full: FakeShop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Once before and once after every transaction of the whole way."""
        save = installed.change_connection
        deaths = iter(range(1, 100))
        left = [next(deaths)]

        def dying(*args: Any, **values: Any) -> None:
            left[0] -= 1
            if left[0] == 0:
                left[0] = next(deaths)
                raise Killed
            save(*args, **values)

        monkeypatch.setattr(installed, "change_connection", dying)
        for _ in range(60):
            try:
                run(desk)
            except Killed:
                desk.clock.pass_(seconds=91)
                continue
            if look(desk).state == "done":
                break

        assert arrived(desk) == 9
        assert [part.done for part in look(desk).parts] == [1, 9, 0]

    def test_a_worker_that_is_asked_to_end_stops_after_its_step(
        self, desk: Desk, full: FakeShop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = Event()
        monkeypatch.setattr(sync, "leaving", asked)

        def ending() -> None:
            if full.asked[-1] == ("orders", "1"):
                asked.set()

        full.reading = ending
        run(desk)
        assert (look(desk).state, arrived(desk)) == ("running", 6)
        asked.clear()

        run(desk)  # at once: nothing holds it

        assert (look(desk).state, arrived(desk)) == ("done", 9)

    def test_a_worker_that_lost_its_lease_writes_nothing(self, desk: Desk, full: FakeShop) -> None:
        def overtaken() -> None:
            if full.asked[-1] == ("orders", "1"):
                full.reading = lambda: None
                desk.clock.pass_(seconds=91)
                run(desk)

        full.reading = overtaken
        run(desk)

        assert (look(desk).state, arrived(desk)) == ("done", 9)
        assert look(desk).parts[1].done == 9

    def test_an_old_reading_revives_no_order(self, desk: Desk, full: FakeShop) -> None:
        """An export is as old as its beginning, however late its file is read."""
        full.snapshot = True

        def deleted() -> None:
            desk.clock.pass_(seconds=5)
            if full.asked[-1] == ("orders", "2"):
                with desk.services.database.writing() as connection:
                    tombstones.bury_order(desk.scope, connection, BLUE, "o20", desk.clock())
                desk.clock.pass_(seconds=5)

        full.reading = deleted
        run(desk)

        with desk.services.database.reading() as connection:
            gone = connection.exec_driver_sql(
                "SELECT deleted FROM orders WHERE workspace_id IS NOT NULL AND ref = 'o20'"
            ).scalar_one()
        assert gone


class TestAgentsFirst:
    def test_a_call_for_a_person_is_known_to_all_while_it_lasts(self, desk: Desk) -> None:
        def busy(now: datetime) -> bool:
            with desk.services.database.reading() as connection:
                return calls.under_way(desk.scope, connection, BLUE, now)

        with watched(desk.services, desk.scope, BLUE):
            assert busy(desk.clock())
            assert not busy(desk.clock() + timedelta(seconds=91))  # its process was killed
        assert not busy(desk.clock())
        with watched(desk.services, desk.scope, BLUE, unhurried=True):
            assert not busy(desk.clock())

    def test_the_backfill_stands_back_and_goes_on_soon(
        self, desk: Desk, full: FakeShop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sync, "STANDING_BACK", 0.0)
        full.reading = give_way
        with watched(desk.services, desk.scope, BLUE):
            run(desk)

        now = look(desk)
        assert (now.state, now.reason, now.tries) == ("waiting", "agents_first", 0)
        assert row(desk).failing_since is None
        desk.clock.pass_(seconds=3)
        run(desk)
        assert look(desk).state == "done"

    def test_it_waits_a_moment_for_a_call_that_ends(
        self, desk: Desk, full: FakeShop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        naps: list[float] = []
        person = watched(desk.services, desk.scope, BLUE)

        def nap(seconds: float) -> None:
            naps.append(seconds)
            person.__exit__(None, None, None)

        monkeypatch.setattr(sync.time, "sleep", nap)
        full.reading = give_way
        person.__enter__()

        run(desk)

        assert len(naps) == 1
        assert look(desk).state == "done"

    def test_other_shops_are_not_held_up(self, desk: Desk, full: FakeShop) -> None:
        full.reading = give_way
        with watched(desk.services, desk.scope, "co_olive"):
            run(desk)

        assert look(desk).state == "done"

    def test_nobody_gives_way_outside_a_backfill(self, desk: Desk) -> None:
        with watched(desk.services, desk.scope, BLUE):
            give_way()
        assert GaveWay  # raised nowhere
