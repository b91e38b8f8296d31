"""Codes: checks, the plan, the mutations' inputs, and whether one came out as asked. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from plugin.domain.discounts import (
    WHOLE,
    DiscountChoice,
    DiscountPlan,
    DiscountReceipt,
    check,
    frozen,
)
from plugin.domain.money import Money
from plugin.domain.orders import Order
from plugin.errors import Unsupported
from plugin.ports.store import Capability

from .values import gid, maybe_moment, moment, money, ref


def capability(_order: Order) -> Capability:
    return Capability(name="discount", available=True)


def plan(choice: DiscountChoice, currency: str, now: datetime) -> DiscountPlan:
    """Raises InvalidInput, Unsupported("discount_needs_customer")."""
    check(choice, currency, now)
    if not choice.for_anyone and not gid("Customer", choice.customer_ref):
        raise Unsupported("discount_needs_customer")
    return frozen(choice, currency, customer_ref=choice.customer_ref)


def variables(plan: DiscountPlan, now: datetime, reference: str) -> Mapping[str, object]:
    """For the mutation of the plan's kind. Customers see the title, so it is the code and nothing
    else; a tag, which only the shop's people see, is our reference."""
    person = {"customers": {"add": [gid("Customer", plan.customer_ref)]}}
    entry: dict[str, object] = {
        "title": plan.code,
        "tags": [reference],
        "code": plan.code,
        "startsAt": now.isoformat(),
        "endsAt": plan.expires_at.isoformat() if plan.expires_at else None,
        "usageLimit": 1 if plan.once else None,
        "appliesOncePerCustomer": plan.once,
        "context": person if plan.bound_to == "customer" else {"all": "ALL"},
    }
    if plan.minimum:
        floor = {"greaterThanOrEqualToSubtotal": plan.minimum.text()}
        entry["minimumRequirement"] = {"subtotal": floor}
    if plan.kind == "free_shipping":
        entry["destination"] = {"all": True}
    else:
        entry["customerGets"] = {"items": {"all": True}, "value": _value(plan)}
    return {"discount": entry}


def _value(plan: DiscountPlan) -> Mapping[str, object]:
    if plan.amount is not None:
        return {"discountAmount": {"amount": plan.amount.text(), "appliesOnEachItem": False}}
    # the one number of this interface that is no text: a ratio, not money
    return {"percentage": float((plan.percentage or Decimal(0)) / WHOLE)}


def differences(plan: DiscountPlan, node: Mapping[str, Any]) -> list[str]:
    """Names of what came out otherwise than it was asked."""
    made = node["codeDiscount"]
    people = made["context"].get("customers")
    wanted = [gid("Customer", plan.customer_ref)] if plan.bound_to == "customer" else None
    found = {
        "code": [item["code"] for item in made["codes"]["nodes"]] == [plan.code],
        "expiry": maybe_moment(made["endsAt"]) == plan.expires_at,
        "once": made["usageLimit"] == (1 if plan.once else None),
        "customer": (people and [person["id"] for person in people]) == wanted,
        "minimum": _minimum(made) == plan.minimum,
        "value": _same_value(plan, made),
    }
    return [name for name, same in found.items() if not same]


def _minimum(made: Mapping[str, Any]) -> Money | None:
    floor = (made["minimumRequirement"] or {}).get("greaterThanOrEqualToSubtotal")
    return money(floor) if floor else None


def _same_value(plan: DiscountPlan, made: Mapping[str, Any]) -> bool:
    if plan.kind == "free_shipping":
        return bool(made["__typename"] == "DiscountCodeFreeShipping")
    value = made["customerGets"]["value"]
    if plan.amount is not None:
        return "amount" in value and money(value["amount"]) == plan.amount
    ratio = Decimal(str(value.get("percentage", "0")))
    return ratio * WHOLE == (plan.percentage or Decimal(0))


def is_ours(node: Mapping[str, Any], reference: str) -> bool:
    """Whether it was made by the action of this reference."""
    return reference in node["codeDiscount"]["tags"]


def receipt(plan: DiscountPlan, node: Mapping[str, Any], reference: str) -> DiscountReceipt:
    made = node["codeDiscount"]
    return DiscountReceipt(
        ref=ref(node["id"]),
        code=plan.code,
        reference=reference,
        created_at=moment(made["createdAt"]),
        expires_at=maybe_moment(made["endsAt"]),
    )
