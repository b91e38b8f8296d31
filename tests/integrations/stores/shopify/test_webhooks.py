"""Who sent it, what it is about, and by which key it is known."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from integrations.stores.shopify import webhooks
from integrations.stores.shopify.webhooks import hear, route
from plugin.errors import DeliveryRefused
from plugin.ports.webhooks import Delivery, Demand, Request

SECRET = "shpss_new"


def a_request(
    topic: str, body: Any, *, prefix: str = "x-shopify-", secret: str = SECRET, **headers: str
) -> Request:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    digest = hmac.new(secret.encode(), raw, hashlib.sha256).digest()
    said = {
        "topic": topic,
        "hmac-sha256": base64.b64encode(digest).decode(),
        "shop-domain": "Tienda-Azul.myshopify.com",
        "webhook-id": "w1",
        "triggered-at": "2026-11-20T12:00:00.123456789Z",
        **headers,
    }
    named = {prefix + name: value for name, value in said.items()}
    return Request(headers=named, query=(), body=raw)


@pytest.mark.parametrize("body", [b"[1]", b"no json", b'{"id":"\xff"}'])
def test_a_signed_body_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(DeliveryRefused) as refused:
        heard("orders/updated", body)

    assert refused.value.code == "delivery_invalid"


def heard(topic: str, body: Any, **more: Any) -> Delivery:
    found = hear(a_request(topic, body, **more), [SECRET])
    assert found is not None
    return found


@pytest.mark.parametrize("prefix", ["x-shopify-", "shopify-"])
def test_both_families_of_headers_are_read(prefix: str) -> None:
    request = a_request("orders/updated", {"id": 1}, prefix=prefix)

    found = hear(request, [SECRET])

    assert found is not None
    assert (found.kind, found.ref, found.key) == ("order", "1", "w1")
    assert route(request) == "tienda-azul.myshopify.com"


@pytest.mark.parametrize("secret", ["shpss_new", "shpss_old"])
def test_the_old_secret_counts_beside_the_new_one(secret: str) -> None:
    request = a_request("orders/updated", {"id": 1}, secret=secret)

    assert hear(request, ["shpss_new", "shpss_old"]) is not None


@pytest.mark.parametrize("secrets", [[], ["another"], [""]])
def test_a_wrong_signature_is_refused(secrets: list[str]) -> None:
    with pytest.raises(DeliveryRefused) as refused:
        hear(a_request("orders/updated", {"id": 1}), secrets)

    assert (refused.value.code, refused.value.status) == ("signature_invalid", 401)


def test_a_changed_byte_is_refused() -> None:
    request = a_request("orders/updated", {"id": 1})

    with pytest.raises(DeliveryRefused):
        hear(replace(request, body=request.body + b" "), [SECRET])


MERGED = {
    "admin_graphql_api_customer_kept_id": "gid://shopify/Customer/7",
    "admin_graphql_api_customer_deleted_id": "gid://shopify/Customer/8",
    "admin_graphql_api_job_id": None, "status": "completed", "errors": [],
}  # fmt: skip


def test_every_topic_of_the_apps_file_is_understood() -> None:
    file = Path(webhooks.__file__).parent / "shopify.app.toml"
    subscribed = tomllib.loads(file.read_text("utf-8"))["webhooks"]["subscriptions"]
    body = {"id": 7, "order_id": 7, "customerId": "gid://shopify/Customer/7", **MERGED}
    kinds = {
        topic: heard(topic, body).kind for each in subscribed for topic in each.get("topics", ())
    }

    assert len(kinds) == 23
    assert [topic for topic, kind in kinds.items() if kind == "unknown"] == []


@pytest.mark.parametrize(
    ("topic", "body", "kind", "ref"),
    [
        ("orders/create", {"id": 7}, "order", "7"),
        ("orders/edited", {"order_edit": {"id": 3, "order_id": 7}}, "order", "7"),
        ("refunds/create", {"id": 3, "order_id": 7}, "order", "7"),
        ("order_transactions/create", {"id": 3, "order_id": 7}, "order", "7"),
        ("fulfillments/update", {"id": 3, "order_id": 7}, "order", "7"),
        ("returns/close", {"id": 3, "order": {"id": 7}}, "order", "7"),
        ("customers/update", {"id": 7}, "customer", "7"),
        ("customer.tags_added", {"customerId": "gid://shopify/Customer/7"}, "customer", "7"),
        ("customers/merge", MERGED, "merged", "8 7"),
        ("customers/merge", {**MERGED, "status": "failed"}, "merged", "8 7"),
        ("customers/merge", {"id": 7}, "unknown", ""),
        ("products/update", {"id": 7}, "product", "7"),
        ("app/uninstalled", {"id": 7}, "gone", ""),
        ("app/scopes_update", {"id": 7}, "rights", ""),
        ("bulk_operations/finish", {"admin_graphql_api_id": "gid://x"}, "backfill", ""),
        ("carts/update", {"id": 7}, "unknown", ""),
        ("orders/updated", {"id": "no number"}, "unknown", ""),
        ("orders/updated", {}, "unknown", ""),
    ],
)
def test_what_a_delivery_is_about(topic: str, body: Any, kind: str, ref: str) -> None:
    found = heard(topic, body)

    assert (found.kind, found.ref, found.topic) == (kind, ref, topic)


SHOP = {"shop_id": 1, "shop_domain": "tienda-azul.myshopify.com"}
ANA = {"id": 3, "email": "a@b.c", "phone": "+1"}


@pytest.mark.parametrize(
    ("topic", "body", "demand"),
    [
        (
            "customers/data_request",
            {**SHOP, "orders_requested": [1, 2], "customer": ANA, "data_request": {"id": 9}},
            Demand(
                kind="report", customer_ref="3", emails=("a@b.c",), phones=("+1",),
                order_refs=("1", "2"), reference="9",
            ),
        ),
        (
            "customers/redact",
            {**SHOP, "customer": {"email": "a@b.c"}, "orders_to_redact": []},
            Demand(kind="erase_customer", emails=("a@b.c",)),
        ),
        ("shop/redact", SHOP, Demand(kind="erase_shop")),
    ],
)  # fmt: skip
def test_what_the_law_lets_them_demand(topic: str, body: Any, demand: Demand) -> None:
    found = heard(topic, body)

    assert (found.kind, found.demand) == ("privacy", demand)


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        # a topic is not signed: a report that was asked for must not become an erasure
        ("customers/redact", {**SHOP, "customer": ANA, "data_request": {"id": 9}}),
        ("shop/redact", {**SHOP, "customer": ANA, "orders_to_redact": []}),
        ("customers/data_request", SHOP),
        # nor is the header that names the shop, and one secret signs for all of them
        ("shop/redact", {"shop_id": 1, "shop_domain": "other.myshopify.com"}),
        ("shop/redact", {}),
    ],
)
def test_a_signed_body_demands_nothing_else_and_of_nobody_else(topic: str, body: Any) -> None:
    with pytest.raises(DeliveryRefused) as refused:
        heard(topic, body)

    assert (refused.value.code, refused.value.status) == ("delivery_invalid", 401)


def test_a_deletion_says_so() -> None:
    assert heard("orders/delete", {"id": 7}).deleted
    assert not heard("orders/updated", {"id": 7}).deleted


def test_without_an_id_the_same_body_is_the_same_delivery() -> None:
    bare = {"webhook-id": ""}
    first, again = (heard("orders/updated", {"id": 7}, **bare) for _ in range(2))
    other = heard("orders/updated", {"id": 8}, **bare)

    assert first.key == again.key
    assert first.key != other.key


@pytest.mark.parametrize("domain", ["", "evil.example", "a.myshopify.com.evil.example", "../x"])
def test_only_a_domain_of_the_platform_leads_anywhere(domain: str) -> None:
    assert route(a_request("orders/updated", {}, **{"shop-domain": domain})) is None
