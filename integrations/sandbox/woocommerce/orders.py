"""Orders and their notes."""

from __future__ import annotations

from .answers import Answer, ApiError, Call, many, one, page
from .changing import UPDATE
from .creating import CREATE
from .params import Param, Specs
from .records import Json
from .render import order_document
from .routes import Endpoint, Route, route
from .search import STATUSES, find_orders

_IDS = Param(kind="array", items=Param(kind="integer"))
_DATE = Param(format="date-time")
PAGING: Specs = {
    "context": Param(enum=("view", "edit")),
    "page": Param(kind="integer", minimum=1, default=1),
    "per_page": Param(kind="integer", minimum=1, maximum=100, default=10),
    "search": Param(),
    "offset": Param(kind="integer"),
    "include": _IDS,
    "exclude": _IDS,
    "order": Param(enum=("asc", "desc"), default="desc"),
    "dp": Param(kind="integer"),
}
_ORDER_BY = ("date", "id", "include", "title", "slug", "modified")
LIST: Specs = {
    **PAGING,
    "orderby": Param(enum=_ORDER_BY, default="date"),
    "after": _DATE,
    "before": _DATE,
    "modified_after": _DATE,
    "modified_before": _DATE,
    "dates_are_gmt": Param(kind="boolean"),
    "status": Param(kind="array", items=Param(enum=STATUSES), default=["any"]),
    "customer": Param(kind="integer"),
    "product": Param(kind="integer"),
}
_ONE: Specs = {"dp": Param(kind="integer")}
_STATUS_NAMES = {
    "pending": "Pending payment",
    "processing": "Processing",
    "on-hold": "On hold",
    "completed": "Completed",
    "cancelled": "Cancelled",
    "refunded": "Refunded",
    "failed": "Failed",
    "checkout-draft": "Draft",
}


def list_orders(call: Call) -> Answer:
    """GET orders."""
    found = find_orders(call.shop, call.params)
    return page(
        call,
        found,
        lambda order: order_document(call, order),
        always={"status": call.params["status"]},
        if_any={"dp": call.decimals, "context": call.params.get("context", "view")},
    )


def get_order(call: Call) -> Answer:
    """GET orders/{id}: ids of products and refunds are no orders."""
    return one(call, order_document(call, order_of(call, call.id)))


def order_of(call: Call, order_id: int) -> Json:
    """Raises ApiError 404."""
    order = call.shop.get("orders", order_id)
    if order is None:
        raise ApiError(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
    return order


def list_statuses(call: Call) -> Answer:
    """GET orders/statuses."""
    return many(call, [{"slug": slug, "name": name} for slug, name in _STATUS_NAMES.items()])


ROUTES: tuple[Route, ...] = (
    route(
        "wc/v3/orders",
        "GET POST",
        {"GET": Endpoint(handler=list_orders, params=LIST), "POST": CREATE},
    ),
    route("wc/v3/orders/statuses", "GET", {"GET": Endpoint(handler=list_statuses)}),
    route(
        "wc/v3/orders/{id}",
        "GET POST PUT PATCH DELETE",
        {
            "GET": Endpoint(handler=get_order, params=_ONE),
            "POST": UPDATE,
            "PUT": UPDATE,
            "PATCH": UPDATE,
        },
    ),
)
