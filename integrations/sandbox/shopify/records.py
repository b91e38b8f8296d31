"""What changes in the pretend shop: refunds. All else is the seed's. Amounts are in the currency
the customer paid and follow the order's tax convention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

Restock = Literal["NO_RESTOCK", "RETURN", "CANCEL"]
Status = Literal["SUCCESS", "PENDING", "FAILURE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundedLine:
    """Units of a line that went back; `location_id` 0 = not restocked."""

    line_id: int
    quantity: int
    restock: Restock
    location_id: int
    subtotal: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundTransaction:
    """Money sent back to one payment (`parent_id`), or into the customer's store credit (0)."""

    id: int
    parent_id: int
    status: Status
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRecord:
    """A refund as it was committed."""

    id: int
    order_id: int
    created_at: datetime
    note: str
    lines: tuple[RefundedLine, ...]
    shipping: Decimal
    shipping_tax: Decimal
    transactions: tuple[RefundTransaction, ...]

    @property
    def total(self) -> Decimal:
        """What went back or is on its way; failed transactions moved nothing."""
        sent = (item.amount for item in self.transactions if item.status != "FAILURE")
        return sum(sent, Decimal(0))


def to_json(record: RefundRecord) -> dict[str, Any]:
    """Plain values; decimals and times as text."""
    return {key: _plain(value) for key, value in asdict(record).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def from_json(data: Mapping[str, Any]) -> RefundRecord:
    """The inverse of `to_json`."""
    return RefundRecord(
        id=data["id"],
        order_id=data["order_id"],
        created_at=datetime.fromisoformat(data["created_at"]),
        note=data["note"],
        lines=tuple(RefundedLine(**_amounts(line, "subtotal", "tax")) for line in data["lines"]),
        shipping=Decimal(data["shipping"]),
        shipping_tax=Decimal(data["shipping_tax"]),
        transactions=tuple(
            RefundTransaction(**_amounts(item, "amount")) for item in data["transactions"]
        ),
    )


def _amounts(data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {**data, **{name: Decimal(data[name]) for name in names}}
