"""The customer is paid exactly once or not at all, and we tell the truth about which.

What was paid is read in the gateway's own log, in another process.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from plugin.db import ledger
from plugin.errors import Conflict
from tests.money.conftest import Counter
from tests.money.house import until

FIVE = [Decimal("5.00")]
BOTH = pytest.mark.parametrize("shop", ["shopify", "woocommerce"])
# one order a test, so that tests do not meet in the shops they share
NUMBERS = {
    "plain": ("1031", "2012"),
    "double": ("1013", "2040"),
    "agents": ("1024", "2066"),
    "lost": ("1038", "2091"),
    "dropped": ("1004", "2115"),
    "before": ("1013", "2143"),
    "during": ("1024", "2170"),
    "after": ("1031", "2188"),
    "declined": ("1038", "2205"),
    "elsewhere": ("1004", "2012"),
}


def number(case: str, shop: str) -> str:
    return NUMBERS[case][shop == "woocommerce"]


@BOTH
def test_a_confirmed_refund_is_paid_once(counter: Counter, shop: str) -> None:
    order = counter.order(shop, number("plain", shop))
    seat, mark = counter.seat(order), counter.shops.mark()
    action = counter.preview(shop, order, seat)
    counter.work()

    counter.confirm(seat, action)

    assert counter.settled(seat, action).state == "done"
    assert counter.shops.paid_back(mark) == FIVE


@BOTH
def test_a_double_click_is_one_refund(counter: Counter, shop: str) -> None:
    order = counter.order(shop, number("double", shop))
    seat, mark = counter.seat(order), counter.shops.mark()
    action = counter.preview(shop, order, seat)
    counter.work()
    counter.work()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: counter.confirm(seat, action), range(4)))

    assert counter.settled(seat, action).state == "done"
    assert counter.confirm(seat, action).state == "done"
    assert counter.shops.paid_back(mark) == FIVE


@BOTH
def test_two_agents_at_once_are_one_refund(counter: Counter, shop: str) -> None:
    order = counter.order(shop, number("agents", shop))
    ana, diego = counter.seat(order, "ana"), counter.seat(order, "diego")
    mark = counter.shops.mark()
    first, second = counter.preview(shop, order, ana), counter.preview(shop, order, diego)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(counter.confirm, (ana, diego), (first, second)))
    counter.work()
    counter.work()
    ends = counter.settled(ana, first), counter.settled(diego, second)

    assert sorted(end.state for end in ends) == ["done", "refused"]
    refused = next(end for end in ends if end.state == "refused")
    assert refused.code in ("order_busy", "order_changed")
    assert refused.parameters["who"] in ("Ana", "Diego")
    assert counter.shops.paid_back(mark) == FIVE


@BOTH
def test_an_answer_lost_after_the_commit_is_found(counter: Counter, shop: str) -> None:
    order = counter.order(shop, number("lost", shop))
    seat, mark = counter.seat(order), counter.shops.mark()
    action = counter.preview(shop, order, seat)
    counter.shops.fault(shop, "drop_after", on="refund")
    counter.confirm(seat, action)
    counter.work()

    counter.reaches(seat, action, "unknown")

    assert counter.settled(seat, action).state == "done"
    assert counter.shops.paid_back(mark) == FIVE


@BOTH
def test_a_call_lost_before_the_commit_is_not_paid_twice(counter: Counter, shop: str) -> None:
    order = counter.order(shop, number("dropped", shop))
    seat, mark = counter.seat(order), counter.shops.mark()
    action = counter.preview(shop, order, seat)
    counter.shops.fault(shop, "drop_before", on="refund")
    counter.confirm(seat, action)
    counter.work()

    end = counter.settled(seat, action)

    # with an idempotency key the same call may go again; without one it is over
    assert end.state == ("done" if shop == "shopify" else "not_done")
    assert counter.shops.paid_back(mark) == (FIVE if end.state == "done" else [])


@BOTH
def test_a_worker_killed_before_the_call_sent_nothing(counter: Counter, shop: str) -> None:
    order = counter.order(shop, number("before", shop))
    seat, mark = counter.seat(order), counter.shops.mark()
    action = counter.preview(shop, order, seat)
    counter.shops.fault(shop, "latency", on="read", seconds=20, times=0)
    worker = counter.work()
    counter.confirm(seat, action)
    counter.reaches(seat, action, "performing")
    worker.kill()
    counter.shops.calm()
    assert counter.shops.paid_back(mark) == []

    counter.work()

    assert counter.settled(seat, action).state == "done"
    assert counter.shops.paid_back(mark) == FIVE


@BOTH
def test_a_worker_killed_during_the_call_is_looked_after(counter: Counter, shop: str) -> None:
    order = counter.order(shop, number("during", shop))
    seat, mark = counter.seat(order), counter.shops.mark()
    action = counter.preview(shop, order, seat)
    counter.shops.fault("gateway", "slow", seconds=1)
    worker = counter.work()
    counter.confirm(seat, action)
    until(counter.shops.gateway_was_asked, "the gateway to be asked")
    worker.kill()

    counter.work()

    assert counter.settled(seat, action).state == "done"
    assert counter.shops.paid_back(mark) == FIVE


@BOTH
def test_a_worker_killed_after_the_answer_does_not_pay_again(counter: Counter, shop: str) -> None:
    order = counter.order(shop, number("after", shop))
    seat, mark = counter.seat(order), counter.shops.mark()
    action = counter.preview(shop, order, seat)
    worker = counter.work()
    counter.confirm(seat, action)
    until(lambda: counter.shops.paid_back(mark), "the gateway to pay")
    worker.kill()

    counter.work()

    assert counter.settled(seat, action).state == "done"
    assert counter.shops.paid_back(mark) == FIVE


@BOTH
def test_a_declined_refund_moves_no_money_and_says_so(counter: Counter, shop: str) -> None:
    order = counter.order(shop, number("declined", shop))
    seat, mark = counter.seat(order), counter.shops.mark()
    action = counter.preview(shop, order, seat)
    counter.shops.fault("gateway", "decline")
    counter.work()

    counter.confirm(seat, action)
    end = counter.settled(seat, action)

    assert (end.state, end.code) == ("refused", "shop_refused")
    assert counter.shops.paid_back(mark) == []


@BOTH
def test_a_refund_made_elsewhere_stops_ours(counter: Counter, shop: str) -> None:
    order = counter.order(shop, number("elsewhere", shop))
    seat = counter.seat(order)
    action = counter.preview(shop, order, seat)
    mark = counter.shops.mark()
    counter.shops.elsewhere(shop, order.ref, "3.00")
    counter.work()

    counter.confirm(seat, action)
    end = counter.settled(seat, action)

    assert (end.state, end.code) == ("refused", "order_changed")
    assert end.parameters["amount"] == "3.00"
    assert counter.shops.paid_back(mark) == [Decimal("3.00")]


def test_a_refund_that_appears_and_vanishes_is_not_done(counter: Counter) -> None:
    order = counter.order("woocommerce", "2066")
    seat, mark = counter.seat(order), counter.shops.mark()
    action = counter.preview("woocommerce", order, seat)
    counter.shops.fault("gateway", "slow_decline", seconds=4)
    worker = counter.work()
    counter.confirm(seat, action)
    until(lambda: _call_started(counter, action.id), "the call to leave")
    until(lambda: _working(counter, order.ref), "the shop to list it")
    worker.kill()
    counter.work()

    counter.reaches(seat, action, "unknown")

    assert counter.settled(seat, action).state == "not_done"
    assert counter.shops.paid_back(mark) == []


def test_an_expired_preview_is_refused(counter: Counter) -> None:
    order = counter.order("shopify", "1042")
    seat = counter.seat(order)
    action = counter.preview("shopify", order, seat)
    _age(counter, action.id)

    with pytest.raises(Conflict) as refused:
        counter.confirm(seat, action)

    assert refused.value.code == "preview_expired"
    assert counter.now(seat, action).state == "expired"


def _call_started(counter: Counter, action_id: str) -> bool:
    with counter.services.database.reading() as connection:
        row = ledger.get(counter.scope, connection, action_id)
    return row is not None and row.call_started_at is not None


def _working(counter: Counter, order: str) -> bool:
    records = counter.shops.records("woocommerce", order)
    return any(not record["refunded_payment"] for record in records)


def _age(counter: Counter, action_id: str) -> None:
    with counter.services.database.writing() as connection:
        ledger.change(counter.scope, connection, action_id, expires_at=datetime.now(UTC))
