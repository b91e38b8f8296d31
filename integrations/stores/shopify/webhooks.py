"""Webhooks of Shopify, and events of the next generation: the same signature, header names
without "X-". Pure.

What a header says is not signed, only the body is; so a header names at most which record to
fetch. https://shopify.dev/docs/apps/build/webhooks
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from plugin.errors import DeliveryRefused
from plugin.ports.webhooks import Delivery, Demand, DemandKind, Kind, Request, Webhooks

from .values import moment

_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")
# A topic is not signed, so each demand is known by a part that only its body has.
_PRIVACY: Mapping[str, tuple[DemandKind, str]] = {
    "customers/data_request": ("report", "data_request"),
    "customers/redact": ("erase_customer", "orders_to_redact"),
    "shop/redact": ("erase_shop", "shop_domain"),
}
_SHOP: Mapping[str, Kind] = {
    "app/uninstalled": "gone",
    "app/scopes_update": "rights",
    "shop/update": "shop",
    "bulk_operations/finish": "backfill",
}
# Resource of the topic -> what to fetch, and where the body names it.
_RECORDS: Mapping[str, tuple[Kind, tuple[str, ...]]] = {
    "orders": ("order", ("order_edit.order_id", "order_id", "id")),
    "order": ("order", ("order_id", "id")),
    "refunds": ("order", ("order_id",)),
    "order_transactions": ("order", ("order_id",)),
    "fulfillments": ("order", ("order_id",)),
    "fulfillment_events": ("order", ("order_id",)),
    "returns": ("order", ("order_id", "order.id")),
    "disputes": ("order", ("order_id",)),
    "customers": ("customer", ("id", "customer_id")),
    "customer": ("customer", ("id", "customer_id", "customerId")),
    "products": ("product", ("id",)),
    "product": ("product", ("id",)),
}
_PARTS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_DELETIONS = ("delete", "deleted")
_MERGE = "customers/merge"


def route(request: Request) -> str | None:
    """The shop's own domain."""
    domain = _header(request, "shop-domain").lower()
    return domain if _DOMAIN.fullmatch(domain) else None


def hear(request: Request, secrets: Sequence[str]) -> Delivery | None:
    """Raises DeliveryRefused("signature_invalid" | "delivery_invalid")."""
    if not is_signed(request.body, _header(request, "hmac-sha256"), secrets):
        raise DeliveryRefused("signature_invalid")
    topic = _header(request, "topic").lower()
    body = _body(request.body)
    key = (
        _header(request, "webhook-id") or hashlib.sha256(topic.encode() + request.body).hexdigest()
    )
    at = _moment(_header(request, "triggered-at"))
    if topic in _PRIVACY:
        if str(_at(body, "shop_domain")).lower() != route(request):
            # one secret signs for all shops, and the header is not signed
            raise DeliveryRefused("delivery_invalid")
        wanted = demand(topic, request.body)
        return Delivery(key=key, kind="privacy", topic=topic, triggered_at=at, demand=wanted)
    if topic in _SHOP:
        return Delivery(key=key, kind=_SHOP[topic], topic=topic, triggered_at=at)
    kind, ref = _merged(body) if topic == _MERGE else _record(topic, request, body)
    event, action = topic.replace(".", "/").rpartition("/")[2], _header(request, "action").lower()
    return Delivery(
        key=key,
        kind=kind if ref else "unknown",
        topic=topic or "?",
        ref=ref,
        deleted=event in _DELETIONS or action in _DELETIONS,
        triggered_at=at,
    )


def _record(topic: str, request: Request, body: Mapping[str, msgspec.Raw]) -> tuple[Kind, str]:
    """What to fetch, "" where nobody says."""
    kind, places = _RECORDS.get(topic.replace(".", "/").partition("/")[0], ("unknown", ()))
    ref = _number(_header(request, "resource-id")) if places[:1] else ""
    return kind, ref or next((ref for place in places if (ref := _number(_at(body, place)))), "")


def _merged(body: Mapping[str, msgspec.Raw]) -> tuple[Kind, str]:
    """Whom the merge left out, then who stays; also said of one that failed, which reading both
    tells. https://shopify.dev/docs/api/webhooks#customers/merge"""
    refs = [
        _number(_at(body, f"admin_graphql_api_customer_{who}_id")) for who in ("deleted", "kept")
    ]
    return "merged", " ".join(refs) if all(refs) else ""


def demand(topic: str, raw: bytes) -> Demand:
    """https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance Raises
    DeliveryRefused("delivery_invalid")."""
    body = _body(raw)
    kind, mark = _PRIVACY[topic]
    customer = _at(body, "customer")
    if mark not in body or (kind == "erase_shop") != (customer is None):
        raise DeliveryRefused("delivery_invalid")
    known = customer if isinstance(customer, dict) else {}
    orders = _at(body, "orders_requested" if kind == "report" else mark)
    return Demand(
        kind=kind,
        customer_ref=_number(known.get("id")),
        emails=_texts(known.get("email")),
        phones=_texts(known.get("phone")),
        order_refs=tuple(filter(None, map(_number, orders))) if isinstance(orders, list) else (),
        reference=_number(_at(body, "data_request.id")),
    )


def _texts(value: object) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) and value else ()


def is_signed(body: bytes, signature: str, secrets: Sequence[str]) -> bool:
    """base64(HMAC-SHA256(secret, raw body)), with the new secret or the old one. Every secret is
    compared, each in constant time."""
    given = signature.encode()
    matches = [
        hmac.compare_digest(base64.b64encode(hmac.digest(secret.encode(), body, "sha256")), given)
        for secret in secrets
    ]
    return any(matches)


def _header(request: Request, name: str) -> str:
    return request.headers.get(f"x-shopify-{name}") or request.headers.get(f"shopify-{name}") or ""


def _body(raw: bytes) -> Mapping[str, msgspec.Raw]:
    """Its parts unread: of a whole order one number is wanted."""
    try:
        raw.decode()  # or a part might turn out to be no UTF-8 when it is read
        return _PARTS.decode(raw)
    except ValueError as error:
        raise DeliveryRefused("delivery_invalid") from error


def _at(body: Mapping[str, msgspec.Raw], place: str) -> object:
    """The value at a dotted place, None if there is none."""
    first, *others = place.split(".")
    value: Any = msgspec.json.decode(body[first]) if first in body else None
    for name in others:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _number(value: object) -> str:
    """The number of an id, written as such or as gid://shopify/Order/1; "" for anything else."""
    text = str(value).rpartition("/")[2] if isinstance(value, int | str) else ""
    return text if text.isascii() and text.isdigit() else ""


def _moment(text: str) -> datetime | None:
    try:
        return moment(text) if text else None
    except ValueError:
        return None


WEBHOOKS = Webhooks(
    hear=hear,
    route=route,
    secrets=("webhook_secret", "client_secret", "client_secret_old"),
    demand=demand,
)
__all__ = ["WEBHOOKS", "demand", "hear", "is_signed", "route"]
