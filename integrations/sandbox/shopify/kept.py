"""What the pretend shop keeps beside orders and refunds: holds, marks, codes, drafts, mails.

Plain values by kind and key, so that one line of the journal holds one of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from integrations.sandbox.seed.shapes import Address, Order, Person

Value = Any
T = TypeVar("T", Order, Person)


class Kept:
    """Records by kind and key, in the order they were first kept."""

    def __init__(self) -> None:
        self._records: defaultdict[str, dict[str, Value]] = defaultdict(dict)

    def get(self, kind: str, key: str) -> Value | None:
        return self._records[kind].get(key)

    def all(self, kind: str) -> list[Value]:
        return list(self._records[kind].values())

    def put(self, kind: str, key: str, value: Value | None) -> int:
        """Keeps or, with None, forgets; gives the record's own number, 0 without one."""
        if value is None:
            self._records[kind].pop(key, None)
            return 0
        self._records[kind][key] = value
        return int(value.get("id", 0)) if isinstance(value, dict) else 0


def patched(record: T, changes: Mapping[str, Any]) -> T:
    """An order or a person with fields replaced by plain values."""
    return replace(record, **{name: _shaped(name, value) for name, value in changes.items()})


def ordered(data: Mapping[str, Any]) -> Order:
    """The inverse of `plain` for an order."""
    return msgspec.convert(data, Order, strict=False)


def plain(value: Any) -> Any:
    """Records as JSON has them; decimals and times as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, list | tuple):
        return [plain(member) for member in value]
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _shaped(name: str, value: Any) -> Any:
    if name in ("shipping", "address"):
        return Address(**value)
    if name == "tags":
        return tuple(value)
    times = ("cancelled_at", "updated_at")
    return datetime.fromisoformat(value) if name in times else value
