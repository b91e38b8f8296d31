"""How the real server, written in PHP, reads numbers out of text: the root of many a trap."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import quote_plus

_NUMERIC = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*")
_LIST_KEY = re.compile(r"([^\[\]]+)\[([^\[\]]*)\]")

Query = dict[str, Any]


def number(text: str) -> Decimal | None:
    """The value if the whole text is a number in PHP's eyes, else None."""
    return Decimal(text.strip()) if _NUMERIC.fullmatch(text) else None


def leading_number(text: str) -> Decimal:
    """The number a text begins with, 0 without one: what arithmetic on a text uses."""
    found = _NUMERIC.match(text)
    return Decimal(found.group().strip()) if found else Decimal(0)


def is_greater(left: str, right: str) -> bool:
    """`left > right` for two texts: as numbers only if both are, else letter by letter."""
    first, second = number(left), number(right)
    if first is None or second is None:
        return left > right
    return first > second


def decimal_text(text: str, separator: str) -> str:
    """The store's own clean-up of a typed amount: separators become dots, anything else goes.

    With the separator "." a comma is dropped, so "0,50" becomes "050", fifty.
    """
    dotted = text.replace(separator, ".")
    return re.sub(r"\.(?![^.]+$)|[^0-9.-]", "", dotted)


def money(text: str, decimals: int) -> str:
    """`text` with exactly `decimals` places, half up; "" stays ""."""
    if text == "":
        return ""
    value = leading_number(text).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return format(abs(value) if value == 0 else value, "f")


def plain(value: Decimal) -> str:
    """A number as PHP prints it: no exponent, no zeros at the end."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def query(pairs: list[tuple[str, str]]) -> Query:
    """Query arguments as PHP sees them: of equal names the last wins, `a[]` and `a[0]` add up."""
    result: Query = {}
    for key, value in pairs:
        nested = _LIST_KEY.fullmatch(key)
        if not nested:
            result[key] = value
            continue
        name, index = nested.groups()
        branch = result.get(name)
        if not isinstance(branch, dict):
            branch = result[name] = {}
        branch[index or str(len(branch))] = value
    return result


def build_query(arguments: Query) -> str:
    """The reverse of `query`; lists become `name[0]`, true is 1 and false is left out."""
    pairs: list[str] = []
    for key, value in arguments.items():
        if isinstance(value, list):
            pairs += [f"{quote_plus(f'{key}[{i}]')}={_encoded(v)}" for i, v in enumerate(value)]
        elif value is not False:
            pairs.append(f"{quote_plus(key)}={_encoded(value)}")
    return "&".join(pairs)


def _encoded(value: object) -> str:
    return quote_plus("1" if value is True else str(value))
