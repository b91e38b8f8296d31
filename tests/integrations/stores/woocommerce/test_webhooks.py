"""Deliveries as a real shop sent them, byte for byte, and the traps around them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask, request

from integrations.http import ApiClient
from integrations.registry import stores
from integrations.sandbox.hooks import signature
from integrations.sandbox.serving import in_thread
from integrations.sandbox.woocommerce import create_app
from integrations.sandbox.woocommerce.casa_oliva import CONSUMER_KEY, CONSUMER_SECRET
from integrations.stores.woocommerce.webhooks import TOPICS, hear, reaches
from plugin.errors import DeliveryRefused
from plugin.ports.store import Connection
from plugin.ports.webhooks import Delivery, Request

FOLDER = Path(__file__).parents[3] / "wire" / "woocommerce"
SIGNED = sorted(path.stem for path in FOLDER.glob("webhook-*.json") if "ping" not in path.stem)


def recorded(name: str) -> tuple[Request, str]:
    whole = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    sent = whole["request"]
    headers = {key.lower(): value for key, value in sent["headers"].items()}
    return Request(headers=headers, query=(), body=sent["body_text"].encode()), whole["secret"]


def heard(name: str) -> Delivery:
    request, secret = recorded(name)
    found = hear(request, [secret])
    assert found is not None
    return found


@pytest.mark.parametrize("name", SIGNED)
def test_the_signature_is_over_the_raw_bytes(name: str) -> None:
    request, secret = recorded(name)

    assert hear(request, ["new", secret]) is not None
    respelled = replace(request, body=json.dumps(json.loads(request.body)).encode() + b" ")
    for forged, secrets in ((request, ["another"]), (request, []), (respelled, [secret])):
        with pytest.raises(DeliveryRefused) as refused:
            hear(forged, secrets)
        assert refused.value.code == "signature_invalid"


@pytest.mark.parametrize(
    ("name", "kind", "ref"),
    [
        ("webhook-order-created", "order", "70"),
        ("webhook-order-updated-after-refund", "order", "70"),
        ("webhook-customer-updated", "customer", "7"),
        ("webhook-action-status-changed", "order", "70"),
        ("webhook-action-order-refunded", "order", "70"),
        ("webhook-action-note-added", "unknown", ""),
        ("webhook-action-refund-created", "unknown", ""),
    ],
)
def test_what_a_delivery_is_about(name: str, kind: str, ref: str) -> None:
    found = heard(name)

    assert (found.kind, found.ref) == (kind, ref)


def test_stock_of_a_variation_is_about_its_product() -> None:
    request, _ = recorded("webhook-product-updated")

    assert heard("webhook-product-updated").ref == str(json.loads(request.body)["parent_id"])


def test_the_ping_is_accepted_and_ignored() -> None:
    request, _ = recorded("webhook-ping")

    assert hear(request, ["secret"]) is None


@pytest.mark.parametrize("body", [b"webhook_id=1&x=2", b"webhook_id=", b"", b'{"id":1}'])
def test_what_only_looks_like_a_ping_needs_a_signature(body: bytes) -> None:
    with pytest.raises(DeliveryRefused):
        hear(Request(headers={}, query=(), body=body), ["secret"])


@pytest.mark.parametrize("body", [b"[1]", b"no json", b"null", b'{"id":"\xff"}'])
def test_a_signed_body_that_is_no_object_is_refused(body: bytes) -> None:
    headers = {"x-wc-webhook-topic": "order.updated",
               "x-wc-webhook-signature": signature("s", body)}  # fmt: skip
    with pytest.raises(DeliveryRefused) as refused:
        hear(Request(headers=headers, query=(), body=body), ["s"])
    assert refused.value.code == "delivery_invalid"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("webhook-owner-lost-rights", "woocommerce_rest_cannot_view"),
        ("webhook-order-gone-before-delivery", "woocommerce_rest_shop_order_invalid_id"),
    ],
)
def test_trap_10_a_signed_delivery_may_carry_an_error(name: str, code: str) -> None:
    found = heard(name)

    assert (found.kind, found.ref, found.code) == ("trouble", "", code)


def test_trap_11_the_delivery_id_is_no_key() -> None:
    """Two orders of one second share it; the same order changed twice may, too."""
    request, secret = recorded("webhook-order-created")
    other = replace(request, body=request.body.replace(b'{"id":70,', b'{"id":71,'))
    changed = replace(request, body=request.body + b" ")

    heard = [hear(one, [secret, "s"]) for one in (request, _signed(other), _signed(changed))]
    again = hear(request, [secret])

    assert again == heard[0]
    assert len({one.key for one in heard if one}) == 3


def _signed(request: Request) -> Request:
    sign = {"x-wc-webhook-signature": signature("s", request.body)}
    return replace(request, headers={**request.headers, **sign})


@pytest.mark.parametrize(
    ("ours", "theirs", "can"),
    [
        ("https://panel.example.com", "https://tienda.example", True),
        ("https://panel.example.com:8080", "https://tienda.example", True),
        ("https://panel.example.com:8443", "https://tienda.example", False),
        ("http://panel.example.com", "https://tienda.example", False),
        ("https://192.168.1.4", "https://tienda.example", False),
        ("https://panel.local", "https://tienda.example", False),
        ("https://panel", "https://tienda.example", False),
        ("http://localhost:8000", "https://tienda.example", False),
        ("http://localhost:8000", "http://127.0.0.1:8003", True),
    ],
)
def test_trap_13_a_shop_does_not_call_private_addresses_or_odd_ports(
    ours: str, theirs: str, can: bool
) -> None:
    assert reaches(ours, theirs) is can


class Ear:
    """A server that hears, and may refuse."""

    def __init__(self) -> None:
        self.status = 200
        self.requests: list[Request] = []
        self.app = Flask("ear")
        self.app.add_url_rule("/<path:path>", view_func=self.take, methods=["POST"])

    def take(self, path: str) -> tuple[str, int]:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(Request(headers=headers, query=(), body=request.get_data()))
        return "", self.status


@pytest.fixture
def lab() -> Iterator[tuple[Any, Any, Ear, str, str]]:
    app, ear, http = create_app(), Ear(), ApiClient(allow_loopback=True, attempts=1)
    with in_thread(app) as shop, in_thread(ear.app) as here:
        connection = Connection(
            workspace_id="ws_1", id="co_1", platform="woocommerce", label="", address=shop,
            credentials={"consumer_key": CONSUMER_KEY, "consumer_secret": CONSUMER_SECRET},
        )  # fmt: skip
        yield app, stores()["woocommerce"].open(connection, http), ear, here, shop
    http.close()


def _until(ask: Any) -> None:
    for _ in range(600):
        if ask():
            return
        time.sleep(0.02)
    raise AssertionError("waited in vain")


def test_webhooks_are_made_once_and_send_what_we_verify(lab: Any) -> None:
    app, store, ear, here, shop = lab
    url = f"{here}/webhooks/woocommerce/co_1"

    store.subscribe(url, "s3cret")
    store.subscribe(url, "s3cret")
    made = app.extensions["shop"].all("webhooks")
    assert sorted(hook["topic"] for hook in made) == sorted(TOPICS)

    order = app.extensions["shop"].all("orders")[0]["id"]
    requests.post(f"{shop}/_control/order", json={"order": order, "note": "x"}, timeout=5)
    _until(lambda: len(ear.requests) > len(TOPICS))
    found = [hear(request, ["s3cret"]) for request in ear.requests]
    assert [item.ref for item in found if item] == [str(order)]


def test_a_webhook_the_shop_turned_off_is_turned_on(lab: Any) -> None:
    app, store, ear, here, shop = lab
    url = f"{here}/webhooks/woocommerce/co_1"
    store.subscribe(url, "s3cret")
    ear.status = 500
    order = app.extensions["shop"].all("orders")[0]["id"]

    def disabled() -> list[str]:
        hooks = app.extensions["shop"].all("webhooks")
        return [hook["topic"] for hook in hooks if hook["status"] == "disabled"]

    def touch_again() -> bool:
        requests.post(f"{shop}/_control/order", json={"order": order, "note": "y"}, timeout=5)
        time.sleep(0.05)
        return disabled() == ["order.updated"]

    _until(touch_again)

    assert store.subscribe(url, "s3cret").mended == ("order.updated",)
    assert disabled() == []
    assert store.subscribe(url, "s3cret").mended == ()


def _touch(shop: str, order: int) -> None:
    requests.post(f"{shop}/_control/order", json={"order": order, "note": "z"}, timeout=5)


def _heard(ear: Ear) -> list[tuple[Request, Delivery]]:
    """Everything but pings."""
    found = [(request, hear(request, ["s3cret"])) for request in ear.requests]
    return [(request, item) for request, item in found if item is not None]


def test_trap_10_over_the_wire_an_error_is_signed_and_delivered(lab: Any) -> None:
    app, store, ear, here, shop = lab
    store.subscribe(f"{here}/webhooks/woocommerce/co_1", "s3cret")
    app.extensions["shop"].users[1] = "subscriber"  # whose key made the webhooks

    _touch(shop, app.extensions["shop"].all("orders")[0]["id"])
    _until(lambda: _heard(ear))

    (_, found), *_ = _heard(ear)
    assert (found.kind, found.ref) == ("trouble", "")
    assert found.code == "woocommerce_rest_cannot_view"


def test_trap_11_over_the_wire_two_orders_of_one_second_are_two_deliveries(lab: Any) -> None:
    app, store, ear, here, shop = lab
    store.subscribe(f"{here}/webhooks/woocommerce/co_1", "s3cret")
    app.extensions["shop"].clock = lambda: datetime(2026, 11, 22, 12, tzinfo=UTC)
    one, other = (order["id"] for order in app.extensions["shop"].all("orders")[:2])

    _touch(shop, one)
    _touch(shop, other)
    _until(lambda: len(_heard(ear)) == 2)

    heard_both = _heard(ear)
    assert len({request.headers["x-wc-webhook-delivery-id"] for request, _ in heard_both}) == 1
    assert len({item.key for _, item in heard_both}) == 2
    assert {item.ref for _, item in heard_both} == {str(one), str(other)}


def test_trap_13_over_the_wire_the_shop_says_nothing_of_an_address_it_cannot_call(
    lab: Any,
) -> None:
    """So whether it can is ours to know before, and never learnt from its answer."""
    _, store, _, _, _ = lab

    answer = store.subscribe("https://panel.local:8443/webhooks/woocommerce/co_1", "s3cret")

    assert (answer.active, answer.code) == (True, "")
    assert not reaches("https://panel.local:8443", "https://tienda.example")


def test_on_leaving_only_our_webhooks_go(lab: Any) -> None:
    app, store, _, here, _ = lab
    ours, theirs = f"{here}/webhooks/woocommerce/co_1", f"{here}/elsewhere"
    store.subscribe(ours, "s3cret")
    store.subscribe(theirs, "other")

    assert store.unsubscribe(ours) == len(TOPICS)

    left = {hook["delivery_url"] for hook in app.extensions["shop"].all("webhooks")}
    assert left == {theirs}
    assert store.unsubscribe(ours) == 0
