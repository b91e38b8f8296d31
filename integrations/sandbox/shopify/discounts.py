"""Discount codes: made, found by their code, deleted."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from integrations.sandbox.seed.shapes import SHOP_CURRENCY

from .amounts import money
from .connections import listed
from .ids import gid, number
from .scene import Scene, View, stamp

_BASIC, _SHIPPING = "DiscountCodeBasic", "DiscountCodeFreeShipping"


class _Wrong(Exception):
    """The input does not fit: a userError with a code."""

    def __init__(self, code: str, message: str, *field: str) -> None:
        super().__init__(message)
        self.view = {"code": code, "message": message, "field": list(field), "extraInfo": None}


class Discounts:
    """Every field of this kind, of mutations and of queries."""

    def __init__(self, scene: Scene) -> None:
        self._world = scene.world

    def fields(self) -> View:
        return {
            "discountCodeBasicCreate": self.create_basic,
            "discountCodeFreeShippingCreate": self.create_shipping,
            "discountCodeDelete": self.delete,
            "codeDiscountNodeByCode": self.by_code,
        }

    def create_basic(self, _info: Any, **given: Any) -> View:
        at = "basicCodeDiscount"
        return self._create(given[at], _BASIC, at)

    def create_shipping(self, _info: Any, **given: Any) -> View:
        return self._create(
            given["freeShippingCodeDiscount"], _SHIPPING, "freeShippingCodeDiscount"
        )

    def _create(self, wanted: View, kind: str, at: str) -> View:
        try:
            self._check(wanted, kind, at)
        except _Wrong as wrong:
            return {"codeDiscountNode": None, "userErrors": [wrong.view]}
        record = {
            "id": self._world.new_id(),
            "kind": kind,
            "title": wanted["title"],
            "tags": list(wanted.get("tags") or ()),
            "code": wanted["code"],
            "createdAt": stamp(self._world.now()),
            "endsAt": _utc(wanted.get("endsAt")),
            "usageLimit": wanted.get("usageLimit"),
            "appliesOncePerCustomer": bool(wanted.get("appliesOncePerCustomer")),
            "customers": (wanted["context"].get("customers") or {}).get("add"),
            "minimum": _minimum(wanted),
            "value": (wanted.get("customerGets") or {}).get("value"),
        }
        self._world.keep("discount", record["code"].lower(), record)
        return {"codeDiscountNode": _node(record), "userErrors": []}

    def _check(self, wanted: View, kind: str, at: str) -> None:
        """Raises _Wrong."""
        for name in ("title", "code", "startsAt"):
            if not wanted.get(name):
                raise _Wrong("BLANK", f"{name} can't be blank", at, name)
        if self._world.kept.get("discount", wanted["code"].lower()):
            text = "Code must be unique. Please try a different code."
            raise _Wrong("TAKEN", text, at, "code")
        ends, starts = _utc(wanted.get("endsAt")), _utc(wanted["startsAt"])
        if ends and starts and ends <= starts:
            text = "Ends at needs to be after starts_at"
            raise _Wrong("END_DATE_BEFORE_START_DATE", text, at, "endsAt")
        for person in (wanted.get("context", {}).get("customers") or {}).get("add") or []:
            if number(person, "Customer") not in self._world.customers:
                raise _Wrong("INVALID", "Customer is invalid", at, "context")
        if kind == _BASIC:
            _check_value((wanted.get("customerGets") or {}).get("value") or {}, at)

    def delete(self, _info: Any, **given: Any) -> View:
        identity = number(given["id"], "DiscountCodeNode")
        for record in self._world.kept.all("discount"):
            if record["id"] == identity:
                self._world.keep("discount", record["code"].lower(), None)
                return {"deletedCodeDiscountId": given["id"], "userErrors": []}
        error = {"code": "INVALID", "message": "Code discount does not exist.", "field": ["id"]}
        return {"deletedCodeDiscountId": None, "userErrors": [error]}

    def by_code(self, _info: Any, **given: Any) -> View | None:
        """Without regard to case, as at the checkout."""
        record = self._world.kept.get("discount", given["code"].lower())
        return record and _node(record)


def _check_value(value: View, at: str) -> None:
    percentage, amount = value.get("percentage"), value.get("discountAmount")
    if percentage is not None and not 0 < percentage <= 1:
        raise _Wrong("VALUE_OUTSIDE_RANGE", "Value must be between 0.0 and 1.0", at, "customerGets")
    if percentage is None and not amount:
        raise _Wrong("BLANK", "Value can't be blank", at, "customerGets")
    try:
        wrong = bool(amount) and Decimal(str((amount or {}).get("amount"))) <= 0
    except InvalidOperation:
        wrong = True
    if wrong:
        raise _Wrong("GREATER_THAN", "Value must be greater than 0", at, "customerGets")


def _minimum(wanted: View) -> str | None:
    floor = (wanted.get("minimumRequirement") or {}).get("subtotal") or {}
    text = floor.get("greaterThanOrEqualToSubtotal")
    return None if text is None else str(text)


def _utc(text: Any) -> str | None:
    return stamp(datetime.fromisoformat(str(text))) if text else None


def _node(record: View) -> View:
    return {"id": gid("DiscountCodeNode", record["id"]), "codeDiscount": _discount(record)}


def _discount(record: View) -> View:
    people, floor = record["customers"], record["minimum"]
    told = ("title", "tags", "createdAt", "endsAt", "usageLimit", "appliesOncePerCustomer")
    view = {name: record[name] for name in told}
    view |= {
        "__typename": record["kind"],
        "status": "ACTIVE",
        "context": {"__typename": "DiscountBuyerSelectionAll"},
        "minimumRequirement": None,
        "codes": listed([record["code"]], lambda code: {"code": code}),
    }
    if people:
        customers = [{"id": person} for person in people]
        view["context"] = {"__typename": "DiscountCustomers", "customers": customers}
    if floor is not None:
        least = money(Decimal(floor), SHOP_CURRENCY)
        view["minimumRequirement"] = {
            "__typename": "DiscountMinimumSubtotal",
            "greaterThanOrEqualToSubtotal": least,
        }
    if record["kind"] == _BASIC:
        view["customerGets"] = {"value": _value(record["value"])}
    return view


def _value(given: View) -> View:
    if given.get("percentage") is not None:
        return {"__typename": "DiscountPercentage", "percentage": given["percentage"]}
    amount = money(Decimal(str(given["discountAmount"]["amount"])), SHOP_CURRENCY)
    return {"__typename": "DiscountAmount", "amount": amount}
