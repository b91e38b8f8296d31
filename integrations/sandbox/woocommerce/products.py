"""Products and their variations, to read."""

from __future__ import annotations

from .answers import Answer, ApiError, Call, one, page
from .orders import PAGING
from .params import Param, Specs
from .records import Json
from .render import product_document
from .routes import Endpoint, Route, route
from .search import folded, moment, sort
from .shop import Shop

_ORDER_BY = ("date", "modified", "id", "include", "title", "slug", "price", "popularity", "rating")
_LIST: Specs = {
    **PAGING,
    "orderby": Param(enum=_ORDER_BY, default="date"),
    "modified_after": Param(format="date-time"),
    "dates_are_gmt": Param(kind="boolean"),
    "sku": Param(),
    "status": Param(enum=("any", "draft", "pending", "private", "publish"), default="any"),
    "stock_status": Param(enum=("instock", "outofstock", "onbackorder")),
    "type": Param(enum=("simple", "grouped", "external", "variable", "variation")),
}


def list_products(call: Call) -> Answer:
    """GET products: variations only when asked for by `sku` (or as a type)."""
    wanted = call.params
    found = [product for product in call.shop.all("products") if _wanted(product, wanted)]
    found = _filtered(found, wanted)
    if wanted.get("modified_after"):
        after = moment(call.shop, wanted["modified_after"], gmt=wanted.get("dates_are_gmt", False))
        found = [product for product in found if (product["date_modified_gmt"] or "") > after]
    return page(call, sort(found, wanted), lambda product: product_document(call, product))


def _wanted(product: Json, wanted: Json) -> bool:
    if wanted.get("sku"):
        return product["sku"] in [sku.strip() for sku in wanted["sku"].split(",")]
    if wanted.get("type"):
        return bool(product["type"] == wanted["type"])
    return bool(product["type"] != "variation")


def _filtered(found: list[Json], wanted: Json) -> list[Json]:
    for name in ("status", "stock_status"):
        if wanted.get(name) not in (None, "any"):
            found = [product for product in found if product[name] == wanted[name]]
    for name, kept in (("include", True), ("exclude", False)):
        if wanted.get(name):
            found = [product for product in found if (product["id"] in wanted[name]) is kept]
    if wanted.get("search"):
        found = [product for product in found if _matches(product, wanted["search"])]
    return found


def _matches(product: Json, search: str) -> bool:
    """Every word, in name, description or sku."""
    texts = ("name", "description", "short_description", "sku")
    text = folded(" ".join(product.get(name) or "" for name in texts))
    return all(word in text for word in folded(search).split())


def get_product(call: Call) -> Answer:
    """GET products/{id}: a variation's id is welcome."""
    product = call.shop.get("products", call.id)
    if product is None:
        raise ApiError(404, "woocommerce_rest_product_invalid_id", "Invalid ID.")
    return one(call, product_document(call, product))


def list_variations(call: Call) -> Answer:
    """GET products/{id}/variations."""
    found = [p for p in call.shop.all("products") if p.get("parent_id") == call.id]
    found = [p for p in _filtered(found, call.params) if p["type"] == "variation"]
    wanted = call.params.get("sku")
    found = [p for p in found if not wanted or p["sku"] == wanted]
    return page(call, sort(found, call.params), lambda product: _variation(call, product))


def get_variation(call: Call) -> Answer:
    """GET products/{id}/variations/{id}."""
    product = call.shop.get("products", call.id) or {}
    return one(call, _variation(call, product))


def _variation(call: Call, product: Json) -> Json:
    document = product_document(call, product, as_variation=True)
    if document["manage_stock"] == "parent":
        parent = call.shop.get("products", document["parent_id"]) or document
        document |= {name: parent[name] for name in ("stock_quantity", "stock_status")}
    return document


def _guard(shop: Shop, ids: tuple[int, ...]) -> None:
    parent, itself = ids
    product = shop.get("products", itself)
    if product is None or product.get("parent_id") != parent:
        code = "woocommerce_rest_product_variation_invalid_id"
        raise ApiError(404, code, "Invalid ID.", allow=False)


ROUTES: tuple[Route, ...] = (
    route("wc/v3/products", "GET POST", {"GET": Endpoint(handler=list_products, params=_LIST)}),
    route(
        "wc/v3/products/{id}",
        "GET POST PUT PATCH DELETE",
        {"GET": Endpoint(handler=get_product)},
    ),
    route(
        "wc/v3/products/{id}/variations",
        "GET POST",
        {"GET": Endpoint(handler=list_variations, params=_LIST)},
    ),
    route(
        "wc/v3/products/{id}/variations/{id}",
        "GET POST PUT PATCH DELETE",
        {"GET": Endpoint(handler=get_variation)},
        guard=_guard,
    ),
)
