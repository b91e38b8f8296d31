"""Codes that give a customer something off: what is chosen, what the worker does.

The code is made with the preview, so that a lost answer is looked for by its name and never made
twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from plugin.actions.kind import Kind
from plugin.actions.launch import Seat
from plugin.actions.sidebar import OrderRow
from plugin.db.ledger import ActionRow
from plugin.domain.discounts import (
    DiscountChoice,
    DiscountKind,
    DiscountPlan,
    DiscountReceipt,
    new_code,
    worth_of,
)
from plugin.domain.money import Money, MoneyError, parse_amount
from plugin.domain.orders import Order
from plugin.errors import InvalidInput
from plugin.messages import time_zone
from plugin.ports.store import Capability, Store, StorePlatform
from plugin.services import Services

NAME = "discount"
LIFE = timedelta(days=30)
_KINDS: Mapping[str, DiscountKind] = {
    "percentage": "percentage",
    "amount": "amount",
    "free_shipping": "free_shipping",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountForm:
    """`currency` is the shop's, in which its codes are counted; `until` is proposed, a day in
    `zone`, the shop's."""

    currency: str
    until: date
    zone: str = ""


def _capability(platform: StorePlatform, order: Order) -> Capability:
    return platform.ability(NAME, order)


def _form(services: Services, seat: Seat, row: OrderRow, typed: Mapping[str, str]) -> DiscountForm:
    shop = seat.connection(row.connection_id)
    currency = shop.currency if shop else row.order().currency
    zone = (shop.timezone if shop else "") or seat.timezone
    until = (services.clock() + LIFE).astimezone(time_zone(zone)).date()
    return DiscountForm(currency=currency, until=until, zone=zone)


def read_choice(order: Order, typed: Mapping[str, str]) -> DiscountChoice:
    """`typed`: what (percentage, amount, free_shipping), percentage, amount, minimum, currency,
    until (a date; the code lives to its end in `zone`), zone, reason."""
    kind = _KINDS.get(typed.get("what", ""))
    if kind is None:
        raise InvalidInput("mode_unknown", field="what")
    currency = typed.get("currency", "") or order.currency
    percentage = _percentage(typed) if kind == "percentage" else None
    amount = _money(typed, "amount", currency) if kind == "amount" else None
    return DiscountChoice(
        code=new_code(),
        kind=kind,
        percentage=percentage,
        amount=amount,
        minimum=_money(typed, "minimum", currency) if typed.get("minimum", "").strip() else None,
        customer_ref=order.customer_ref,
        email=order.email,
        expires_at=_until(typed),
        title=" ".join(typed.get("reason", "").split())[:100],
        worth=worth_of(kind, percentage, amount, order),
    )


def _percentage(typed: Mapping[str, str]) -> Decimal:
    text = typed.get("percentage", "").strip().rstrip("%").strip().replace(",", ".")
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise InvalidInput("percentage_invalid", field="percentage") from error
    if not value.is_finite() or not 0 < value <= 100 or value != round(value, 2):
        raise InvalidInput("percentage_invalid", field="percentage")
    return value


def _money(typed: Mapping[str, str], field: str, currency: str) -> Money:
    try:
        return parse_amount(typed.get(field, ""), currency)
    except MoneyError as error:
        raise InvalidInput(error.code, field=field, currency=currency) from error


def _until(typed: Mapping[str, str]) -> datetime:
    try:
        day = date.fromisoformat(typed.get("until", ""))
    except ValueError as error:
        raise InvalidInput("expiry_missing", field="until") from error
    end = datetime.combine(day, time(23, 59, 59), time_zone(typed.get("zone", "")))
    try:
        return end.astimezone(UTC)
    except OverflowError as error:
        raise InvalidInput("expiry_missing", field="until") from error


def _check(plan: DiscountPlan, choice: DiscountChoice) -> None:
    """For this customer, once, worth what was asked."""
    wanted = (choice.code, choice.kind, choice.percentage, choice.amount, choice.minimum)
    if wanted != (plan.code, plan.kind, plan.percentage, plan.amount, plan.minimum):
        raise InvalidInput("plan_does_not_add_up")
    if plan.bound_to == "anyone" or not plan.once or plan.expires_at != choice.expires_at:
        raise InvalidInput("plan_does_not_add_up")


def _recheck(store: Store, row: ActionRow, plan: DiscountPlan) -> None:
    """Nothing of the order stands in the way of a code."""


def _send(store: Store, row: ActionRow, plan: DiscountPlan) -> DiscountReceipt:
    return store.make_discount(plan, key=row.idempotency_key, reference=row.reference)


def _find(store: Store, row: ActionRow, plan: DiscountPlan) -> DiscountReceipt | None:
    return store.find_discount(plan, row.reference)


def _no_strangers(store: Store, row: ActionRow, plan: DiscountPlan) -> bool:
    """The code itself is ours alone."""
    return False


DISCOUNT = Kind(
    name=NAME,
    plan_type=DiscountPlan,
    exclusive=False,
    capability=_capability,
    form=_form,
    read=read_choice,
    plan=lambda store, choice: replace(store.plan_discount(choice), worth=choice.worth),
    check=_check,
    amount=lambda plan: plan.worth or plan.amount or Money.zero(plan.currency),
    reason=lambda plan: plan.title,
    recheck=_recheck,
    send=_send,
    find=_find,
    strangers=_no_strangers,
)
