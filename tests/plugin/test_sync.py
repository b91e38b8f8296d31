"""A backfill resumes where it stopped, loses nothing, and is found when its wake was lost."""

from __future__ import annotations

import pytest

from plugin.actions.lookup import look_up
from plugin.actions.sync import backfill, due_backfills
from plugin.db import connections as installed
from plugin.db import tombstones
from plugin.db.connections import ConnectionRow
from plugin.errors import GrantRevoked, MostradorError, RateLimited, Unreachable, Unsupported
from plugin.jobs.upkeep import once
from tests.builders import a_customer, an_order
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk

BLUE = "co_blue"


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def full(desk: Desk) -> FakeShop:
    """Three pages of orders, one of customers; one order stands on two pages."""
    pages = [[an_order(f"o{page}{n}") for n in range(3)] for page in range(3)]
    pages[1].append(an_order("o00"))
    shop = FakeShop(now=desk.clock, pages={"customers": [[a_customer()]], "orders": [*pages]})
    desk.stores[BLUE] = shop
    return shop


def arrived(desk: Desk) -> int:
    with desk.services.database.reading() as connection:
        return tombstones.number_of(desk.scope, connection, "orders", BLUE)


def row(desk: Desk) -> ConnectionRow:
    with desk.services.database.reading() as connection:
        found = installed.connection_row(desk.scope, connection, BLUE)
    assert found is not None
    return found


def failing_at(shop: FakeShop, number: int, error: BaseException) -> None:
    """The shop fails at its nth page, once."""

    def reading() -> None:
        if len(shop.asked) == number:
            shop.reading = lambda: None
            raise error

    shop.reading = reading


def test_everything_arrives_once(desk: Desk, full: FakeShop) -> None:
    backfill(desk.services, desk.scope, BLUE)

    assert arrived(desk) == 9
    assert row(desk).sync_state == "done"
    assert [page for part, page in full.asked if part == "orders"] == ["", "1", "2"]


def test_a_backfill_killed_between_pages_resumes_at_its_cursor(desk: Desk, full: FakeShop) -> None:
    failing_at(full, 3, Killed())
    with pytest.raises(Killed):
        backfill(desk.services, desk.scope, BLUE)
    assert arrived(desk) == 3
    full.asked.clear()
    desk.clock.pass_(seconds=91)

    backfill(desk.services, desk.scope, BLUE)

    assert full.asked[0] == ("orders", "1")
    assert arrived(desk) == 9
    assert row(desk).sync["orders"]["done"] == 10


@pytest.mark.parametrize(
    "error", [Unreachable("shop_unreachable"), RateLimited(2), GrantRevoked("shop_key_rejected")]
)
def test_a_shop_that_goes_down_is_asked_again_later(
    desk: Desk, full: FakeShop, error: MostradorError
) -> None:
    failing_at(full, 3, error)
    backfill(desk.services, desk.scope, BLUE)
    assert row(desk).sync_state == "running"
    assert row(desk).failure_code == error.code
    desk.clock.pass_(seconds=16)

    backfill(desk.services, desk.scope, BLUE)

    assert (row(desk).sync_state, row(desk).failing_since) == ("done", None)
    assert arrived(desk) == 9


def test_two_workers_do_not_fetch_the_same_pages(desk: Desk, full: FakeShop) -> None:
    def second_worker() -> None:
        full.reading = lambda: None
        backfill(desk.services, desk.scope, BLUE)

    full.reading = second_worker
    backfill(desk.services, desk.scope, BLUE)

    assert len(full.asked) == len(set(full.asked))


def test_a_lost_wake_of_a_backfill_is_found(desk: Desk, full: FakeShop) -> None:
    due_backfills(desk.services)
    assert ("backfill", desk.scope.workspace_id, BLUE) in desk.woken

    backfill(desk.services, desk.scope, BLUE)
    desk.woken.clear()
    due_backfills(desk.services)

    assert ("backfill", desk.scope.workspace_id, BLUE) not in desk.woken


def test_periodic_work_is_done_once_a_period(desk: Desk) -> None:
    for _ in range(3):
        once(desk.services)
    assert desk.woken.count(("backfill", desk.scope.workspace_id, BLUE)) == 1
    desk.clock.pass_(seconds=6)

    once(desk.services)

    assert desk.woken.count(("backfill", desk.scope.workspace_id, BLUE)) == 2


def test_a_shop_that_cannot_search_by_phone_is_asked_by_address(desk: Desk) -> None:
    from plugin.actions.lookup import refresh

    shop = FakeShop(now=desk.clock).holds(an_order("o1", email="ana@example.com"))
    desk.stores |= {BLUE: shop, "co_olive": FakeShop(now=desk.clock)}

    def cannot(_phones: object) -> object:
        raise Unsupported("unsupported")

    shop.find_by_phone = cannot  # type: ignore[assignment,method-assign]
    seat = desk.seat(emails=["ana@example.com"], phones=["+34600111222"])
    refresh(desk.services, seat)
    assert ("look_up", desk.scope.workspace_id, seat.subject_key, BLUE) in desk.woken

    look_up(desk.services, desk.scope, seat.subject_key, BLUE)

    looks = {look.connection_id: look.state for look in desk.seat(
        emails=["ana@example.com"], phones=["+34600111222"]).lookups}  # fmt: skip
    assert looks[BLUE] == "answered"
    assert arrived(desk) == 1
