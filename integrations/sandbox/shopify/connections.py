"""Pages of a connection: `first`, `after`, opaque cursors that survive changes in between."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from graphql import GraphQLError

PAGE_LIMIT = 250
EVERYTHING = 1 << 60
"""As `first`: for what reads lists to their end, which no request may."""
Key = tuple[str | int, ...]
T = TypeVar("T")


def page(
    items: Iterable[T],
    render: Callable[[T], Any],
    key: Callable[[T], Key],
    *,
    first: int | None = None,
    after: str | None = None,
    reverse: bool | None = False,
    **others: Any,
) -> dict[str, Any]:
    """A connection over `items`, ordered by `key` (which must be unique). Raises GraphQLError for
    arguments this shop does not know."""
    _check(first, others)
    ordered = sorted(items, key=key, reverse=bool(reverse))
    if after is not None:
        last = _key(after)
        ordered = [item for item in ordered if _is_past(key(item), last, bool(reverse))]
    taken = ordered[:first]
    cursors = [_cursor(key(item)) for item in taken]
    nodes = [render(item) for item in taken]
    return {
        "nodes": nodes,
        "edges": [{"node": node, "cursor": at} for node, at in zip(nodes, cursors, strict=True)],
        "pageInfo": {
            "hasNextPage": len(ordered) > len(taken),
            "hasPreviousPage": after is not None,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }


def listed(items: Iterable[T], render: Callable[[T], Any]) -> Callable[..., dict[str, Any]]:
    """A nested connection over items in their order; only those of the page are rendered."""

    def resolve(_info: Any, **arguments: Any) -> dict[str, Any]:
        arguments.pop("sortKey", None)
        numbered = list(enumerate(items))
        return page(numbered, lambda item: render(item[1]), lambda item: (item[0],), **arguments)

    return resolve


NOTHING = listed((), lambda item: item)


def _check(first: int | None, others: dict[str, Any]) -> None:
    if first is None:
        raise GraphQLError("you must provide one of first or last")
    if first != EVERYTHING and not 0 < first <= PAGE_LIMIT:
        raise GraphQLError(f"first must be between 1 and {PAGE_LIMIT}")
    unknown = [name for name, value in others.items() if value is not None]
    if unknown:
        raise GraphQLError(f"The pretend shop does not know the arguments {', '.join(unknown)}.")


def _is_past(key: Key, last: Key, reverse: bool) -> bool:
    return key < last if reverse else key > last


def _cursor(key: Key) -> str:
    return base64.b64encode(json.dumps(key).encode()).decode()


def _key(cursor: str) -> Key:
    try:
        return tuple(json.loads(base64.b64decode(cursor, validate=True)))
    except (ValueError, binascii.Error, TypeError) as error:
        raise GraphQLError("Invalid cursor for current pagination sort.") from error
