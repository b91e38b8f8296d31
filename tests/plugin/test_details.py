"""Orders without their details are read whole when somebody looks, and only then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.actions.lookup import look_up, refresh, refresh_order
from plugin.actions.sidebar import order_view
from plugin.domain.orders import Order
from tests.builders import an_order
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk

BLUE = "co_blue"
EMAIL, PHONE = "ana@example.com", "+34600111222"


@pytest.fixture
def outline(desk: Desk) -> Order:
    """In the mirror without details; the shop has it whole and finds it by no phone."""
    whole = an_order("o1", email=EMAIL, phone=PHONE)
    short = replace(whole, partial=("details",))
    desk.stores[BLUE] = FakeShop(now=desk.clock).holds(whole)
    desk.stores["co_olive"] = FakeShop(now=desk.clock)
    desk.save(short, an_order("o2", email=EMAIL, phone=PHONE))
    desk.clock.pass_(minutes=5)
    desk.woken.clear()
    return short


def wanted(desk: Desk) -> list[str]:
    return [job[3] for job in desk.woken if job[0] == "refresh_order"]


def test_an_opened_one_is_asked_for(desk: Desk, outline: Order) -> None:
    seat = desk.seat(emails=[EMAIL])

    order_view(desk.services, seat, BLUE, "o2")
    assert wanted(desk) == []
    row = order_view(desk.services, seat, BLUE, "o1")
    assert row.order().partial == ("details",)
    assert wanted(desk) == ["o1"]

    refresh_order(desk.services, desk.scope, BLUE, "o1")

    later = order_view(desk.services, seat, BLUE, "o1")
    assert later.order().partial == ()
    assert later.version > row.version  # so that the page shows it anew
    assert wanted(desk) == ["o1"]


@pytest.mark.parametrize(
    ("who", "missing"), [({"emails": [EMAIL]}, []), ({"phones": [PHONE]}, ["o1"])]
)
def test_what_the_search_did_not_bring_is_read_one_by_one(
    desk: Desk, outline: Order, who: dict[str, list[str]], missing: list[str]
) -> None:
    seat = desk.seat(**who)
    refresh(desk.services, seat)

    look_up(desk.services, desk.scope, seat.subject_key, BLUE)

    assert wanted(desk) == missing


def test_what_is_known_whole_stays_whole(desk: Desk, outline: Order) -> None:
    """A second export brings the order again as it was, and once more when it changed."""
    seat = desk.seat(emails=[EMAIL])
    refresh_order(desk.services, desk.scope, BLUE, "o1")
    desk.clock.pass_(minutes=5)

    desk.save(outline)
    assert order_view(desk.services, seat, BLUE, "o1").order().partial == ()
    desk.save(replace(outline, updated_at=outline.updated_at + timedelta(seconds=1)))

    assert order_view(desk.services, seat, BLUE, "o1").order().partial == ("details",)
