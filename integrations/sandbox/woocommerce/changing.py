"""Changing an order: PUT orders/{id}. No state machine, no check of the goods, no lock."""

from __future__ import annotations

from typing import Any

from .answers import Answer, ApiError, Call, one
from .params import Param, Specs, is_email
from .records import Json
from .render import order_document
from .routes import Endpoint
from .shop import Shop
from .states import STATUSES, enter
from .taxing import recalculate

WRITE: Specs = {
    "status": Param(enum=STATUSES),
    "billing": Param(kind="object"),
    "shipping": Param(kind="object"),
    "customer_note": Param(),
    "meta_data": Param(kind="array", items=Param(kind="object")),
    "manual_update": Param(kind="boolean"),
    "dp": Param(kind="integer"),
}


def update_order(call: Call) -> Answer:
    """Fields that are not sent stay; an address makes all money of the order anew."""
    wanted = call.params
    check_email(wanted)
    if call.shop.get("orders", call.id) is None:
        raise ApiError(400, "woocommerce_rest_shop_order_invalid_id", "ID is invalid.")

    def change(order: Json) -> None:
        fill(call.shop, order, wanted)
        if wanted.get("status"):
            by_hand = bool(wanted.get("manual_update"))
            enter(call.shop, order, wanted["status"], author="admin" if by_hand else "WooCommerce")
        if "billing" in wanted or "shipping" in wanted:
            recalculate(call.shop, order)
        order["date_modified_gmt"] = call.shop.stamp()
        order["version"] = call.shop.site.version

    fresh = call.shop.change("orders", call.id, change)
    return one(call, order_document(call, fresh or {}))


def check_email(wanted: Json) -> None:
    """Raises ApiError 400: the one thing of an address that is looked at."""
    email = (wanted.get("billing") or {}).get("email")
    if not email or is_email(str(email)):
        return
    text = "Invalid email address."
    detail = {"code": "rest_invalid_email", "message": text, "data": None}
    data = {"status": 400, "params": {"billing": text}, "details": {"billing": detail}}
    raise ApiError(400, "rest_invalid_param", "Invalid parameter(s): billing", data)


def fill(shop: Shop, order: Json, wanted: Json) -> None:
    """Addresses, note and metadata."""
    for kind in ("billing", "shipping"):
        given = {k: v for k, v in (wanted.get(kind) or {}).items() if k in order[kind]}
        order[kind] = {**order[kind], **given}
    if wanted.get("customer_note") is not None:
        order["customer_note"] = wanted["customer_note"]
    for entry in wanted.get("meta_data") or []:
        set_meta(shop, order, str(entry.get("key")), entry.get("value"))


def set_meta(shop: Shop, order: Json, key: str, value: Any) -> None:
    """A key that is there gets a new value, like the real server's."""
    for meta in order["meta_data"]:
        if meta["key"] == key:
            meta["value"] = value
            return
    order["meta_data"].append({"id": shop.new_id("meta"), "key": key, "value": value})


UPDATE = Endpoint(handler=update_order, params=WRITE)
