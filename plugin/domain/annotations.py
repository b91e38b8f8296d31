"""Notes and tags on an order or its customer: choices, previews and receipts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteChoice:
    """A text on an order, or on the customer if `customer_ref` is given. `to_customer` makes it a
    note that the customer reads, by mail at once."""

    order_ref: str = ""
    customer_ref: str = ""
    text: str
    to_customer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePlan:
    """A preview frozen as the intent. `before` is the one note the platform keeps, to which the
    text is added; empty where notes stand one by one."""

    order_ref: str = ""
    customer_ref: str = ""
    shown: str
    text: str
    before: str = ""
    to_customer: bool = False
    customer_mailed: Literal["yes", "no"] = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteReceipt:
    """`ref` is the note's own, empty where the platform keeps one note only."""

    ref: str = ""
    reference: str
    written_at: datetime
    text: str
    payment: Literal[""] = ""
    state: Literal["final"] = "final"

    @property
    def created_at(self) -> datetime:
        return self.written_at


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsChoice:
    """Tags to put on and to take off an order, or the customer if `customer_ref` is given."""

    order_ref: str = ""
    customer_ref: str = ""
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsPlan:
    """A preview frozen as the intent: only what makes a difference is left in it."""

    order_ref: str = ""
    customer_ref: str = ""
    shown: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsReceipt:
    """All tags as they were seen after it."""

    ref: str = ""
    reference: str
    created_at: datetime
    tags: tuple[str, ...]
    payment: Literal[""] = ""
    state: Literal["final"] = "final"
