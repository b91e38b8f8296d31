"""Texts for replies: what each may say, and filling them in.

A variable is its name in braces. Nothing else in a text means anything, and what is filled in is
never read again: a customer called "{link}" stays that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

VARIABLES: Mapping[str, tuple[str, ...]] = {
    "tracking": ("number", "name", "shop", "carrier", "tracking_number", "tracking_link"),
    "summary": ("number", "name", "shop", "date", "items", "total"),
    "returns": ("number", "name", "shop"),
    "discount": ("code", "worth", "conditions"),
    "product": ("title", "price", "stock", "link", "shop"),
}
"""The texts there are, in the order they are offered."""
OF_ORDERS = ("tracking", "summary", "returns")
_VARIABLE = re.compile(r"\{([^{}\n]*)\}")


def variables_in(text: str) -> tuple[str, ...]:
    """What a text asks for, each once."""
    return tuple(dict.fromkeys(_VARIABLE.findall(text)))


def unknown_in(name: str, text: str) -> str:
    """The first variable that this text has not; "" if there is none."""
    return next((each for each in variables_in(text) if each not in VARIABLES[name]), "")


def lacking(text: str, values: Mapping[str, str]) -> tuple[str, ...]:
    """What a text asks for and nobody knows."""
    return tuple(each for each in variables_in(text) if each not in values)


def fill(text: str, values: Mapping[str, str]) -> str:
    """ "" if anything is lacking: half a sentence is worse than none."""
    if lacking(text, values):
        return ""
    return _VARIABLE.sub(lambda found: values[found[1]], text).strip()


def known(values: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Without what is empty."""
    return {name: value for name, value in values if value}
