"""OAuth 1.0a over plain http, signed by the platform's own client library."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
from woocommerce import API
from woocommerce.oauth import OAuth

from integrations.sandbox.serving import in_thread
from integrations.sandbox.woocommerce import create_app
from tests.integrations.sandbox.woocommerce.conftest import PATIENCE
from tests.integrations.sandbox.woocommerce.lab import lab
from tests.integrations.sandbox.woocommerce.recordings import ADMIN_KEY, SECRET


@pytest.fixture(scope="module")
def plain_url() -> Iterator[str]:
    records = lab()
    records = replace(records, site=replace(records.site, home=""))
    with in_thread(create_app(records=records)) as url:
        yield url


def _api(url: str, secret: str = SECRET, key: str = ADMIN_KEY) -> Any:
    return API(url=url, consumer_key=key, consumer_secret=secret, version="wc/v3", timeout=PATIENCE)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"search": "Lucía Peña"},
        {"search": "+34 655-777-888"},
        {"include": "21,22", "_fields": "id,billing.email"},
        {"modified_after": "2026-11-22T14:58:10", "dates_are_gmt": "true"},
    ],
)
def test_signed_read_is_answered(plain_url: str, params: dict[str, str]) -> None:
    assert _api(plain_url).get("orders", params=params).status_code == 200


def test_signed_write_is_answered(plain_url: str) -> None:
    answer = _api(plain_url).post("orders/21/refunds", {"amount": "1.00", "api_refund": False})

    assert answer.status_code == 201


def test_wrong_secret_gives_another_signature(plain_url: str) -> None:
    answer = _api(plain_url, "cs_wrong").get("orders")

    assert answer.json()["message"] == "Invalid signature - provided signature does not match."


def test_unknown_key_is_named_when_signed(plain_url: str) -> None:
    answer = _api(plain_url, key="ck_unknown").get("orders")

    assert (answer.status_code, answer.json()["message"]) == (401, "Consumer key is invalid.")


def test_list_values_break_the_signature(plain_url: str) -> None:
    answer = _api(plain_url).get("orders", params={"include": [21, 22]})

    assert answer.status_code == 401


def test_a_nonce_counts_once(plain_url: str) -> None:
    address = _signed(plain_url)

    first = requests.get(address, timeout=PATIENCE)
    again = requests.get(address, timeout=PATIENCE)

    assert (first.status_code, again.status_code) == (200, 401)
    assert again.json()["message"] == "Invalid nonce - nonce has already been used."


def test_a_signature_older_than_fifteen_minutes_is_refused(plain_url: str) -> None:
    answer = requests.get(_signed(plain_url, age=16 * 60), timeout=PATIENCE)

    assert (answer.status_code, answer.json()["message"]) == (401, "Invalid timestamp.")


def test_half_a_signature_names_what_is_missing(plain_url: str) -> None:
    query = "oauth_consumer_key=x&oauth_nonce=1&oauth_signature_method=HMAC-SHA256"
    answer = requests.get(f"{plain_url}/wp-json/wc/v3/orders?{query}", timeout=PATIENCE)

    assert answer.json()["message"] == "Missing OAuth parameters oauth_timestamp, oauth_signature"


def _signed(url: str, age: int = 0) -> str:
    address = f"{url}/wp-json/wc/v3/orders"
    moment = int(time.time()) - age
    signed: str = OAuth(
        url=address, consumer_key=ADMIN_KEY, consumer_secret=SECRET, version="wc/v3",
        method="GET", oauth_timestamp=moment,
    ).get_oauth_url()  # fmt: skip
    return signed


def test_a_trusted_proxy_may_say_https(plain_url: str) -> None:
    records = lab()
    site = replace(records.site, home="", trust_forwarded_proto=True)
    client = create_app(records=replace(records, site=site)).test_client()
    told = {"X-Forwarded-Proto": "https"}

    trusted = client.get("/wp-json/wc/v3/orders", auth=(ADMIN_KEY, SECRET), headers=told)
    untold = client.get("/wp-json/wc/v3/orders", auth=(ADMIN_KEY, SECRET))

    assert (trusted.status_code, untold.status_code) == (200, 401)
