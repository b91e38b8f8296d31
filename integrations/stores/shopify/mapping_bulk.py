"""Families of exported lines as the payloads that the other mappings read. Pure.

A file cannot hold a list inside a list: the goods of refunds and parcels, further shipping lines
and discounts on shipping are missing. Where that shows, the order is marked "details".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from plugin.domain.money import Money, total
from plugin.domain.orders import DETAILS, Order
from plugin.domain.people import Customer
from plugin.domain.products import Product

from . import mapping, mapping_products
from .values import allocated, paid_money, ref

Payload = dict[str, Any]
_payload = msgspec.json.Decoder(dict[str, Any]).decode
_NOTHING: Mapping[str, Any] = {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
# What the query asks for of each list; a full one may go on.
_MOST = {"fulfillments": 20, "refunds": 20, "transactions": 30}


def customer(line: bytes) -> Customer:
    return mapping.customer(_payload(line))  # type: ignore[arg-type]


def order(line: bytes, children: Iterable[bytes], admin: str) -> Order:
    """`admin` is the start of an order's page in the shop's admin, empty if unknown."""
    payload = _payload(line)
    lines = sorted(map(_payload, children), key=_number)
    shipping = payload.pop("shippingLine")
    transactions = payload["transactions"] or []
    paid_back = [item for item in transactions if item["kind"] == "REFUND"]
    whole = {
        **payload,
        "lineItems": {"nodes": lines},
        "shippingLines": {"nodes": [shipping] if shipping else []},
        "discountApplications": {"nodes": _applications(lines)},
        "fulfillments": [
            {**item, "fulfillmentLineItems": _sent(payload, lines)}
            for item in payload["fulfillments"]
        ],
        "refunds": [_refund(item, paid_back) for item in payload["refunds"]],
    }
    page = f"{admin}{ref(payload['id'])}" if admin else ""
    partial = (DETAILS,) if _lacks(payload, shipping, lines) else ()
    extra = mapping.Extra(admin_url=page, partial=partial)
    return mapping.order(whole, extra)  # type: ignore[arg-type]


def product(
    line: bytes, variants: Iterable[bytes], levels: Mapping[str, Sequence[bytes]], currency: str
) -> Product:
    """`levels` by the id of the inventory item."""
    payload = _payload(line)
    shown = sorted(map(_payload, variants), key=lambda item: (item["position"], _number(item)))
    for variant in shown:
        item = variant["inventoryItem"]
        found = sorted(map(_payload, levels.get(item["id"], ())), key=lambda level: level["id"])
        variant["inventoryItem"] = {**item, "inventoryLevels": {"nodes": found}}
    return mapping_products.product({**payload, "variants": {"nodes": shown}}, currency)  # type: ignore[typeddict-item]


def item_ids(variants: Iterable[bytes]) -> list[str]:
    """Of the inventory items of these variants."""
    return [_payload(line)["inventoryItem"]["id"] for line in variants]


def _sent(payload: Payload, lines: Sequence[Payload]) -> Mapping[str, Any]:
    """What is in a parcel: everything, or not said."""
    if not _all_in_one(payload, lines):
        return _NOTHING
    goods = [{"quantity": item["quantity"], "lineItem": {"id": item["id"]}} for item in lines]
    return {**_NOTHING, "nodes": goods}


def _all_in_one(payload: Payload, lines: Sequence[Payload]) -> bool:
    """One parcel, nothing left to send and nothing ever taken off the order."""
    parcels = payload["fulfillments"]
    return (
        len(parcels) == 1
        and parcels[0]["status"] == "SUCCESS"
        and payload["displayFulfillmentStatus"] == "FULFILLED"
        and not payload["refunds"]
        and all(
            not item["unfulfilledQuantity"] and item["refundableQuantity"] == item["quantity"]
            for item in lines
        )
    )


def _refund(payload: Payload, paid_back: Sequence[Payload]) -> Payload:
    """Which payments belong to which refund is not said: the worst news of all is shown, until the
    details are there."""
    moved = paid_back if paid_money(payload["totalRefundedSet"]) else []
    return {
        **payload,
        "refundLineItems": _NOTHING,
        "refundShippingLines": _NOTHING,
        "transactions": {"nodes": list(moved)},
    }


def _applications(lines: Iterable[Payload]) -> list[Payload]:
    """The discounts that reached a line, each once, in their order."""
    found = {
        entry["discountApplication"]["index"]: entry["discountApplication"]
        for line in lines
        for entry in line["discountAllocations"]
    }
    return [found[index] for index in sorted(found)]


def _lacks(payload: Payload, shipping: Payload | None, lines: Sequence[Payload]) -> bool:
    full = any(len(payload[name] or ()) >= most for name, most in _MOST.items())
    unclear = payload["fulfillments"] and not _all_in_one(payload, lines)
    if full or payload["refunds"] or unclear:
        return True
    currency = payload["presentmentCurrencyCode"]
    sent = paid_money(shipping["discountedPriceSet"]) if shipping else Money.zero(currency)
    off = total((allocated(line["discountAllocations"], currency) for line in lines), currency)
    return _differs(payload["totalShippingPriceSet"], sent) or _differs(
        payload["totalDiscountsSet"], off
    )


def _differs(bag: Any, known: Money) -> bool:
    return bool(bag) and paid_money(bag) != known


def _number(payload: Payload) -> int:
    return int(ref(payload["id"]))
