"""Codes that give a customer something off: choice, preview, receipt, and how a code is made."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from plugin.domain.money import Money
from plugin.domain.orders import Order
from plugin.errors import InvalidInput

WHOLE = Decimal(100)
DiscountKind = Literal["percentage", "amount", "free_shipping"]

# without what is read or heard as something else: 0 O, 1 I L, 2 Z, 5 S, 8 B, U V
_LETTERS = "ACDEFGHJKMNPQRTWXY34679"
_GROUPS, _GROUP = 2, 4
_LONGEST_PREFIX = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountChoice:
    """What the agent chose, checked for form only. `percentage` is "10" for ten per cent.

    The code is for the customer with `customer_ref`, else for whoever pays with `email`;
    `for_anyone` gives it to whoever has it. `once` = it can be used one time. `worth` is what
    counts in limits."""

    code: str
    kind: DiscountKind
    percentage: Decimal | None = None
    amount: Money | None = None
    minimum: Money | None = None
    customer_ref: str = ""
    email: str = ""
    for_anyone: bool = False
    once: bool = True
    expires_at: datetime | None = None
    title: str = ""
    worth: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountPlan:
    """A preview frozen as the intent. `bound_to` is what the shop will look at when the code is
    used. `currency` is the shop's: codes are worth nothing in another. `worth` as chosen."""

    code: str
    kind: DiscountKind
    percentage: Decimal | None
    amount: Money | None
    minimum: Money | None
    bound_to: Literal["customer", "email", "anyone"]
    customer_ref: str = ""
    email: str = ""
    once: bool = True
    expires_at: datetime | None = None
    title: str = ""
    currency: str
    warnings: tuple[str, ...] = ()
    worth: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountReceipt:
    """A code that is there and was compared with the plan. `code` as the customer types it."""

    ref: str
    code: str
    reference: str
    created_at: datetime
    expires_at: datetime | None = None
    payment: Literal[""] = ""
    state: Literal["final"] = "final"


def worth_of(
    kind: DiscountKind, percentage: Decimal | None, amount: Money | None, order: Order
) -> Money:
    """What a code may cost, as nobody knows yet what it will be used for: its amount, else what it
    would have taken off the order that it is made for, in that order's currency."""
    if amount is not None:
        return amount
    if kind == "percentage" and percentage is not None:
        return (order.total * (percentage / WHOLE)).rounded()
    return order.shipping_total


def check(choice: DiscountChoice, currency: str, now: datetime) -> None:
    """What no shop can make of a choice. Raises InvalidInput."""
    if not choice.code.strip():
        raise InvalidInput("code_missing", field="code")
    percentage = choice.percentage
    if choice.kind == "percentage" and not (percentage and 0 < percentage <= WHOLE):
        raise InvalidInput("percentage_invalid", field="percentage")
    if choice.kind == "amount" and choice.amount is None:
        raise InvalidInput("amount_missing", field="amount")
    for given, field in ((choice.amount, "amount"), (choice.minimum, "minimum")):
        _check_money(given, field, currency)
    if choice.expires_at and choice.expires_at <= now:
        raise InvalidInput("expiry_in_the_past", field="expires_at")


def _check_money(given: Money | None, field: str, currency: str) -> None:
    if given is None:
        return
    if given.currency != currency:
        raise InvalidInput("currency_mismatch", field=field, currency=currency)
    if given.amount <= 0:
        raise InvalidInput("amount_zero", field=field)


def frozen(
    choice: DiscountChoice, currency: str, *, customer_ref: str = "", email: str = ""
) -> DiscountPlan:
    """The plan of a checked choice, bound to what is given of the two, if to anybody."""
    bound: Literal["customer", "email"] = "customer" if customer_ref else "email"
    return DiscountPlan(
        code=choice.code,
        kind=choice.kind,
        percentage=choice.percentage if choice.kind == "percentage" else None,
        amount=choice.amount if choice.kind == "amount" else None,
        minimum=choice.minimum,
        bound_to="anyone" if choice.for_anyone else bound,
        customer_ref="" if choice.for_anyone else customer_ref,
        email="" if choice.for_anyone else email,
        once=choice.once,
        expires_at=choice.expires_at and choice.expires_at.replace(microsecond=0),
        title=choice.title,
        currency=currency,
    )


def new_code(prefix: str = "", draw: Callable[[int], int] = secrets.randbelow) -> str:
    """A code to be read aloud, "GRACIAS-7KQM-X4TD": no shop gives out enough of them for two to be
    equal. `prefix` is cut to letters and digits. `draw(n)` gives a number below n."""
    bare = "".join(letter for letter in prefix.upper() if letter.isascii() and letter.isalnum())
    groups = ("".join(_LETTERS[draw(len(_LETTERS))] for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join([part for part in (bare[:_LONGEST_PREFIX], *groups) if part])
