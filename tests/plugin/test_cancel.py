"""Ending an order: what is chosen, and the way through the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from plugin.actions import act
from plugin.actions.act import ActionView
from plugin.actions.cancel import CANCEL, read_choice
from plugin.domain.cancels import CancelChoice
from plugin.domain.refunds import RefundChoice
from plugin.errors import InvalidInput, OutcomeUnknown
from tests.builders import NOON, an_order, eur
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.refunding import BLUE, confirm, look, work

WITH_MONEY = {"refund": "original", "why": "customer", "restock": "on", "reason": " too  late "}


def _preview(desk: Desk, typed: dict[str, str] = WITH_MONEY) -> ActionView:
    seat = desk.seat("ana", emails=["carmen@example.com"])
    return act.preview(desk.services, seat, "cancel", BLUE, "o1", typed)


class TestRead:
    def test_the_form_as_a_choice(self) -> None:
        assert read_choice(an_order("o1"), WITH_MONEY) == CancelChoice(
            order_ref="o1", refund="original", restock=True, reason="customer", note="too late"
        )

    @pytest.mark.parametrize(
        ("typed", "field"), [({"refund": "cash"}, "refund"), ({"why": "mood"}, "why")]
    )
    def test_what_cannot_be_names_its_field(self, typed: dict[str, str], field: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            read_choice(an_order("o1"), {**WITH_MONEY, **typed})

        assert caught.value.parameters["field"] == field

    def test_money_that_was_not_asked_for_is_no_plan(self, shop: FakeShop) -> None:
        choice = read_choice(shop.orders["o1"], {"why": "customer"})
        plan = shop.plan_cancel(choice)

        CANCEL.check(plan, choice)
        with pytest.raises(InvalidInput):
            CANCEL.check(replace(plan, refund_amount=eur("5")), choice)

    def test_the_refund_that_ends_it_is_worth_what_limits_counted(self, shop: FakeShop) -> None:
        choice = read_choice(shop.orders["o1"], WITH_MONEY)
        some = RefundChoice(order_ref="o1", mode="amount", amount=eur("5"))
        plan = replace(shop.plan_cancel(choice), by_refund=shop.plan_refund(some))

        CANCEL.check(replace(plan, refund_amount=eur("5")), choice)
        with pytest.raises(InvalidInput, match="plan_does_not_add_up"):
            CANCEL.check(plan, choice)


class TestLedger:
    def test_the_order_ends_and_its_money_counts(self, desk: Desk, shop: FakeShop) -> None:
        action = _preview(desk)
        confirm(desk, action)

        row = work(desk, action)
        work(desk, action)

        assert (row.state, row.amount, shop.paid) == ("done", Decimal("50"), [Decimal("50.00")])

    def test_a_lost_answer_is_found(self, desk: Desk, shop: FakeShop) -> None:
        def lost(end: Callable[[], Any]) -> Any:
            end()
            raise OutcomeUnknown("answer_lost")

        shop.steps.append(lost)
        action = _preview(desk)
        confirm(desk, action)

        assert work(desk, action).state == "unknown"
        assert look(desk, action).state == "done"
        assert shop.paid == [Decimal("50.00")]

    def test_somebody_else_cancelling_after_a_lost_call_needs_a_person(
        self, desk: Desk, shop: FakeShop
    ) -> None:
        def lost(end: Callable[[], Any]) -> Any:
            shop.orders["o1"] = replace(shop.orders["o1"], cancelled_at=NOON)
            raise OutcomeUnknown("answer_lost")

        shop.steps.append(lost)
        action = _preview(desk)
        confirm(desk, action)
        work(desk, action)

        look(desk, action)

        assert look(desk, action, minutes=20).state == "needs_person"
        assert shop.paid == []

    def test_money_given_back_meanwhile_stops_it(self, desk: Desk, shop: FakeShop) -> None:
        action = _preview(desk)
        shop.elsewhere("5.00", desk.clock())
        confirm(desk, action)

        row = work(desk, action)

        assert (row.state, row.code, shop.changes) == ("refused", "order_changed", [])

    def test_goods_added_meanwhile_stop_it(self, desk: Desk, shop: FakeShop) -> None:
        """The shop would give back what was paid for them too: more than was seen and counted."""
        action = _preview(desk)
        shop.orders["o1"] = replace(shop.orders["o1"], total=eur("90"))
        confirm(desk, action)

        row = work(desk, action)

        assert (row.state, row.code, shop.changes) == ("refused", "order_changed", [])
