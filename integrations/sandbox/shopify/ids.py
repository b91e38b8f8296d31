"""Global ids: `gid://shopify/<Type>/<number>`."""

from __future__ import annotations

_PREFIX = "gid://shopify/"


def gid(kind: str, number: int) -> str:
    return f"{_PREFIX}{kind}/{number}"


def number(text: str, kind: str) -> int:
    """The number of a global id of this kind; 0 of anything else, which nothing has."""
    head, _, tail = text.removeprefix(_PREFIX).partition("/")
    fits = text.startswith(_PREFIX) and head == kind and tail.isascii() and tail.isdigit()
    return int(tail) if fits else 0


def loose_number(text: str) -> int:
    """The number at the end of a global id, or the number itself; 0 if there is none."""
    tail = text.rpartition("/")[2]
    return int(tail) if tail.isascii() and tail.isdigit() else 0
