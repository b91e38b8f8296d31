"""Refunds of an order, and of all orders."""

from __future__ import annotations

from decimal import Decimal

from .answers import Answer, ApiError, Call, one, page
from .orders import PAGING
from .params import Param, Specs
from .payments import Payments
from .php import is_greater, number, plain
from .records import Json
from .refunding import LineWish, RefundRefused, RefundWish, create_refund
from .render import refund_document
from .routes import Endpoint, Route, route
from .search import sort
from .shop import Shop

_LIST: Specs = {**PAGING, "orderby": Param(enum=("date", "id", "include"), default="date")}
_TAX = Param(kind="object")
_CREATE: Specs = {
    "amount": Param(),
    "reason": Param(),
    "api_refund": Param(kind="boolean", default=True),
    "api_restock": Param(kind="boolean", default=True),
    "line_items": Param(kind="array", items=_TAX),
    "meta_data": Param(kind="array", items=Param(kind="object")),
    "dp": Param(kind="integer"),
}
_DELETE: Specs = {"force": Param(kind="boolean", default=False)}
# the real server forgets to fill in its own pattern
_LOCATION = r"orders/(?P<order_id>[\d]+)/refunds/"
_CANNOT = "woocommerce_rest_cannot_create_order_refund"


def list_refunds(call: Call) -> Answer:
    """GET orders/{id}/refunds; an order that does not exist has none."""
    found = sort(call.shop.refunds_of(call.id), call.params)
    return page(call, found, lambda refund: refund_document(call, refund))


def list_all_refunds(call: Call) -> Answer:
    """GET refunds: of all orders."""
    found = sort(call.shop.all("refunds"), call.params)
    return page(
        call,
        found,
        lambda refund: refund_document(call, refund, with_parent=True),
        if_any={"dp": call.decimals},
    )


def get_refund(call: Call) -> Answer:
    """GET orders/{id}/refunds/{id}."""
    return one(call, refund_document(call, _refund(call)))


def delete_refund(call: Call) -> Answer:
    """DELETE: the record goes; money, stock and the order's state stay as they are."""
    refund = _refund(call)
    if not call.params["force"]:
        raise ApiError(
            501,
            "woocommerce_rest_trash_not_supported",
            "The shop_order_refund does not support trashing.",
        )
    answer = one(call, refund_document(call, refund))
    call.shop.drop("refunds", refund["id"])
    return answer


def refund_handler(payments: Payments) -> Endpoint:
    """POST orders/{id}/refunds. Refusals are HTTP 500 and carry a bare number as `data`."""

    def create(call: Call) -> Answer:
        order = call.shop.get("orders", call.id)
        if order is None:
            raise ApiError(500, "woocommerce_rest_invalid_order_id", "Invalid order ID.", 404)
        wish = _wish(call)
        if is_greater("0", wish.amount or "0"):
            text = "Refund amount must be greater than zero."
            raise ApiError(500, "woocommerce_rest_invalid_order_refund", text, 400)
        try:
            refund = create_refund(call.shop, payments, order, wish)
        except RefundRefused as refusal:
            raise ApiError(500, _CANNOT, str(refusal), 500) from refusal
        location = call.link(f"{_LOCATION}{refund['id']}")
        return one(call, refund_document(call, refund), 201, Location=location)

    return Endpoint(handler=create, params=_CREATE)


def admin_refund(shop: Shop, payments: Payments, order: Json, amount: str) -> Json:
    """A refund somebody makes in the shop's own admin. Raises RefundRefused."""
    gateway = shop.gateways.get(order["payment_method"])
    wish = RefundWish(
        amount=amount,
        reason="",
        lines={},
        pay=bool(gateway and gateway.refunds),
        restock=False,
        by=1,
    )
    return create_refund(shop, payments, order, wish)


def _refund(call: Call) -> Json:
    order_id, refund_id = call.ids
    refund = call.shop.get("refunds", refund_id)
    if refund is None:
        raise ApiError(404, "woocommerce_rest_shop_order_refund_invalid_id", "Invalid ID.")
    if refund["order_id"] != order_id:
        text = "Invalid order refund ID."
        raise ApiError(500, "woocommerce_rest_invalid_order_refund_id", text, 404)
    return refund


def _wish(call: Call) -> RefundWish:
    given = call.params
    lines = _lines(given.get("line_items") or [])
    amount = given.get("amount")
    if amount is None and lines:
        taxes = (part for line in lines.values() for part in line.tax.values())
        amount = plain(sum((line.total for line in lines.values()), sum(taxes, Decimal(0))))
    metas = given.get("meta_data") or []
    return RefundWish(
        amount=amount,
        reason=given.get("reason") or "",
        lines=lines,
        pay=given["api_refund"],
        restock=given["api_restock"],
        by=call.user,
        meta_data=tuple({"key": m.get("key"), "value": m.get("value")} for m in metas),
    )


def _lines(items: list[Json]) -> dict[int, LineWish]:
    """Lines by id; the last of equal ids counts."""
    return {int(item["id"]): _line(item) for item in items if "id" in item}


def _line(item: Json) -> LineWish:
    taxes = item.get("refund_tax") or []
    return LineWish(
        quantity=int(_value(item.get("quantity"))),
        total=_value(item.get("refund_total")),
        tax={int(tax["id"]): _value(tax.get("refund_total")) for tax in taxes if "id" in tax},
    )


def _value(given: object) -> Decimal:
    return number(str(given or 0)) or Decimal(0)


def routes(payments: Payments) -> tuple[Route, ...]:
    """Routes of refunds; money goes back through `payments`."""
    return (
        route(
            "wc/v3/orders/{id}/refunds",
            "GET POST",
            {
                "GET": Endpoint(handler=list_refunds, params=_LIST),
                "POST": refund_handler(payments),
            },
        ),
        route(
            "wc/v3/orders/{id}/refunds/{id}",
            "GET DELETE",
            {
                "GET": Endpoint(handler=get_refund, params={"dp": Param(kind="integer")}),
                "DELETE": Endpoint(handler=delete_refund, params=_DELETE),
            },
        ),
        route("wc/v3/refunds", "GET", {"GET": Endpoint(handler=list_all_refunds, params=_LIST)}),
    )
