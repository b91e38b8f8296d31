"""Bank accounts as customers write them: IBAN, CLABE (Mexico), CBU and CVU (Argentina).

An account is taken only if its check digits agree: a slip of the finger would pay a stranger.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

AccountKind = Literal["iban", "clabe", "cbu"]

_CLABE = (3, 7, 1)
_CBU_BANK = (7, 1, 3, 9, 7, 1, 3)
_CBU_ACCOUNT = (3, 9, 7, 1, 3, 9, 7, 1, 3, 9, 7, 1, 3)
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
# Lengths of the countries whose shops and customers we mostly meet; others by the general rule.
_LENGTHS = {
    "AD": 24, "AT": 20, "BE": 16, "BR": 29, "CH": 21, "CR": 22, "DE": 22, "DO": 28, "ES": 24,
    "FR": 27, "GB": 22, "GT": 28, "IE": 22, "IT": 27, "LU": 20, "NL": 18, "PL": 28, "PT": 25,
    "SV": 28,
}  # fmt: skip


class AccountError(ValueError):
    """A text that is no account. `code` names the message."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Account:
    """Whole only where it must be: `masked` is what may be shown and written down."""

    kind: AccountKind
    number: str = field(repr=False)

    @property
    def masked(self) -> str:
        begins = self.number[:2] if self.kind == "iban" else ""
        return f"{self.kind.upper()} {begins}•••• {self.number[-4:]}"

    @property
    def grouped(self) -> str:
        """By fours, as one reads it aloud."""
        return " ".join(re.findall(".{1,4}", self.number))


def parse_account(text: str) -> Account:
    """Raises AccountError: account_missing, account_unknown, account_check."""
    plain = re.sub(r"[\s\u00a0\u202f.\-]", "", text).upper().removeprefix("IBAN")
    if not plain:
        raise AccountError("account_missing")
    if _IBAN.fullmatch(plain):
        return _checked("iban", plain, _iban_holds(plain))
    if plain.isascii() and plain.isdecimal() and len(plain) == 18:
        return _checked("clabe", plain, _digit(plain[:17], _CLABE) == int(plain[17]))
    if plain.isascii() and plain.isdecimal() and len(plain) == 22:
        return _checked("cbu", plain, _cbu_holds(plain))
    raise AccountError("account_unknown")


def _checked(kind: AccountKind, number: str, holds: bool) -> Account:
    if not holds:
        raise AccountError("account_check")
    return Account(kind, number)


def _iban_holds(plain: str) -> bool:
    if len(plain) != _LENGTHS.get(plain[:2], len(plain)):
        return False
    turned = plain[4:] + plain[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def _digit(digits: str, weights: tuple[int, ...]) -> int:
    """CLABE: each product counts by its last digit."""
    places = (int(digit) * weights[at % len(weights)] % 10 for at, digit in enumerate(digits))
    return -sum(places) % 10


def _cbu_holds(plain: str) -> bool:
    """Two blocks, each ending in its own digit."""
    bank, account = plain[:8], plain[8:]
    first = -sum(int(d) * w for d, w in zip(bank, _CBU_BANK, strict=False)) % 10
    second = -sum(int(d) * w for d, w in zip(account, _CBU_ACCOUNT, strict=False)) % 10
    return first == int(bank[7]) and second == int(account[13])
