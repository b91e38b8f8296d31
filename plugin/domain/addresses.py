"""Where an order goes and whom it reaches: choice, preview and receipt of a change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from plugin.domain.money import Money
from plugin.domain.people import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChoice:
    """What the agent chose, checked for form only. None leaves a part as it is. `default_too`
    changes the customer's default address as well; it needs `address`."""

    order_ref: str
    address: Address | None = None
    email: str | None = None
    phone: str | None = None
    default_too: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressPlan:
    """A preview frozen as the intent. `…_after` None = stays as it is.

    `total_after` is what the shop will make of the order's total when it taxes it for the new
    place; None where the shop does not let that be known, then `warnings` has "total_unknown".
    `holds` are the parcels in preparation that stand still meanwhile. `default_ref` is the
    customer's address that changes too ("" = none, "new" = they have none yet).
    """

    order_ref: str
    order_number: str
    order_version: str
    order_state: str
    address_before: Address | None
    address_after: Address | None = None
    email_before: str = ""
    email_after: str | None = None
    phone_before: str = ""
    phone_after: str | None = None
    total_before: Money
    total_after: Money | None
    tax_before: Money
    tax_after: Money | None
    holds: tuple[str, ...] = ()
    customer_ref: str = ""
    default_ref: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def difference(self) -> Money | None:
        """What the change does to the total: negative = less to pay."""
        return None if self.total_after is None else self.total_after - self.total_before


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressReceipt:
    """What the shop has now. `held` are parcels that still stand still though they should not;
    `default` says what became of the customer's own address."""

    order_ref: str
    reference: str
    changed_at: datetime
    address: Address | None
    email: str
    phone: str
    total: Money
    held: tuple[str, ...] = ()
    payment: Literal[""] = ""
    state: Literal["final"] = "final"
    default: Literal["not_asked", "changed", "failed", "unknown"] = "not_asked"

    @property
    def ref(self) -> str:
        return self.order_ref

    @property
    def created_at(self) -> datetime:
        return self.changed_at
