"""What every adapter makes of a shop that misbehaves: never a lie about money."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from plugin.domain.orders import Order
from plugin.domain.refunds import RefundChoice, RefundPlan, RefundReceipt
from plugin.errors import (
    BadAnswer,
    Conflict,
    GrantRevoked,
    MostradorError,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Unreachable,
)
from tests.contracts.shop import Catalogue, Running

KEY = "0b9f5e5c-6c3e-4b1b-8f0e-3f1a5d1c7a10"
REFERENCE = "M-ABCDEFGH"
T = TypeVar("T")


def _plan(shop: Running, order: Order) -> RefundPlan:
    return shop.store.plan_refund(RefundChoice(order_ref=order.ref, mode="all"))


def _refund(shop: Running, plan: RefundPlan) -> RefundReceipt:
    return shop.store.refund(plan, key=KEY, reference=REFERENCE)


def _outcome(call: Callable[[], T]) -> T | MostradorError:
    try:
        return call()
    except MostradorError as error:
        return error


class TestReads:
    @pytest.mark.parametrize("fault", ["down", "drop_before", "drop_after", "error_before"])
    def test_a_shop_that_does_not_answer_is_unreachable(
        self, fresh: Running, seed: Catalogue, fault: str
    ) -> None:
        fresh.fault(fault, "read", times=0)

        with pytest.raises(Unreachable):
            fresh.store.order(seed.orders[0].ref)

    def test_a_page_instead_of_data_is_a_bad_answer(self, fresh: Running, seed: Catalogue) -> None:
        fresh.fault("html", "read", times=0)

        with pytest.raises(BadAnswer) as caught:
            fresh.store.order(seed.orders[0].ref)

        assert caught.value.code == "shop_blocked"

    def test_a_refused_key_is_a_revoked_grant(self, fresh: Running, seed: Catalogue) -> None:
        fresh.fault("bad_token", "read", times=0)

        with pytest.raises(GrantRevoked) as caught:
            fresh.store.order(seed.orders[0].ref)

        assert caught.value.code == "shop_key_rejected"

    def test_a_busy_shop_is_asked_again_or_told_as_busy(
        self, fresh: Running, seed: Catalogue
    ) -> None:
        fresh.fault("throttled", "read", times=1)

        outcome = _outcome(lambda: fresh.store.order(seed.orders[0].ref))

        assert isinstance(outcome, Order | RateLimited)

    def test_an_order_that_changes_while_it_is_previewed(
        self, fresh: Running, seed: Catalogue
    ) -> None:
        order = seed.refundable()
        fresh.fault("changed", times=1)

        outcome = _outcome(lambda: _plan(fresh, order))

        if isinstance(outcome, RefundPlan):
            assert outcome.amount + outcome.refunded_before == order.total
        else:
            assert isinstance(outcome, Conflict)


class TestRefunds:
    @pytest.mark.parametrize("fault", ["drop_after", "error_after"])
    def test_a_lost_answer_is_unknown_and_then_found(
        self, fresh: Running, seed: Catalogue, fault: str
    ) -> None:
        order = seed.refundable()
        plan = _plan(fresh, order)
        fresh.fault(fault, "refund")

        with pytest.raises(OutcomeUnknown):
            _refund(fresh, plan)

        found = fresh.store.find_refund(order.ref, REFERENCE)
        assert found is not None
        assert found.amount == plan.amount
        assert fresh.paid_out() == [plan.amount.amount]

    @pytest.mark.parametrize("fault", ["drop_before", "error_before", "html"])
    def test_a_request_lost_on_the_way_is_unknown_and_not_found(
        self, fresh: Running, seed: Catalogue, fault: str
    ) -> None:
        order = seed.refundable()
        plan = _plan(fresh, order)
        fresh.fault(fault, "refund")

        with pytest.raises(OutcomeUnknown):
            _refund(fresh, plan)

        assert fresh.store.find_refund(order.ref, REFERENCE) is None
        assert fresh.paid_out() == []

    def test_it_is_sent_once_whatever_happens(self, fresh: Running, seed: Catalogue) -> None:
        plan = _plan(fresh, seed.refundable())
        fresh.fault("error_before", "refund", times=0)
        before = len(fresh.http.calls)

        with pytest.raises(OutcomeUnknown):
            _refund(fresh, plan)

        assert len(fresh.http.calls) - before == 1

    def test_a_refused_key_moves_no_money(self, fresh: Running, seed: Catalogue) -> None:
        plan = _plan(fresh, seed.refundable())
        fresh.fault("bad_token", "refund")

        with pytest.raises(GrantRevoked):
            _refund(fresh, plan)

        assert fresh.paid_out() == []

    def test_a_busy_shop_pays_once_or_not_at_all(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.refundable()
        plan = _plan(fresh, order)
        fresh.fault("throttled", "refund")

        outcome = _outcome(lambda: _refund(fresh, plan))

        done = [] if isinstance(outcome, RateLimited) else [plan.amount.amount]
        assert fresh.paid_out() == done

    def test_a_shop_that_is_down_pays_nothing(self, fresh: Running, seed: Catalogue) -> None:
        plan = _plan(fresh, seed.refundable())
        fresh.fault("down", times=1)

        with pytest.raises((PlatformError, OutcomeUnknown)):
            _refund(fresh, plan)

        assert fresh.paid_out() == []

    def test_a_resend_pays_once_where_it_is_allowed(self, fresh: Running, seed: Catalogue) -> None:
        now = datetime.now(UTC)
        order = seed.refundable()
        plan = _plan(fresh, order)
        fresh.fault("drop_after", "refund")
        with pytest.raises(OutcomeUnknown):
            _refund(fresh, plan)

        if fresh.store.may_resend(now, now):
            _refund(fresh, plan)

        assert fresh.paid_out() == [plan.amount.amount]

    def test_nothing_is_resent_after_ten_minutes(self, shop: Running) -> None:
        now = datetime.now(UTC)

        assert not shop.store.may_resend(now - timedelta(minutes=10), now)

    def test_there_is_a_limit_to_waiting(self, shop: Running) -> None:
        assert timedelta(0) < shop.store.settle_limit() <= timedelta(hours=1)
