"""Discount codes: what is typed, and the way through the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from plugin.actions import act
from plugin.actions.act import ActionView
from plugin.actions.discount import DISCOUNT, read_choice
from plugin.actions.kinds import KINDS
from plugin.actions.policy import Wanted, set_rule
from plugin.errors import InvalidInput, OutcomeUnknown
from tests.builders import an_order, eur
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.refunding import BLUE, confirm, look, work

TEN = {"what": "percentage", "percentage": "10", "until": "2026-12-24", "currency": "EUR"}
FIVE = {"what": "amount", "amount": "5,00", "until": "2026-12-24", "minimum": "20"}


class TestRead:
    def test_a_percentage_for_this_customer_once(self) -> None:
        order = an_order("o1", email="carmen@example.com", customer_ref="c1")

        choice = read_choice(order, {**TEN, "reason": " late  parcel "})

        assert (choice.percentage, choice.amount, choice.minimum) == (Decimal(10), None, None)
        assert (choice.customer_ref, choice.email) == ("c1", "carmen@example.com")
        assert (choice.once, choice.for_anyone, choice.title) == (True, False, "late parcel")
        assert choice.expires_at == datetime(2026, 12, 24, 23, 59, 59, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("zone", "end"),
        [
            ("Europe/Madrid", datetime(2026, 12, 24, 22, 59, 59, tzinfo=UTC)),
            ("America/Mexico_City", datetime(2026, 12, 25, 5, 59, 59, tzinfo=UTC)),
            ("Nowhere/At all", datetime(2026, 12, 24, 23, 59, 59, tzinfo=UTC)),
        ],
    )
    def test_the_last_day_ends_where_the_shop_is(self, zone: str, end: datetime) -> None:
        order = an_order("o1", email="carmen@example.com")

        assert read_choice(order, {**TEN, "zone": zone}).expires_at == end

    def test_an_amount_with_a_minimum(self) -> None:
        choice = read_choice(an_order("o1"), FIVE)

        assert (choice.amount, choice.minimum) == (eur("5"), eur("20"))

    @pytest.mark.parametrize(
        ("typed", "worth"),
        [
            (FIVE, "5"),
            (TEN, "4.57"),
            ({**TEN, "percentage": "100"}, "45.65"),
            ({**TEN, "what": "free_shipping"}, "4.90"),
        ],
    )
    def test_limits_count_what_it_would_take_off_this_order(
        self, typed: dict[str, str], worth: str
    ) -> None:
        order = replace(an_order("o1"), total=eur("45.65"), shipping_total=eur("4.90"))

        assert read_choice(order, typed).worth == eur(worth)

    def test_no_two_codes_are_equal(self) -> None:
        codes = {read_choice(an_order("o1"), TEN).code for _ in range(200)}

        assert len(codes) == 200

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"what": "gold"}, "what"),
            ({"percentage": "0"}, "percentage"),
            ({"percentage": "101"}, "percentage"),
            ({"percentage": "NaN"}, "percentage"),
            ({"percentage": "ten"}, "percentage"),
            ({"until": ""}, "until"),
            ({"until": "24/12/2026"}, "until"),
            ({"what": "amount", "amount": ""}, "amount"),
            ({"minimum": "much"}, "minimum"),
        ],
    )
    def test_what_cannot_be_names_its_field(self, typed: dict[str, str], field: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            read_choice(an_order("o1"), {**TEN, **typed})

        assert caught.value.parameters["field"] == field

    def test_a_code_for_anybody_is_no_plan(self, shop: FakeShop) -> None:
        choice = read_choice(shop.orders["o1"], TEN)
        plan = shop.plan_discount(choice)

        DISCOUNT.check(plan, choice)
        for other in (
            replace(plan, bound_to="anyone"), replace(plan, once=False),
            replace(plan, expires_at=None), replace(plan, percentage=Decimal(90)),
        ):  # fmt: skip
            with pytest.raises(InvalidInput):
                DISCOUNT.check(other, choice)


def _preview(desk: Desk, typed: dict[str, str]) -> ActionView:
    seat = desk.seat("ana", emails=["carmen@example.com"])
    return act.preview(desk.services, seat, "discount", BLUE, "o1", typed)


class TestLedger:
    def test_one_code_with_the_name_of_the_preview(self, desk: Desk, shop: FakeShop) -> None:
        action = _preview(desk, FIVE)
        confirm(desk, action)

        row = work(desk, action)
        work(desk, action)

        assert (row.state, row.amount, row.payment) == ("done", Decimal("5"), "")
        assert [made.code for made in shop.changes] == [action.plan.code]

    def test_a_percentage_is_held_by_a_limit(self, desk: Desk, shop: FakeShop) -> None:
        wanted = Wanted(
            role="agent", kind="discount", currency="EUR", limits={"per_action": Decimal(20)}
        )
        set_rule(desk.services, desk.scope, wanted, KINDS, "owner")

        assert _preview(desk, TEN).over is None
        assert (over := _preview(desk, {**TEN, "percentage": "100"}).over)
        assert over.limit == eur("20")

    def test_a_lost_answer_makes_no_second_code(self, desk: Desk, shop: FakeShop) -> None:
        def lost(make: Callable[[], Any]) -> Any:
            make()
            raise OutcomeUnknown("answer_lost")

        shop.steps.append(lost)
        action = _preview(desk, TEN)
        confirm(desk, action)

        assert work(desk, action).state == "unknown"
        assert look(desk, action).state == "done"
        assert len(shop.changes) == 1
