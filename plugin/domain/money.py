"""Money and currency digits; the only place that rounds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

_DIGITS = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
            "UYI",
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


class MoneyError(ValueError):
    """A text that is not an amount of this currency. `code` names the message."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def currency_digits(currency: str) -> int:
    """Decimal places of an ISO 4217 currency (JPY 0, EUR 2, KWD 3)."""
    return _DIGITS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in major units of one currency (ISO 4217 code)."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError("amount must be Decimal")

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(Decimal(0), currency)

    @classmethod
    def of(cls, text: str | Decimal | int, currency: str) -> Money:
        """From a platform's text ("12.50"). Floats are refused."""
        if isinstance(text, float):
            raise TypeError("money is never a float")
        return cls(Decimal(text), currency)

    def rounded(self) -> Money:
        """Half up to the currency's digits, as both platforms round."""
        quantum = Decimal(1).scaleb(-currency_digits(self.currency))
        return Money(self.amount.quantize(quantum, ROUND_HALF_UP), self.currency)

    def text(self) -> str:
        """Plain text with a dot and the currency's digits, for the wire: "12.50"."""
        return f"{self.rounded().amount:f}"

    def _same(self, other: Money) -> Decimal:
        if not isinstance(other, Money):
            raise TypeError("money mixes only with money")
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")
        return other.amount

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __mul__(self, factor: int | Decimal) -> Money:
        if isinstance(factor, float):
            raise TypeError("money is never a float")
        return Money(self.amount * factor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other)

    def __bool__(self) -> bool:
        return self.amount != 0


def total(parts: Iterable[Money], currency: str) -> Money:
    """Sum of parts in one currency; zero for none."""
    result = Money.zero(currency)
    for part in parts:
        result = result + part
    return result


def share(whole: Money, weights: Sequence[int | Decimal]) -> list[Money]:
    """Split by weights so that the rounded parts sum to the rounded whole (largest remainder).
    Raises ValueError for a negative weight."""
    if any(weight < 0 for weight in weights):
        raise ValueError("weights are never negative")
    if whole.amount < 0:
        return [-part for part in share(-whole, weights)]
    sum_weights = sum(Decimal(weight) for weight in weights)
    quantum = Decimal(1).scaleb(-currency_digits(whole.currency))
    if not weights or sum_weights == 0:
        return [Money.zero(whole.currency) for _ in weights]
    exact = [whole.amount * Decimal(weight) / sum_weights for weight in weights]
    floors = [value // quantum * quantum for value in exact]
    order = sorted(range(len(exact)), key=lambda i: (floors[i] - exact[i], i))
    missing = int((whole.rounded().amount - sum(floors)) / quantum)
    for i in order[:missing]:
        floors[i] += quantum
    return [Money(value, whole.currency) for value in floors]


def parse_amount(text: str, currency: str) -> Money:
    """What a person typed, in either decimal style ("0,50", "1.234,50", "1,234.50").

    Raises MoneyError: amount_missing, amount_not_a_number, amount_ambiguous,
    amount_negative, amount_zero, amount_too_precise.
    """
    raw = text.replace("\u00a0", " ").replace("\u202f", " ").strip()
    if not raw:
        raise MoneyError("amount_missing")
    if " " in raw:
        raw = _without_spaces(raw)
    amount = _decimal(_plain(raw, currency))
    if amount < 0:
        raise MoneyError("amount_negative")
    if amount == 0:
        raise MoneyError("amount_zero")
    money = Money(amount, currency)
    if money.rounded().amount != amount:
        raise MoneyError("amount_too_precise")
    return money.rounded()


def _without_spaces(raw: str) -> str:
    """Spaces group thousands ("1 234,50"); anything else ("12 50") might mean two things."""
    whole = re.split(r"[.,]", raw, maxsplit=1)[0]
    if " " in raw[len(whole) :] or not _grouped(whole.lstrip("-+"), " "):
        raise MoneyError("amount_not_a_number")
    return raw.replace(" ", "")


def _plain(raw: str, currency: str) -> str:
    """One decimal point or none. A lone separator before exactly three digits is ambiguous
    ("1.234" is one thousand in Madrid and one and a bit in London): ask, never guess."""
    if "," in raw and "." in raw:
        decimal = "," if raw.rfind(",") > raw.rfind(".") else "."
        other = "." if decimal == "," else ","
        whole, _, fraction = raw.rpartition(decimal)
        if not _grouped(whole.lstrip("-+"), other):
            raise MoneyError("amount_not_a_number")
        return whole.replace(other, "") + "." + fraction
    for mark in ",.":
        if raw.count(mark) > 1:
            if not _grouped(raw.lstrip("-+"), mark):
                raise MoneyError("amount_not_a_number")
            return raw.replace(mark, "")
        if mark in raw:
            whole, _, fraction = raw.partition(mark)
            leading = whole.lstrip("-+")
            if len(fraction) == 3 and currency_digits(currency) < 3 and leading.strip("0"):
                raise MoneyError("amount_ambiguous")
    return raw.replace(",", ".")


def _grouped(whole: str, mark: str) -> bool:
    first, *rest = whole.split(mark)
    return 1 <= len(first) <= 3 and all(len(group) == 3 for group in rest)


def _decimal(text: str) -> Decimal:
    if not text.isascii() or "e" in text.lower() or "_" in text:
        raise MoneyError("amount_not_a_number")
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise MoneyError("amount_not_a_number") from error
    if not amount.is_finite() or abs(amount) > Decimal(10) ** 12:
        raise MoneyError("amount_not_a_number")
    return amount
