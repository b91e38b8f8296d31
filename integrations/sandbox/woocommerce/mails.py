"""Sending a mail of an order again. "Sent" says that it was tried, not that it left."""

from __future__ import annotations

from .answers import Answer, ApiError, Call, many, one
from .notes import send_mail
from .params import Param, Specs
from .records import Json
from .routes import Endpoint, Route, route

_TEMPLATES = (
    "new_order", "cancelled_order", "customer_cancelled_order", "failed_order",
    "customer_failed_order", "customer_on_hold_order", "customer_processing_order",
    "customer_completed_order", "customer_refunded_order", "customer_invoice", "customer_note",
    "customer_reset_password", "customer_new_account", "admin_payment_gateway_enabled",
    "customer_pos_completed_order", "customer_pos_refunded_order", "customer_verify_email",
)  # fmt: skip
_TITLES = {
    "customer_invoice": (
        "Order details",
        "Manually send an email to your customers containing their order information and payment"
        " links",
    ),
    "customer_processing_order": (
        "Processing order",
        "Send an email to customers notifying them that their order is being processed",
    ),
    "customer_completed_order": (
        "Completed order",
        "Send an email to customers notifying them that their order is complete",
    ),
    "customer_refunded_order": (
        "Refunded order",
        "Send an email to customers notifying them when an order has been partially or fully"
        " refunded",
    ),
}
_OF_STATE = {
    "processing": "customer_processing_order",
    "completed": "customer_completed_order",
    "refunded": "customer_refunded_order",
}
_DETAILS: Specs = {
    "email": Param(format="email"),
    "force_email_update": Param(kind="boolean", default=False),
}
_SEND: Specs = {**_DETAILS, "template_id": Param(enum=_TEMPLATES)}


def list_templates(call: Call) -> Answer:
    """GET orders/{id}/actions/email_templates: those that fit the order."""
    return many(
        call,
        [
            {"id": key, "title": _TITLES[key][0], "description": _TITLES[key][1]}
            for key in _fitting(call)
        ],
    )


def send_email(call: Call) -> Answer:
    """POST orders/{id}/actions/send_email: without a template the one of the order's state."""
    fitting = _fitting(call)
    template = call.params.get("template_id") or fitting[1 if len(fitting) > 1 else 0]
    if template not in fitting:
        text = f"{template} is not a valid template for this order."
        raise ApiError(400, "woocommerce_rest_invalid_email_template", text)
    title = _TITLES[template][0]
    to = _sent(call, title)
    return one(call, {"message": f"Email template &quot;{title}&quot; sent to {to}."})


def send_details(call: Call) -> Answer:
    """POST orders/{id}/actions/send_order_details, since 9.5."""
    _order(call)
    to = _sent(call, "Order details")
    return one(call, {"message": f"Order details sent to {to}."})


def _sent(call: Call, title: str) -> str:
    """Another address is taken only by force, and is the order's own from then on."""
    order = _order(call)
    email, known = call.params.get("email"), order["billing"]["email"]
    if email and known and email != known and not call.params["force_email_update"]:
        text = "Order already has a billing email."
        raise ApiError(400, "woocommerce_rest_order_billing_email_exists", text)
    if not (email or known):
        text = "Order does not have an email address."
        raise ApiError(400, "woocommerce_rest_missing_email", text)
    if email:
        call.shop.change("orders", call.id, lambda record: record["billing"].update(email=email))
    return send_mail(call.shop, call.id, title)


def _fitting(call: Call) -> list[str]:
    order = _order(call)
    found = ["customer_invoice"]
    if order["status"] in _OF_STATE:
        found.append(_OF_STATE[order["status"]])
    if call.shop.refunds_of(call.id) and "customer_refunded_order" not in found:
        found.append("customer_refunded_order")
    return found


def _order(call: Call) -> Json:
    order = call.shop.get("orders", call.id)
    if order is None:
        raise ApiError(404, "woocommerce_rest_not_found", "Order not found")
    return order


def routes(version: str) -> tuple[Route, ...]:
    """What a shop of this version has."""
    release = tuple(int(part) for part in version.split(".")[:2])
    details = route(
        "wc/v3/orders/{id}/actions/send_order_details",
        "POST",
        {"POST": Endpoint(handler=send_details, params=_DETAILS)},
    )
    rest = (
        route(
            "wc/v3/orders/{id}/actions/email_templates",
            "GET",
            {"GET": Endpoint(handler=list_templates)},
        ),
        route(
            "wc/v3/orders/{id}/actions/send_email",
            "POST",
            {"POST": Endpoint(handler=send_email, params=_SEND)},
        ),
    )
    return (*((details,) if release >= (9, 5) else ()), *(rest if release >= (9, 8) else ()))
