"""Search expressions of the Admin API. What people typed is only ever a quoted value: the search
is by words, so every hit is compared exactly afterwards. Pure."""

from __future__ import annotations

import re

from plugin.domain.identity import normal_email, normal_number, same_phone
from plugin.domain.people import Customer

_OPERATORS = ("AND", "OR", "NOT")
_E164 = re.compile(r"\+\d{7,15}")


def quoted(text: str) -> str:
    """A value that cannot leave its quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def term(name: str, text: str) -> str:
    return f"{name}:{quoted(text)}"


def dialable(phones: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """The spellings Shopify stores: E.164, also of older number plans."""
    return tuple(dict.fromkeys(phone for phone in phones if _E164.fullmatch(phone)))


def words(text: str) -> str:
    """Every word must occur, in any order; plain words also as the beginning of one. Empty if
    there is no word in the text."""
    found = (word for word in text.split() if any(mark.isalnum() for mark in word))
    return " ".join(
        f"{word}*" if word.isalnum() and word.upper() not in _OPERATORS else quoted(word)
        for word in found
    )


def is_email_of(customer: Customer, email: str) -> bool:
    return bool(email) and normal_email(customer.email) == email


def is_phone_of(customer: Customer, phone: str) -> bool:
    """Of the account or of its address; national spellings are read with the address's country."""
    country = customer.address.country if customer.address else ""
    known = (customer.phone, *customer.other_phones)
    return any(same_phone(number, phone, country) for number in known if number)


def is_number(name: str, number: str, prefix: str, suffix: str) -> bool:
    """Whether an order named `name` ("#TA-1001-ES") is meant by `number`: its whole name or the
    part between the shop's prefix and suffix."""
    whole, wanted = normal_number(name), normal_number(number)
    bare = whole.removeprefix(normal_number(prefix)).removesuffix(normal_number(suffix))
    return bool(wanted) and wanted in (whole, bare)
