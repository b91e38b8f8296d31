from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from plugin.domain.discounts import DiscountChoice, check, frozen, new_code
from plugin.domain.money import Money
from plugin.errors import InvalidInput
from tests.builders import NOON

EURO = Money(Decimal(5), "EUR")


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"code": " "}, "code_missing", "code"),
        ({"kind": "percentage"}, "percentage_invalid", "percentage"),
        ({"kind": "percentage", "percentage": Decimal("100.01")}, "percentage_invalid",
         "percentage"),
        ({"kind": "amount"}, "amount_missing", "amount"),
        ({"kind": "amount", "amount": Money(Decimal(0), "EUR")}, "amount_zero", "amount"),
        ({"minimum": Money(Decimal(1), "JPY")}, "currency_mismatch", "minimum"),
        ({"expires_at": NOON}, "expiry_in_the_past", "expires_at"),
    ],
)  # fmt: skip
def test_what_no_shop_can_make_is_refused(wrong: dict[str, Any], code: str, field: str) -> None:
    choice = DiscountChoice(**{"code": "A", "kind": "free_shipping", **wrong})

    with pytest.raises(InvalidInput) as refused:
        check(choice, "EUR", NOON)

    assert (refused.value.code, refused.value.parameters["field"]) == (code, field)


def test_a_plan_holds_what_its_kind_needs_and_whole_seconds() -> None:
    choice = DiscountChoice(
        code="A", kind="amount", amount=EURO, percentage=Decimal(10), email="a@example.com",
        expires_at=NOON + timedelta(microseconds=7), for_anyone=True,
    )  # fmt: skip

    plan = frozen(choice, "EUR", email=choice.email)

    assert (plan.amount, plan.percentage, plan.expires_at) == (EURO, None, NOON)
    assert (plan.bound_to, plan.email) == ("anyone", "")


def test_a_code_has_a_prefix_and_two_groups() -> None:
    assert re.fullmatch(r"GRACIAS(-[A-Z3-9]{4}){2}", new_code("Gracias"))


def test_what_cannot_be_read_aloud_is_left_out() -> None:
    assert new_code("¡Perdón! 10 %", draw=lambda most: most - 1) == "PERDN10-9999-9999"
    assert new_code("x" * 40).startswith("X" * 12 + "-")


def test_nothing_looks_like_something_else() -> None:
    drawn = {letter for _ in range(400) for letter in new_code()}

    assert not drawn & set("0O1IL2Z5S8BUV")


def test_ten_thousand_codes_are_different() -> None:
    assert len({new_code("A") for _ in range(10_000)}) == 10_000
