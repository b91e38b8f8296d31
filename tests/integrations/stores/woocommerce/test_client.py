"""What an answer means, by recorded answers; how calls are signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
import responses
from responses import RequestsMock
from responses.matchers import json_params_matcher, query_param_matcher

from integrations.http import ApiClient
from integrations.stores.woocommerce.client import WooClient, decoded, signed
from integrations.stores.woocommerce.payloads import ORDERS, REFUNDS
from plugin.errors import (
    ActionRefused,
    BadAnswer,
    GrantRevoked,
    MostradorError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Unreachable,
)
from tests.integrations.stores.woocommerce.recorded import recorded

SHOP = "https://tienda-a.example"
ORDERS_URL = f"{SHOP}/wp-json/wc/v3/orders"
REFUND_URL = f"{ORDERS_URL}/21/refunds"
KEY, SECRET = "ck_" + "5a" * 20, "cs_" + "5a" * 20
FATAL = {
    "code": "internal_server_error",
    "message": "<p>There has been a critical error on this website.</p>",
    "data": {"status": 500, "error": {"file": "/var/www/html/wp-content/plugins/x.php"}},
}
MAINTENANCE = {"code": "wp_die", "message": "Briefly unavailable.", "data": {"status": 503}}
WALL = "<!DOCTYPE html><title>Just a moment...</title>"


@pytest.fixture
def wire() -> Iterator[RequestsMock]:
    """Strict: what is registered must be called, and nothing else may be."""
    with RequestsMock(assert_all_requests_are_fired=True) as mock:
        yield mock


def client(*, address: str = SHOP, query_auth: bool = False) -> WooClient:
    http = ApiClient(attempts=1, allow_http=True)
    return WooClient(http, address=address, key=KEY, secret=SECRET, query_auth=query_auth)


def _read_error(wire: RequestsMock, status: int, body: Any, **headers: str) -> MostradorError:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    wire.get(ORDERS_URL, body=text, status=status, headers=headers)
    with pytest.raises(MostradorError) as caught:
        client().read("orders")
    return caught.value


def _refund_error(wire: RequestsMock, status: int, body: Any, **headers: str) -> MostradorError:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    wire.post(REFUND_URL, body=text, status=status, headers=headers)
    with pytest.raises(MostradorError) as caught:
        client().refund("21", {"amount": "1.00"})
    return caught.value


def test_over_https_keys_go_as_basic(wire: RequestsMock) -> None:
    wire.get(ORDERS_URL, json=[])

    client().read("orders")

    header = wire.calls[0].request.headers["Authorization"]
    assert base64.b64decode(header.removeprefix("Basic ")).decode() == f"{KEY}:{SECRET}"


def test_keys_in_the_query_where_the_header_is_eaten(wire: RequestsMock) -> None:
    keys = {"consumer_key": KEY, "consumer_secret": SECRET, "search": "a b"}
    wire.get(ORDERS_URL, json=[], match=[query_param_matcher(keys)])

    client(query_auth=True).read("orders", {"search": "a b"})

    assert "Authorization" not in wire.calls[0].request.headers


def test_an_address_in_capitals_is_https_too(wire: RequestsMock) -> None:
    wire.get(ORDERS_URL, json=[])

    client(address="HTTPS://tienda-a.example/").read("orders")

    assert "Authorization" in wire.calls[0].request.headers


def test_a_shop_in_a_folder(wire: RequestsMock) -> None:
    wire.get(f"{SHOP}/tienda/wp-json/wc/v3/orders", json=[])

    client(address=f"{SHOP}/tienda/").read("orders")


@pytest.mark.parametrize(
    "value", ["plain", "1,2", "a b", "a+b@x.example", "ñandú", "100%25", "50%", "a/b", "~", "&=#"]
)
def test_any_value_can_be_signed(value: str) -> None:
    """Checked by the rule of RFC 5849 as the shop implements it, not by our own code."""
    url = f"http://tienda.example/wp-json/wc/v3/orders?search={quote(value, safe='')}"

    parts = urlsplit(signed("GET", url, KEY, SECRET))

    found = dict(parse_qsl(parts.query))
    signature = found.pop("oauth_signature")
    pairs = sorted((quote(k, safe=""), quote(v, safe="")) for k, v in found.items())
    normal = quote("&".join(f"{k}={v}" for k, v in pairs), safe="")
    base = quote("http://tienda.example/wp-json/wc/v3/orders", safe="")
    digest = hmac.new(f"{SECRET}&".encode(), f"GET&{base}&{normal}".encode(), hashlib.sha256)
    assert signature == base64.b64encode(digest.digest()).decode()
    assert found["search"] == value


def test_no_nonce_comes_twice() -> None:
    urls = [signed("GET", "http://t.example/wp-json/wc/v3/orders", KEY, SECRET) for _ in range(9)]

    assert len({dict(parse_qsl(urlsplit(url).query))["oauth_nonce"] for url in urls}) == 9


@pytest.mark.parametrize("name", ["auth-02", "auth-03", "auth-04", "auth-07", "auth-16", "auth-18"])
def test_a_refused_key_is_a_revoked_grant(wire: RequestsMock, name: str) -> None:
    real = recorded(name)

    error = _read_error(wire, real.status, real.body)

    assert isinstance(error, GrantRevoked)
    assert error.code == "shop_key_rejected"


def test_a_read_key_cannot_refund(wire: RequestsMock) -> None:
    real = recorded("auth-05")

    assert isinstance(_refund_error(wire, real.status, real.body), GrantRevoked)


def test_an_unknown_order_is_not_found(wire: RequestsMock) -> None:
    real = recorded("orders-25")

    assert isinstance(_read_error(wire, real.status, real.body), NotFound)


@pytest.mark.parametrize("name", ["orders-13", "route-01", "customers-10"])
def test_a_call_the_shop_does_not_understand_is_a_bad_answer(wire: RequestsMock, name: str) -> None:
    real = recorded(name)

    assert isinstance(_read_error(wire, real.status, real.body), BadAnswer)


@pytest.mark.parametrize("status", [403, 406, 415])
def test_a_page_of_a_firewall_is_told_as_such(wire: RequestsMock, status: int) -> None:
    assert _read_error(wire, status, WALL).code == "shop_blocked"


def test_a_firewall_that_answers_200_is_told_as_such() -> None:
    with pytest.raises(BadAnswer) as caught:
        decoded(ORDERS, WALL.encode())

    assert caught.value.code == "shop_blocked"


@pytest.mark.parametrize(("status", "body"), [(500, FATAL), (503, MAINTENANCE), (502, WALL)])
def test_a_broken_shop_is_unreachable_for_reads(wire: RequestsMock, status: int, body: Any) -> None:
    error = _read_error(wire, status, body)

    assert isinstance(error, Unreachable)
    assert "wp-content" not in str(error.parameters)


def test_a_busy_shop_says_how_long(wire: RequestsMock) -> None:
    error = _read_error(wire, 429, WALL, **{"Retry-After": "7"})

    assert isinstance(error, RateLimited)
    assert error.after == 7


def test_keys_do_not_follow_to_another_host(wire: RequestsMock) -> None:
    elsewhere = "https://www.tienda-a.example/wp-json/wc/v3/orders"
    wire.get(ORDERS_URL, status=301, headers={"Location": elsewhere})
    wire.get(elsewhere, status=401, json=recorded("auth-02").json)

    with pytest.raises(BadAnswer):
        client().read("orders")

    assert "Authorization" not in wire.calls[1].request.headers


@pytest.mark.parametrize("noise", [b"\xef\xbb\xbf", b"<br />\n<b>Notice</b>: odd in x.php\n"])
def test_noise_before_the_json_of_a_read_is_passed_over(noise: bytes) -> None:
    assert len(decoded(REFUNDS, noise + recorded("refunds-05").body)) == 2


@pytest.mark.parametrize(
    "body", [b"", b"[", b"null", b'{"a": 1}', b'[{"id": "x"}]', b'[{"id": 1, "number": "\xff"}]']
)
def test_other_shapes_are_a_bad_answer(body: bytes) -> None:
    with pytest.raises(BadAnswer) as caught:
        decoded(REFUNDS, body)

    assert caught.value.code == "bad_answer"


def test_a_preview_does_not_get_a_cached_answer(wire: RequestsMock) -> None:
    wire.add(responses.GET, ORDERS_URL, json=[])

    client().read("orders", quick=True)
    client().read("orders", quick=True)

    first, second = (call.request.url for call in wire.calls)
    assert first != second


@pytest.mark.parametrize(
    "name",
    [
        "refunds-06",
        "refunds-07",
        "refunds-10",
        "refunds-11",
        "refunds-12",
        "refunds-13",
        "refunds-14",
        "refunds-21",
        "refunds-31",
    ],
)
def test_trap_01_a_refused_refund_comes_as_500(wire: RequestsMock, name: str) -> None:
    real = recorded(name)
    assert real.status == 500

    error = _refund_error(wire, real.status, real.body)

    assert isinstance(error, ActionRefused)
    assert error.parameters["message"] == real.json["message"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, FATAL),
        (500, WALL),
        (502, WALL),
        (504, ""),
        (403, WALL),
        (302, ""),
        (200, "[]"),
        (201, ""),
        (201, WALL),
        (503, WALL),
        (503, MAINTENANCE),
        (500, {"code": 500}),
    ],
)
def test_trap_01_without_a_refusal_nothing_is_known(
    wire: RequestsMock, status: int, body: Any
) -> None:
    error = _refund_error(wire, status, body)

    assert isinstance(error, OutcomeUnknown)
    assert error.code == "answer_lost"


def test_maintenance_before_anything_ran_is_unreachable(wire: RequestsMock) -> None:
    error = _refund_error(wire, 503, MAINTENANCE, **{"Retry-After": "600"})

    assert isinstance(error, Unreachable)


def test_a_busy_shop_did_not_refund(wire: RequestsMock) -> None:
    assert isinstance(_refund_error(wire, 429, WALL), RateLimited)


def test_a_refund_the_shop_cannot_read_did_not_run(wire: RequestsMock) -> None:
    real = recorded("refunds-08")

    assert isinstance(_refund_error(wire, real.status, real.body), ActionRefused)


def test_trap_03_a_broken_connection_is_unknown(wire: RequestsMock) -> None:
    wire.post(REFUND_URL, body=ConnectionError("aborted"))

    with pytest.raises(OutcomeUnknown):
        client().refund("21", {"amount": "1.00"})


def test_a_message_loses_tags_and_entities(wire: RequestsMock) -> None:
    body = {
        "code": "woocommerce_rest_cannot_create_order_refund",
        "message": "<b>No</b> &quot;refund&quot;" + "x" * 500,
    }

    error = _refund_error(wire, 500, body)

    assert str(error.parameters["message"]).startswith('No "refund"')
    assert len(str(error.parameters["message"])) == 200


def test_the_body_goes_as_json(wire: RequestsMock) -> None:
    real = recorded("refunds-02")
    wire.post(REFUND_URL, body=real.body, status=201, match=[json_params_matcher(real.sent)])

    assert json.loads(client().refund("21", real.sent))["amount"] == "11.98"
