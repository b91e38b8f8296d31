"""Roles, and the limits that the owner sets them.

A limit is of one currency. As soon as a role has one for a kind of action in some currency, amounts
in a currency without its own count as above it: nobody is let through by a missing exchange rate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Literal, get_args

from plugin.domain.identity import normal_email
from plugin.domain.money import Money
from plugin.domain.orders import Order

Role = Literal["owner", "supervisor", "agent", "viewer"]
ROLES: tuple[Role, ...] = get_args(Role)

ACTING: frozenset[Role] = frozenset({"owner", "supervisor", "agent"})
"""Who acts on orders unless the owner says otherwise."""
OVERSEEING: frozenset[Role] = frozenset({"owner", "supervisor"})
"""Who approves, and closes what needs a person."""
LIMITED: tuple[Role, ...] = ("supervisor", "agent")
"""Whom limits are for. Above a supervisor's own the owner decides; the owner has none but the
fuse, and a viewer does not act."""

CUSTOMER_SPAN = timedelta(days=30)
FUSE_SPAN = timedelta(hours=1)

Limit = Literal["per_action", "per_day", "per_customer", "no_limit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """In one currency, None = no such limit: for each action, for each agent and day, for each
    customer in 30 days."""

    per_action: Decimal | None = None
    per_day: Decimal | None = None
    per_customer: Decimal | None = None

    def __bool__(self) -> bool:
        return (self.per_action, self.per_day, self.per_customer) != (None, None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What counts already, in the same currency: by this agent today, on this customer."""

    today: Decimal = Decimal(0)
    on_customer: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """Which limit an amount is above. `limit` is None where the currency has none."""

    what: Limit
    limit: Money | None
    currency: str

    @property
    def parameters(self) -> dict[str, object]:
        """As errors and sentences take them."""
        return {"what": self.what, "currency": self.currency, "limit": self.limit}


def above(amount: Money, limits: Mapping[str, Limits], spent: Spent) -> Over | None:
    """The first limit this amount is above; `limits` by currency, only those that limit."""
    if amount.amount <= 0 or not limits:
        return None
    known = limits.get(amount.currency)
    if known is None:
        return Over(what="no_limit", limit=None, currency=amount.currency)
    checks: tuple[tuple[Limit, Decimal | None, Decimal], ...] = (
        ("per_action", known.per_action, Decimal(0)),
        ("per_day", known.per_day, spent.today),
        ("per_customer", known.per_customer, spent.on_customer),
    )
    for what, limit, before in checks:
        if limit is not None and before + amount.amount > limit:
            found = Money(limit, amount.currency)
            return Over(what=what, limit=found, currency=amount.currency)
    return None


def customer_key(connection_id: str, order: Order) -> str:
    """Whose 30 days an action counts in: the e-mail over all shops, else the shop's customer,
    else the order alone. A digest, so that the ledger holds no address."""
    email = normal_email(order.email)
    if email:
        text = f"email {email}"
    elif order.customer_ref:
        text = f"customer {connection_id} {order.customer_ref}"
    else:
        text = f"order {connection_id} {order.ref}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


_PROVEN = frozenset({"signed", "paired", "login"})


def role_for(role: str, proof: str) -> str:
    """What a role is worth with this proof of the person: whoever may be a replay only reads."""
    return role if proof in _PROVEN else "viewer"
