"""The order once more: what is typed, what limits count, and the way through the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from plugin.actions import act
from plugin.actions.act import ActionView
from plugin.actions.replace import REPLACEMENT, read_choice
from plugin.domain.replacements import ReplacementLine
from plugin.errors import InvalidInput, OutcomeUnknown
from tests.builders import a_line, an_order
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.refunding import BLUE, confirm, look, work

LINES = (
    a_line("l1", product_ref="p1", variant_ref="v1", quantity=2),
    a_line("l2", product_ref="p2", variant_ref="", quantity=1),
)
SOL = {
    "first_name": "Ana", "last_name": "Gil", "line1": "Sol 1", "city": "Madrid", "province": "M",
    "postcode": "28013", "country": "ES",
}  # fmt: skip
FREE = {"mode": "free", "qty.l1": "1", "variant.l1": "v2", "qty.l2": "0"}


class TestRead:
    def test_another_variant_of_one_line(self) -> None:
        choice = read_choice(an_order("o1", lines=LINES), FREE)

        assert choice.lines == (
            ReplacementLine(line_ref="l1", product_ref="p1", variant_ref="v2", quantity=1),
        )
        assert (choice.charge, choice.notify) == (False, False)

    def test_a_product_without_variants_is_named_itself(self) -> None:
        choice = read_choice(an_order("o1", lines=LINES), {"mode": "charge", "qty.l2": "1"})

        assert [line.variant_ref for line in choice.lines] == ["p2"]

    def test_another_address_only_where_it_is_asked(self) -> None:
        order = an_order("o1", lines=LINES)

        assert read_choice(order, {**FREE, **SOL}).address is None
        chosen = read_choice(order, {**FREE, **SOL, "elsewhere": "on"}).address
        assert chosen is not None
        assert (chosen.line1, chosen.province_code, chosen.country) == ("Sol 1", "M", "ES")
        with pytest.raises(InvalidInput) as caught:
            read_choice(order, {**FREE, **SOL, "elsewhere": "on", "postcode": "1"})
        assert (caught.value.code, caught.value.parameters["field"]) == (
            "postcode_invalid", "postcode",
        )  # fmt: skip
        with pytest.raises(InvalidInput, match="country_invalid"):
            read_choice(order, {**FREE, "elsewhere": "on"})

    @pytest.mark.parametrize(
        ("typed", "code"),
        [
            ({"mode": "gift"}, "mode_unknown"),
            ({"qty.l1": "0"}, "nothing_to_send"),
            ({"qty.l1": "-1"}, "quantity_invalid"),
            ({"qty.l1": "١"}, "quantity_invalid"),
        ],
    )
    def test_what_cannot_be(self, typed: dict[str, str], code: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            read_choice(an_order("o1", lines=LINES), {**FREE, **typed})

        assert caught.value.code == code


def _order_with_lines(desk: Desk, shop: FakeShop) -> None:
    order = replace(shop.orders["o1"], lines=LINES)
    desk.save(order)
    shop.holds(order)


def _preview(desk: Desk, shop: FakeShop, typed: dict[str, str] = FREE) -> ActionView:
    _order_with_lines(desk, shop)
    seat = desk.seat("ana", emails=["carmen@example.com"])
    return act.preview(desk.services, seat, "replacement", BLUE, "o1", typed)


def test_other_goods_than_chosen_are_no_plan(shop: FakeShop) -> None:
    choice = read_choice(an_order("o1", lines=LINES), FREE)
    plan = shop.plan_replacement(choice)
    other = replace(plan.items[0], variant_ref="v9")

    REPLACEMENT.check(plan, choice)
    for wrong in (replace(plan, items=(other,)), replace(plan, charge=True)):
        with pytest.raises(InvalidInput):
            REPLACEMENT.check(wrong, choice)


def test_goods_for_nothing_count_and_paid_ones_do_not(shop: FakeShop) -> None:
    order = an_order("o1", lines=LINES)
    free = shop.plan_replacement(read_choice(order, {**FREE, "qty.l1": "2"}))
    paid = shop.plan_replacement(read_choice(order, {**FREE, "mode": "charge"}))

    assert REPLACEMENT.amount(free).amount == Decimal("20")
    assert REPLACEMENT.amount(paid).amount == 0


def test_one_new_order(desk: Desk, shop: FakeShop) -> None:
    action = _preview(desk, shop)
    confirm(desk, action)

    states = [work(desk, action).state, work(desk, action).state]

    assert (states, len(shop.changes)) == (["done"] * 2, 1)


def test_a_lost_answer_makes_no_second_order(desk: Desk, shop: FakeShop) -> None:
    def lost(make: Callable[[], Any]) -> Any:
        make()
        raise OutcomeUnknown("answer_lost")

    shop.steps.append(lost)
    action = _preview(desk, shop)
    confirm(desk, action)

    assert work(desk, action).state == "unknown"
    assert look(desk, action).state == "done"
    assert len(shop.changes) == 1
