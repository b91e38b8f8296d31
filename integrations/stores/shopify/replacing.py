"""A new order from an old one: checks, the draft's input, plan and receipt. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from plugin.domain.money import Money
from plugin.domain.orders import Order
from plugin.domain.people import Address
from plugin.domain.replacements import (
    MOST_LINES,
    ReplacementChoice,
    ReplacementItem,
    ReplacementLine,
    ReplacementPlan,
    ReplacementReceipt,
)
from plugin.errors import BadAnswer, InvalidInput
from plugin.ports.store import Capability

from .addressing import address_input
from .values import gid, moment, paid_money, ref, web_url

_NO_OPTIONS = "Default Title"
_FREE = {"valueType": "PERCENTAGE", "value": 100, "title": "100 %"}


def capability(_order: Order) -> Capability:
    """Any order can be made once more; what must be there is asked with the goods."""
    return Capability(name="replacement", available=True)


def check(order: Order, choice: ReplacementChoice) -> None:
    """Raises InvalidInput."""
    if not choice.lines:
        raise InvalidInput("nothing_to_send")
    if len(choice.lines) > MOST_LINES:
        raise InvalidInput("too_many_lines", limit=MOST_LINES)
    known = {line.ref: line.quantity for line in order.lines}
    for line in choice.lines:
        field = f"qty.{line.line_ref}"
        if line.line_ref not in known or not gid("ProductVariant", line.variant_ref):
            raise InvalidInput("line_not_in_order", field=field)
        if line.quantity < 1:
            raise InvalidInput("quantity_invalid", field=field)
        if line.quantity > known[line.line_ref]:
            raise InvalidInput("quantity_too_high", field=field, left=known[line.line_ref])
    if choice.address is None and order.shipping_address is None:
        raise InvalidInput("address_missing", field="line1")


def question(order: Order, choice: ReplacementChoice) -> Mapping[str, object]:
    """The draft as it will be made, to be calculated."""
    goods = [(line.variant_ref, line.quantity) for line in choice.lines]
    place = choice.address or order.shipping_address
    return {
        **_goods(goods, order.currency, charge=choice.charge),
        **_owner(place, order.email, order.customer_ref),
    }


def _goods(
    goods: Sequence[tuple[str, int]], currency: str, *, charge: bool
) -> Mapping[str, object]:
    """Delivery costs nothing either way: what went wrong is sent once more."""
    free = {} if charge else {"appliedDiscount": _FREE}
    nothing = {"amount": Money.zero(currency).text(), "currencyCode": currency}
    return {
        "lineItems": [
            {"variantId": gid("ProductVariant", variant), "quantity": quantity, **free}
            for variant, quantity in goods
        ],
        "presentmentCurrencyCode": currency,
        "acceptAutomaticDiscounts": False,
        "shippingLine": {"title": "-", "priceWithCurrency": nothing},
    }


def _owner(place: Address | None, email: str, customer_ref: str) -> Mapping[str, object]:
    entry: dict[str, object] = {}
    if place is not None:
        entry["shippingAddress"] = address_input(place)
    if email:
        entry["email"] = email
    if customer_ref:
        entry["purchasingEntity"] = {"customerId": gid("Customer", customer_ref)}
    return entry


def plan(order: Order, choice: ReplacementChoice, calculated: Mapping[str, Any]) -> ReplacementPlan:
    """Raises InvalidInput("stock_short"), BadAnswer for a calculation about other goods."""
    place = choice.address or order.shipping_address
    lines = calculated["lineItems"]
    if place is None or len(lines) != len(choice.lines):
        raise BadAnswer("bad_answer", cause="calculation_differs")
    items = tuple(_item(wanted, found) for wanted, found in zip(choice.lines, lines, strict=True))
    total = paid_money(calculated["totalPriceSet"])
    if not choice.charge and total:
        raise BadAnswer("bad_answer", cause="free_has_a_price")
    mailed = choice.charge and choice.notify and bool(order.email)
    return ReplacementPlan(
        order_ref=order.ref,
        order_number=order.number,
        order_version=order.updated_at.isoformat(),
        order_state=order.state,
        items=items,
        charge=choice.charge,
        address=place,
        email=order.email,
        phone=order.phone,
        customer_ref=order.customer_ref,
        currency=order.currency,
        total=total,
        tax=paid_money(calculated["totalTaxSet"]),
        notify=mailed,
        note=choice.note,
        customer_mailed="yes" if mailed else "no",
        warnings=tuple(_warnings(lines)),
    )


def _item(wanted: ReplacementLine, found: Mapping[str, Any]) -> ReplacementItem:
    variant = found["variant"]
    if variant is None or ref(variant["id"]) != wanted.variant_ref:
        raise BadAnswer("bad_answer", cause="calculation_differs")
    counted = variant["inventoryItem"]["tracked"]
    left = variant["inventoryQuantity"] or 0
    if counted and variant["inventoryPolicy"] == "DENY" and left < wanted.quantity:
        raise InvalidInput("stock_short", field=f"qty.{wanted.line_ref}", left=max(0, left))
    options = found["variantTitle"] or ""
    return ReplacementItem(
        line_ref=wanted.line_ref,
        product_ref=ref(variant["product"]["id"]),
        variant_ref=wanted.variant_ref,
        title=found["title"],
        options="" if options == _NO_OPTIONS else options,
        sku=found["sku"] or "",
        quantity=wanted.quantity,
        unit_price=paid_money(found["originalUnitPriceSet"]),
        stock=left if counted else None,
    )


def _warnings(lines: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    counted = [line for line in lines if line["variant"]["inventoryItem"]["tracked"]]
    if any((line["variant"]["inventoryQuantity"] or 0) < line["quantity"] for line in counted):
        yield "stock_on_backorder"


def draft_input(plan: ReplacementPlan, reference: str) -> Mapping[str, object]:
    """The same draft again, with what links it to the old order."""
    goods = [(item.variant_ref, item.quantity) for item in plan.items]
    return {
        **_goods(goods, plan.currency, charge=plan.charge),
        **_owner(plan.address, plan.email, plan.customer_ref),
        "tags": [reference, f"replaces #{plan.order_number}"],
        "customAttributes": [{"key": "replaces", "value": f"#{plan.order_number}"}],
        "note": plan.note,
    }


def link_tag(receipt: ReplacementReceipt) -> str:
    """What the old order is tagged with."""
    return f"replaced by {receipt.number}"


def receipt(draft: Mapping[str, Any], reference: str) -> ReplacementReceipt:
    order = draft["order"]
    stage: Literal["order", "awaiting_payment"] = "order" if order else "awaiting_payment"
    return ReplacementReceipt(
        ref=ref(draft["id"]),
        order_ref=ref(order["id"]) if order else "",
        number=order["name"] if order else draft["name"],
        stage=stage,
        reference=reference,
        created_at=moment(draft["createdAt"]),
        total=paid_money(draft["totalPriceSet"]),
        pay_url="" if order else web_url(draft["invoiceUrl"]),
        mailed="yes" if draft["invoiceSentAt"] else "no",
    )
