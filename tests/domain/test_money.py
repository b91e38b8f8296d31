"""Amounts are exact, in one currency, and never guessed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.domain.money import Money, MoneyError, currency_digits, parse_amount, share, total
from tests.strategies import currencies, money, texts, weights


@given(money(), weights)
def test_shares_sum_to_the_whole_and_are_never_negative(whole: Money, parts: list[int]) -> None:
    shares = share(whole, parts)

    assert total(shares, whole.currency) == whole
    assert all(part.amount >= 0 and part == part.rounded() for part in shares)


@given(money(smallest=1), weights)
def test_shares_of_a_debt_mirror_those_of_a_sum(whole: Money, parts: list[int]) -> None:
    assert share(-whole, parts) == [-part for part in share(whole, parts)]


@given(money(), weights)
def test_a_share_is_within_one_coin_of_its_weight(whole: Money, parts: list[int]) -> None:
    coin = Decimal(1).scaleb(-currency_digits(whole.currency))

    for part, weight in zip(share(whole, parts), parts, strict=True):
        assert abs(part.amount - whole.amount * weight / sum(parts)) < coin


def test_nothing_to_weigh_shares_nothing() -> None:
    assert share(Money.of("5", "EUR"), [0, 0]) == [Money.zero("EUR")] * 2
    assert share(Money.of("5", "EUR"), []) == []


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        share(Money.of("5", "EUR"), [2, -1])


@given(money(smallest=1))
def test_what_is_written_is_read_again(amount: Money) -> None:
    assert parse_amount(amount.text(), amount.currency) == amount


def refusal(text: str, currency: str) -> str:
    """The code, or "" when the text is an amount."""
    try:
        read = parse_amount(text, currency)
    except MoneyError as refused:
        return refused.code
    return "" if read.amount > 0 and read == read.rounded() else "not an amount"


@given(texts, currencies)
def test_any_text_is_an_amount_above_zero_or_a_named_refusal(text: str, currency: str) -> None:
    code = refusal(text, currency)

    assert code == "" or code.startswith("amount_")


@given(st.text("0123456789.,+- '\u00a0eE_xNaInf", max_size=15), currencies)
def test_nearly_an_amount_is_read_or_refused_by_name(text: str, currency: str) -> None:
    code = refusal(text, currency)

    assert code == "" or code.startswith("amount_")


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("0,50", "EUR", "0.50"),
        (" 12.5 ", "EUR", "12.50"),
        ("1.234,50", "EUR", "1234.50"),
        ("1,234.50", "EUR", "1234.50"),
        ("1 234,50", "EUR", "1234.50"),
        ("1\u202f234", "EUR", "1234.00"),
        ("1.234.567", "CLP", "1234567"),
        ("1.234", "KWD", "1.234"),
        ("0.005", "KWD", "0.005"),
        (".5", "EUR", "0.50"),
    ],
)
def test_either_decimal_style_is_read(text: str, currency: str, amount: str) -> None:
    assert parse_amount(text, currency).text() == amount


@pytest.mark.parametrize(
    ("text", "currency", "code"),
    [
        ("", "EUR", "amount_missing"),
        (" \u00a0", "EUR", "amount_missing"),
        ("1.234", "EUR", "amount_ambiguous"),
        ("1,000", "JPY", "amount_ambiguous"),
        ("-1.234", "EUR", "amount_ambiguous"),
        ("12 50", "EUR", "amount_not_a_number"),
        ("12, 50", "EUR", "amount_not_a_number"),
        ("1,23,4.5", "EUR", "amount_not_a_number"),
        ("1e3", "EUR", "amount_not_a_number"),
        ("1_000", "EUR", "amount_not_a_number"),
        ("NaN", "EUR", "amount_not_a_number"),
        ("sNaN", "EUR", "amount_not_a_number"),
        ("-Infinity", "EUR", "amount_not_a_number"),
        ("٣", "EUR", "amount_not_a_number"),
        ("9" * 4000, "EUR", "amount_not_a_number"),
        ("-5", "EUR", "amount_negative"),
        ("0,00", "EUR", "amount_zero"),
        ("-0", "EUR", "amount_zero"),
        ("0,505", "EUR", "amount_too_precise"),
        ("0.5", "JPY", "amount_too_precise"),
        ("1.2345", "KWD", "amount_too_precise"),
    ],
)
def test_what_might_mean_two_things_is_not_guessed(text: str, currency: str, code: str) -> None:
    with pytest.raises(MoneyError) as refused:
        parse_amount(text, currency)

    assert refused.value.code == code


def test_currencies_do_not_mix() -> None:
    euro, dollar = Money.of("1", "EUR"), Money.of("1", "USD")

    for mix in (euro.__add__, euro.__sub__, euro.__lt__, euro.__ge__):
        with pytest.raises(ValueError, match="do not mix"):
            mix(dollar)
    assert euro != dollar


def test_a_float_is_refused_everywhere() -> None:
    with pytest.raises(TypeError):
        Money(0.1, "EUR")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Money.of(0.1, "EUR")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Money.of("1", "EUR") * 0.1  # type: ignore[operator]
    with pytest.raises(TypeError):
        Money.of("1", "EUR") + 1  # type: ignore[operator]
