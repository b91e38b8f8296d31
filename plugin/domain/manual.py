"""A refund that no gateway makes: who pays back, how, and until when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from plugin.domain.money import Money

Way = Literal["transfer", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualChoice:
    """`account` and `holder` only for a transfer; they are sealed and never part of a plan."""

    order_ref: str
    amount: Money
    way: Way
    days: int
    account: str = field(default="", repr=False)
    holder: str = field(default="", repr=False)
    masked: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualPlan:
    """What is owed. `refunded_before`, `order_total` and `order_state` are the order's as it was
    previewed."""

    order_ref: str
    amount: Money
    remaining: Money
    way: Way
    masked: str
    days: int
    payment: str
    refunded_before: Money
    order_total: Money
    order_state: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualReceipt:
    """Written down as owed; no shop was called and no money has moved."""

    ref: str
    created_at: datetime
    reference: str
    payment: Literal["due"] = "due"
    state: Literal["final"] = "final"
