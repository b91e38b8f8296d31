"""Codes: checks, the plan, the body of the call, and whether one came out as it was asked. Pure.

The shop takes a coupon and drops in silence what it does not like: an address that is none leaves
it open to everybody, and an expiry in UTC is passed over. So what it says is compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from decimal import Decimal

from plugin.domain.discounts import (
    DiscountChoice,
    DiscountPlan,
    DiscountReceipt,
    check,
    frozen,
)
from plugin.domain.identity import normal_email
from plugin.domain.orders import Order
from plugin.errors import InvalidInput, Unsupported
from plugin.ports.store import Capability

from .payloads_changes import CouponRecord
from .values import amount, joined_reason, maybe_moment, moment, split_reason, wire_text

_KINDS = {"percentage": "percent", "amount": "fixed_cart", "free_shipping": "fixed_cart"}


def capability(_order: Order) -> Capability:
    return Capability(name="discount", available=True)


def plan(choice: DiscountChoice, currency: str, now: datetime, *, on: bool) -> DiscountPlan:
    """Raises InvalidInput, Unsupported("coupons_off"). `on`: the shop takes coupons at all."""
    if not on:
        raise Unsupported("coupons_off")
    check(choice, currency, now)
    email = normal_email(choice.email)
    if not choice.for_anyone and not email:
        raise InvalidInput("discount_needs_email", field="email")
    return frozen(choice, currency, email=email)


def body(plan: DiscountPlan, zone: tzinfo, reference: str) -> Mapping[str, object]:
    """The call's JSON. The expiry is written in the shop's own time, the only one it reads."""
    entry: dict[str, object] = {
        "code": plan.code,
        "discount_type": _KINDS[plan.kind],
        "amount": _value(plan),
        "free_shipping": plan.kind == "free_shipping",
        "individual_use": False,
        "description": joined_reason(plan.title, reference),
    }
    if plan.once:
        entry |= {"usage_limit": 1, "usage_limit_per_user": 1}
    if plan.bound_to == "email":
        entry["email_restrictions"] = [plan.email]
    if plan.expires_at:
        local = plan.expires_at.astimezone(zone)
        entry["date_expires"] = local.strftime("%Y-%m-%dT%H:%M:%S")
    if plan.minimum:
        entry["minimum_amount"] = wire_text(plan.minimum)
    return entry


def _value(plan: DiscountPlan) -> str:
    if plan.amount is not None:
        return wire_text(plan.amount)
    return f"{(plan.percentage or Decimal(0)).normalize():f}"


def differences(plan: DiscountPlan, made: CouponRecord) -> list[str]:
    """Names of what came out otherwise than it was asked."""
    wanted = [plan.email] if plan.bound_to == "email" else []
    limit = 1 if plan.once else None
    found = {
        "code": made["code"].casefold() == plan.code.casefold(),
        "kind": made["discount_type"] == _KINDS[plan.kind],
        "value": amount(made["amount"]) == amount(_value(plan)),
        "shipping": made["free_shipping"] is (plan.kind == "free_shipping"),
        "customer": [normal_email(email) for email in made["email_restrictions"]] == wanted,
        "once": (made["usage_limit"], made["usage_limit_per_user"]) == (limit, limit),
        "expiry": maybe_moment(made["date_expires_gmt"]) == plan.expires_at,
        "minimum": amount(made["minimum_amount"]) == _least(plan),
    }
    return [name for name, same in found.items() if not same]


def _least(plan: DiscountPlan) -> Decimal:
    return plan.minimum.amount if plan.minimum else Decimal(0)


def reference_of(made: CouponRecord) -> str:
    """Our reference, "" of a coupon that somebody else made."""
    return split_reason(made["description"])[1]


def receipt(plan: DiscountPlan, made: CouponRecord, reference: str) -> DiscountReceipt:
    return DiscountReceipt(
        ref=str(made["id"]),
        code=plan.code,
        reference=reference,
        created_at=moment(made["date_created_gmt"]),
        expires_at=maybe_moment(made["date_expires_gmt"]),
    )
