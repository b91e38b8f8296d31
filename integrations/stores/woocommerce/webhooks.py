"""Webhooks of WooCommerce. Pure.

The delivery id is no key: two orders of one second share it. Nor is there a signed time, so a
delivery may come again; it is a hint, which costs at most a reading.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from plugin.errors import DeliveryRefused
from plugin.ports.webhooks import Delivery, Kind, Request, Webhooks

_KINDS: Mapping[str, Kind] = {"order": "order", "customer": "customer", "product": "product"}
# Hooks of the shop whose first argument is the order's id.
_ORDER_HOOKS = frozenset(
    {
        "woocommerce_delete_order",
        "woocommerce_order_refunded",
        "woocommerce_order_status_changed",
    }
)
TOPICS = (
    "order.created",
    "order.updated",
    "order.deleted",
    "order.restored",
    # deleting for good and coming back from the trash fire nothing else
    "action.woocommerce_delete_order",
    "action.woocommerce_order_status_changed",
    "customer.created",
    "customer.updated",
    "customer.deleted",
    "product.created",
    "product.updated",
    "product.deleted",
    "product.restored",
)
_PORTS = (80, 443, 8080)
_HERE = ("localhost", "127.0.0.1", "::1")
_PRIVATE_NAMES = (".local", ".localhost", ".internal", ".lan", ".home", ".test", ".invalid")
_PING = re.compile(rb"webhook_id=\d{1,20}")


def hear(request: Request, secrets: Sequence[str]) -> Delivery | None:
    """None for a ping. Raises DeliveryRefused("signature_invalid" | "delivery_invalid")."""
    if is_ping(request):
        return None
    if not _is_signed(request, secrets):
        raise DeliveryRefused("signature_invalid")
    topic = request.headers.get("x-wc-webhook-topic", "")
    body = _body(request.body)
    resource, _, event = topic.partition(".")
    kind, ref = _record(resource, event, body)
    trouble = kind != "unknown" and not ref and isinstance(body.get("code"), str)
    digest = hashlib.sha256(request.body).hexdigest()
    webhook = request.headers.get("x-wc-webhook-id", "")
    return Delivery(
        key="\0".join((webhook, topic, ref, digest)),
        kind="trouble" if trouble else kind if ref else "unknown",
        topic=topic or "?",
        ref=ref,
        deleted=event in ("deleted", "woocommerce_delete_order"),
        code=str(body["code"])[:64] if trouble else "",
    )


def is_ping(request: Request) -> bool:
    """What the shop sends while a webhook is made: a form, unsigned, with no header of its own."""
    return (
        not any(name.startswith("x-wc-") for name in request.headers)
        and _PING.fullmatch(request.body) is not None
        and len(parse_qsl(request.body.decode())) == 1
    )


def _is_signed(request: Request, secrets: Sequence[str]) -> bool:
    """Over the raw bytes: the shop writes JSON in a way of its own."""
    given = request.headers.get("x-wc-webhook-signature", "").encode()
    matches = [
        hmac.compare_digest(
            base64.b64encode(hmac.digest(secret.encode(), request.body, "sha256")), given
        )
        for secret in secrets
    ]
    return any(matches)


def _record(resource: str, event: str, body: Mapping[str, Any]) -> tuple[Kind, str]:
    if resource == "action":
        return ("order", _id(body.get("arg"))) if event in _ORDER_HOOKS else ("unknown", "")
    kind = _KINDS.get(resource, "unknown")
    # stock of a variation comes as the variation; the product is what we keep
    parent = _id(body.get("parent_id")) if body.get("type") == "variation" else ""
    return kind, parent or _id(body.get("id"))


def _id(value: object) -> str:
    return str(value) if type(value) is int and value > 0 else ""


def _body(raw: bytes) -> Mapping[str, Any]:
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except ValueError as error:
        raise DeliveryRefused("delivery_invalid") from error


def reaches(ours: str, theirs: str) -> bool:
    """Whether a shop can call us: WordPress calls three ports only, and no private address but
    its own host's. It does not say so when a webhook is made."""
    there = urlsplit(ours)
    host = (there.hostname or "").lower()
    if host in _HERE:
        return (urlsplit(theirs).hostname or "").lower() in _HERE
    port = there.port or (443 if there.scheme == "https" else 80)
    return there.scheme == "https" and port in _PORTS and _is_public(host)


def _is_public(host: str) -> bool:
    """By the name alone: what it resolves to is not ours to know for the shop."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_PRIVATE_NAMES)


WEBHOOKS = Webhooks(
    hear=hear, secrets=("webhook_secret", "webhook_secret_old"), reaches=reaches, subscribes=True
)
__all__ = ["TOPICS", "WEBHOOKS", "hear", "is_ping", "reaches"]
