"""Accounts. A guest has none: only orders know them."""

from __future__ import annotations

from copy import deepcopy

from .answers import Answer, ApiError, Call, one, page
from .orders import PAGING
from .params import Param, Specs
from .records import ADMINISTRATOR, SHOP_MANAGER, SUBSCRIBER, Json
from .render import customer_document
from .routes import Endpoint, Route, route
from .search import folded
from .shop import Shop

_ROLES = (
    "all",
    ADMINISTRATOR,
    "editor",
    "author",
    "contributor",
    SUBSCRIBER,
    "customer",
    SHOP_MANAGER,
)
_LIST: Specs = {
    **PAGING,
    "order": Param(enum=("asc", "desc"), default="asc"),
    "orderby": Param(enum=("id", "include", "name", "registered_date"), default="name"),
    "email": Param(format="email"),
    "role": Param(enum=_ROLES, default="customer"),
}
_WRITE: Specs = {
    "email": Param(format="email"),
    "first_name": Param(),
    "last_name": Param(),
    "username": Param(),
    "billing": Param(kind="object"),
    "shipping": Param(kind="object"),
}
_NAME = ("first_name", "last_name", "company")
_PLACE = ("address_1", "address_2", "city", "postcode", "country", "state")
_NO_ADDRESS = dict.fromkeys((*_NAME, *_PLACE), "")


def list_customers(call: Call) -> Answer:
    """GET customers: only the role "customer" unless asked otherwise."""
    wanted = call.params
    found = [c for c in call.shop.all("customers") if wanted["role"] in ("all", c["role"])]
    if wanted.get("email"):
        found = [c for c in found if folded(c["email"]) == folded(wanted["email"])]
    if wanted.get("search"):
        found = [c for c in found if _matches(c, folded(wanted["search"]))]
    for name, kept in (("include", True), ("exclude", False)):
        if wanted.get(name):
            found = [c for c in found if (c["id"] in wanted[name]) is kept]
    found.sort(key=lambda c: _sort_key(c, wanted), reverse=wanted["order"] == "desc")
    return page(call, found, lambda customer: customer_document(call, customer))


def _matches(customer: Json, wanted: str) -> bool:
    """Login, e-mail, display name; neither phone nor billing name."""
    texts = (customer["username"], customer["email"], display_name(customer))
    return any(wanted in folded(text) for text in texts)


def display_name(customer: Json) -> str:
    """What WordPress shows for an account: the name, else the login."""
    return f"{customer['first_name']} {customer['last_name']}".strip() or str(customer["username"])


def _sort_key(customer: Json, wanted: Json) -> tuple[object, ...]:
    by = wanted["orderby"]
    if by == "include" and wanted.get("include"):
        return (wanted["include"].index(customer["id"]),)
    if by == "registered_date":
        return (customer["date_created_gmt"], customer["id"])
    return (folded(display_name(customer)), customer["id"]) if by == "name" else (customer["id"],)


def get_customer(call: Call) -> Answer:
    """GET customers/{id}: of any role."""
    return one(call, customer_document(call, _customer(call)))


def update_customer(call: Call) -> Answer:
    """PUT customers/{id}: fields that are not sent stay; orders are not touched."""
    wanted, itself = call.params, _customer(call)
    if wanted.get("email") and _taken(call.shop, wanted["email"], itself["id"]):
        text = "Email address is invalid."
        raise ApiError(400, "woocommerce_rest_customer_invalid_email", text)

    def change(customer: Json) -> None:
        _fill(customer, wanted)
        customer["date_modified_gmt"] = call.shop.stamp()

    fresh = call.shop.change("customers", itself["id"], change) or itself
    return one(call, customer_document(call, fresh))


def create_customer(call: Call) -> Answer:
    """POST customers."""
    wanted = call.params
    email = wanted.get("email") or ""
    if not email:
        text = "Missing parameter(s): email"
        data = {"status": 400, "params": ["email"]}
        raise ApiError(400, "rest_missing_callback_param", text, data)
    if _taken(call.shop, email, 0):
        text = (
            f"An account is already registered with {email}. "
            "Please log in or use a different email address."
        )
        raise ApiError(400, "registration-error-email-exists", text)
    fresh = _blank(call, email)
    _fill(fresh, wanted)
    call.shop.put("customers", fresh)
    location = call.link(f"customers/{fresh['id']}")
    return one(call, customer_document(call, fresh), 201, Location=location)


def delete_customer(call: Call) -> Answer:
    """DELETE customers/{id}: for good or not at all."""
    customer = _customer(call)
    if not call.params["force"]:
        text = "Customers do not support trashing."
        raise ApiError(501, "woocommerce_rest_trash_not_supported", text)
    answer = one(call, customer_document(call, customer))
    call.shop.drop("customers", customer["id"])
    return answer


def _taken(shop: Shop, email: str, by_other_than: int) -> bool:
    return any(
        folded(c["email"]) == folded(email) and c["id"] != by_other_than
        for c in shop.all("customers")
    )


def _blank(call: Call, email: str) -> Json:
    now = call.shop.stamp()
    return {
        "id": call.shop.new_id("user"),
        "date_created_gmt": now,
        "date_modified_gmt": now,
        "email": email,
        "first_name": "",
        "last_name": "",
        "role": "customer",
        "username": call.params.get("username") or email.partition("@")[0],
        "billing": {**_NO_ADDRESS, "email": "", "phone": ""},
        "shipping": {**_NO_ADDRESS, "phone": ""},
        "is_paying_customer": False,
        "meta_data": [],
    }


def _fill(customer: Json, wanted: Json) -> None:
    for name in ("email", "first_name", "last_name"):
        if wanted.get(name) is not None:
            customer[name] = wanted[name]
    for name in ("billing", "shipping"):
        known = {k: v for k, v in (wanted.get(name) or {}).items() if k in customer[name]}
        customer[name] = {**customer[name], **deepcopy(known)}


def _customer(call: Call) -> Json:
    customer = call.shop.get("customers", call.id)
    if customer is None:
        raise _invalid_user()
    return customer


def _invalid_user() -> ApiError:
    return ApiError(404, "wc_user_invalid_id", "Invalid user ID.", allow=False)


def _guard(shop: Shop, ids: tuple[int, ...]) -> None:
    if shop.get("customers", ids[-1]) is None:
        raise _invalid_user()


_UPDATE = Endpoint(handler=update_customer, params=_WRITE)
ROUTES: tuple[Route, ...] = (
    route(
        "wc/v3/customers",
        "GET POST",
        {
            "GET": Endpoint(handler=list_customers, params=_LIST),
            "POST": Endpoint(handler=create_customer, params=_WRITE),
        },
    ),
    route(
        "wc/v3/customers/{id}",
        "GET POST PUT PATCH DELETE",
        {
            "GET": Endpoint(handler=get_customer),
            "POST": _UPDATE,
            "PUT": _UPDATE,
            "PATCH": _UPDATE,
            "DELETE": Endpoint(
                handler=delete_customer,
                params={"force": Param(kind="boolean", default=False)},
            ),
        },
        guard=_guard,
    ),
)
