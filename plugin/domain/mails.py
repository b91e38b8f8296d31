"""A mail that the shop sends once more: choice, preview and receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

MailKind = Literal["invoice", "details"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailChoice:
    """`subject` and `text` are ours where the platform takes them; empty = the shop's own."""

    order_ref: str
    kind: MailKind
    subject: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPlan:
    """A preview frozen as the intent. It goes to the order's own address, no other."""

    order_ref: str
    order_number: str
    kind: MailKind
    to: str
    subject: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailReceipt:
    """The shop took it on; whether it arrived nobody says."""

    order_ref: str
    reference: str
    to: str
    sent_at: datetime
    payment: Literal[""] = ""
    state: Literal["final"] = "final"

    @property
    def ref(self) -> str:
        return self.order_ref

    @property
    def created_at(self) -> datetime:
        return self.sent_at
