"""Coupons. What the real server does not like of one it often drops in silence."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from .answers import Answer, ApiError, Call, one, page
from .orders import PAGING
from .params import Param, Specs, is_email
from .php import leading_number, money
from .records import Json
from .render import coupon_document
from .routes import Endpoint, Route, route
from .shop import stamp

_LIST: Specs = {**PAGING, "code": Param()}
_IDS = Param(kind="array", items=Param(kind="integer"))
_TYPES = ("percent", "fixed_cart", "fixed_product")
_WRITE: Specs = {
    "code": Param(),
    "discount_type": Param(enum=_TYPES, default="fixed_cart"),
    "amount": Param(),
    "description": Param(),
    "date_expires": Param(),
    "individual_use": Param(kind="boolean", default=False),
    "product_ids": _IDS,
    "excluded_product_ids": _IDS,
    "usage_limit": Param(kind="integer"),
    "usage_limit_per_user": Param(kind="integer"),
    "free_shipping": Param(kind="boolean", default=False),
    "exclude_sale_items": Param(kind="boolean", default=False),
    "minimum_amount": Param(),
    "maximum_amount": Param(),
    "email_restrictions": Param(kind="array", items=Param()),
    "meta_data": Param(kind="array", items=Param(kind="object")),
}
_DELETE: Specs = {"force": Param(kind="boolean", default=False)}
_WHOLE = 100


def list_coupons(call: Call) -> Answer:
    """GET coupons: `code` is exact; what lies in the trash is not listed."""
    found = [coupon for coupon in call.shop.all("coupons") if coupon["status"] != "trash"]
    if call.params.get("code"):
        wanted = call.params["code"].lower()
        found = [coupon for coupon in found if coupon["code"] == wanted]
    found.sort(key=lambda coupon: coupon["id"], reverse=True)
    return page(call, found, lambda coupon: coupon_document(call, coupon))


def create_coupon(call: Call) -> Answer:
    """POST coupons."""
    wanted = call.params
    if not wanted.get("code"):
        data = {"status": 400, "params": ["code"]}
        raise ApiError(400, "rest_missing_callback_param", "Missing parameter(s): code", data)
    code = wanted["code"].lower()
    known = [item["code"] for item in call.shop.all("coupons") if item["status"] != "trash"]
    if code in known:
        text = "The coupon code already exists"
        raise ApiError(400, "woocommerce_rest_coupon_code_already_exists", text)
    if wanted["discount_type"] == "percent" and leading_number(wanted.get("amount") or "") > _WHOLE:
        raise ApiError(400, "coupon_invalid_amount", "Invalid discount amount.")
    coupon = _coupon(call, code)
    call.shop.put("coupons", coupon)
    location = call.link(f"coupons/{coupon['id']}")
    return one(call, coupon_document(call, coupon), 201, Location=location)


def _coupon(call: Call, code: str) -> Json:
    """`date_expires_gmt` is not looked at, and an address that is none is left out."""
    wanted, now = call.params, call.shop.stamp()
    dp = call.shop.site.decimals
    return {
        "id": call.shop.new_id("object"),
        "code": code,
        "amount": money(wanted.get("amount") or "0", dp),
        "status": "publish",
        "date_created_gmt": now,
        "date_modified_gmt": now,
        "discount_type": wanted["discount_type"],
        "description": wanted.get("description") or "",
        "date_expires_gmt": _expiry(call, wanted.get("date_expires")),
        "usage_count": 0,
        "individual_use": wanted["individual_use"],
        "product_ids": wanted.get("product_ids") or [],
        "excluded_product_ids": wanted.get("excluded_product_ids") or [],
        "usage_limit": wanted.get("usage_limit"),
        "usage_limit_per_user": wanted.get("usage_limit_per_user"),
        "limit_usage_to_x_items": None,
        "free_shipping": wanted["free_shipping"],
        "product_categories": [],
        "excluded_product_categories": [],
        "exclude_sale_items": wanted["exclude_sale_items"],
        "minimum_amount": money(wanted.get("minimum_amount") or "0", dp),
        "maximum_amount": money(wanted.get("maximum_amount") or "0", dp),
        "email_restrictions": [
            email
            for email in wanted.get("email_restrictions") or []
            if is_email(email.replace("*@", "any@"))
        ],
        "used_by": [],
        "meta_data": [
            {"id": call.shop.new_id("meta"), "key": entry.get("key"), "value": entry.get("value")}
            for entry in wanted.get("meta_data") or []
        ],
    }


def _expiry(call: Call, text: str | None) -> str | None:
    """A moment in the shop's own time; a date alone is its midnight."""
    if not text:
        return None
    whole = text if "T" in text else f"{text}T00:00:00"
    moment = datetime.fromisoformat(re.sub(r"[Zz]$", "+00:00", whole))
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=call.shop.zone())
    return stamp(zoned.astimezone(UTC))


def delete_coupon(call: Call) -> Answer:
    """DELETE: into the trash, or with `force` for good. The answer is from before."""
    coupon = call.shop.get("coupons", call.id)
    if coupon is None:
        raise ApiError(404, "woocommerce_rest_shop_coupon_invalid_id", "Invalid ID.")
    answer = one(call, coupon_document(call, coupon))
    if call.params["force"]:
        call.shop.drop("coupons", call.id)
    elif coupon["status"] == "trash":
        text = "The shop_coupon has already been deleted."
        raise ApiError(410, "woocommerce_rest_already_trashed", text)
    else:
        call.shop.change("coupons", call.id, lambda record: record.update(status="trash"))
    return answer


ROUTES: tuple[Route, ...] = (
    route(
        "wc/v3/coupons",
        "GET POST",
        {
            "GET": Endpoint(handler=list_coupons, params=_LIST),
            "POST": Endpoint(handler=create_coupon, params=_WRITE),
        },
    ),
    route(
        "wc/v3/coupons/{id}",
        "GET POST PUT PATCH DELETE",
        {"DELETE": Endpoint(handler=delete_coupon, params=_DELETE)},
    ),
)
