"""Connecting: where an address leads, what keys may do, and what is said when it fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import responses
from requests.exceptions import SSLError
from responses import RequestsMock
from responses.matchers import query_param_matcher

from integrations.http import ApiClient
from integrations.sandbox.serving import in_thread
from integrations.sandbox.woocommerce import create_app
from integrations.sandbox.woocommerce.casa_oliva import (
    CONSUMER_KEY,
    CONSUMER_SECRET,
    casa_oliva,
)
from integrations.sandbox.woocommerce.records import SUBSCRIBER, ApiKey
from integrations.sandbox.woocommerce.shop import Shop
from integrations.stores.woocommerce import PLATFORM
from integrations.stores.woocommerce.discovery import bases_of
from integrations.stores.woocommerce.install import prove
from plugin.errors import MostradorError, SetupError
from plugin.messages import LOCALES, for_hosting, sentence
from plugin.ports.store import Connection, Proven
from tests.integrations.stores.woocommerce.recorded import recorded

SHOP = "https://tienda-a.example"
API = f"{SHOP}/wp-json/wc/v3"
NOWHERE = f"{API}/mostrador/may-i-write"
WALL = "<!DOCTYPE html><title>Just a moment...</title><script>x=1</script><p>Checking</p>"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def wire() -> Iterator[RequestsMock]:
    with RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def casa() -> Iterator[tuple[str, Shop]]:
    """The pretend shop on a port, with keys that may less than everything."""
    records = casa_oliva(NOW)
    more = (
        ApiKey(key="ck_reads", secret="cs_1", user_id=1, permissions="read"),
        ApiKey(key="ck_writes", secret="cs_1", user_id=1, permissions="write"),
        ApiKey(key="ck_nobody", secret="cs_1", user_id=99, permissions="read_write"),
    )
    records = replace(records, keys=(*records.keys, *more), users={**records.users, 99: SUBSCRIBER})
    app = create_app(records=records)
    with in_thread(app) as url:
        yield url, app.extensions["shop"]


def tried(
    address: str, key: str = CONSUMER_KEY, secret: str = CONSUMER_SECRET, **http: Any
) -> Proven:
    connection = Connection(
        workspace_id="ws_1", id="co_1", platform="woocommerce", label="", address=address,
        credentials={"consumer_key": key, "consumer_secret": secret},
    )  # fmt: skip
    return prove(connection, ApiClient(attempts=1, **{"allow_http": True, **http}))


def failure(address: str, *keys: str, **http: Any) -> MostradorError:
    with pytest.raises(MostradorError) as caught:
        tried(address, *keys, **http)
    return caught.value


def replay(wire: RequestsMock, method: str, url: str, name: str) -> None:
    """Registers a recorded answer."""
    answer = recorded(name)
    wire.add(method, url, body=answer.body, status=answer.status, headers={
        name: value for name, value in answer.headers.items() if name == "Retry-After"
    })  # fmt: skip


def a_site(wire: RequestsMock) -> None:
    replay(wire, "GET", f"{SHOP}/wp-json/", "auth-00")
    replay(wire, "GET", f"{API}/data/currencies/current", "store-02")


class TestKeys:
    def test_a_right_key_is_proven_and_may_everything(self, wire: RequestsMock) -> None:
        a_site(wire)
        replay(wire, "GET", f"{API}/orders", "auth-01")
        replay(wire, "POST", NOWHERE, "batch-03")

        proven = tried("tienda-a.example")

        assert (proven.address, proven.missing, proven.notices) == (SHOP, (), ())
        assert (proven.shop.name, proven.shop.currency) == ("Lab Store A", "EUR")

    def test_a_key_that_only_reads_begins_look_only(self, wire: RequestsMock) -> None:
        a_site(wire)
        replay(wire, "GET", f"{API}/orders", "auth-01")
        replay(wire, "POST", NOWHERE, "auth-05")

        proven = tried(SHOP)

        assert {item.reason for item in proven.missing} == {"key_read_only"}
        # everything that the shop could do for a key that writes
        assert {item.name for item in proven.missing} == {"refund", *PLATFORM.abilities}

    def test_nothing_is_written_to_learn_what_a_key_may(self, wire: RequestsMock) -> None:
        a_site(wire)
        replay(wire, "GET", f"{API}/orders", "auth-01")
        replay(wire, "POST", NOWHERE, "batch-03")

        tried(SHOP)

        written = [call.request for call in wire.calls if call.request.method != "GET"]
        assert [(one.url, one.body) for one in written] == [(NOWHERE, b"{}")]

    def test_a_filter_that_blocks_writes_leaves_look_only(self, wire: RequestsMock) -> None:
        a_site(wire)
        replay(wire, "GET", f"{API}/orders", "auth-01")
        wire.post(NOWHERE, body=WALL, status=403)

        assert tried(SHOP).missing[0].reason == "writes_blocked"

    def test_a_dropped_header_falls_back_to_the_query_and_is_remembered(
        self, wire: RequestsMock
    ) -> None:
        a_site(wire)
        replay(wire, "GET", f"{API}/orders", "auth-11")
        replay(wire, "GET", f"{API}/orders", "auth-12")
        replay(wire, "POST", NOWHERE, "batch-03")

        proven = tried(SHOP)

        assert proven.options["auth"] == "query"
        assert proven.notices == ("keys_in_query",)

    def test_without_https_no_key_goes_into_the_query(self, wire: RequestsMock) -> None:
        plain = SHOP.replace("https", "http")
        replay(wire, "GET", f"{plain}/wp-json/", "auth-00")
        replay(wire, "GET", f"{plain}/wp-json/wc/v3/orders", "auth-11")

        assert failure(plain).code == "key_unknown"
        assert not any(CONSUMER_SECRET in str(call.request.url) for call in wire.calls)

    @pytest.mark.parametrize(
        ("answers", "code"),
        [
            (("auth-03", "auth-02"), "key_unknown"),
            (("auth-11", "auth-13"), "secret_wrong"),
            (("auth-04",), "secret_wrong"),
            (("auth-07",), "key_user_forbidden"),
            (("auth-18",), "key_user_forbidden"),
            (("route-02",), "shop_plugin_off"),
            (("broken-02",), "shop_error"),
            (("broken-04",), "shop_maintenance"),
        ],
    )
    def test_what_the_shop_says_is_named(
        self, wire: RequestsMock, answers: tuple[str, ...], code: str
    ) -> None:
        a_site(wire)
        for name in answers:
            replay(wire, "GET", f"{API}/orders", name)
        replay(wire, "POST", NOWHERE, "auth-04")

        assert failure(SHOP).code == code

    def test_a_key_that_only_writes_is_told_from_a_wrong_secret(self, wire: RequestsMock) -> None:
        a_site(wire)
        replay(wire, "GET", f"{API}/orders", "auth-06")
        replay(wire, "POST", NOWHERE, "batch-03")

        assert failure(SHOP).code == "key_write_only"

    def test_a_difference_of_clocks_is_told_from_a_wrong_secret(self, wire: RequestsMock) -> None:
        plain = SHOP.replace("https", "http")
        wire.get(f"{SHOP}/wp-json/", body=responses.ConnectionError())
        replay(wire, "GET", f"{plain}/wp-json/", "auth-00")
        old = recorded("auth-17")
        headers = {"Date": "Sun, 22 Nov 2020 10:00:00 GMT"}
        wire.get(f"{plain}/wp-json/wc/v3/orders", body=old.body, status=old.status, headers=headers)

        assert failure(plain).code == "clock_wrong"

    def test_noise_before_the_answer_does_no_harm(self, wire: RequestsMock) -> None:
        a_site(wire)
        wire.get(f"{API}/orders", body='\ufeff[{"id":70}]', content_type="text/html")
        replay(wire, "POST", NOWHERE, "batch-03")

        assert tried(SHOP).missing == ()

    def test_texts_that_are_no_keys_never_leave(self, wire: RequestsMock) -> None:
        assert failure(SHOP, "cs_1", "ck_1").code == "keys_malformed"
        assert len(wire.calls) == 0


class TestAddress:
    @pytest.mark.parametrize(
        "typed", ["", "https://", "ftp://x.example", "https://a:b@x.example", "no shop"]
    )
    def test_what_is_no_address_is_refused(self, typed: str) -> None:
        with pytest.raises(SetupError) as caught:
            bases_of(typed)

        assert caught.value.code == "address_invalid"

    @pytest.mark.parametrize(
        ("typed", "bases"),
        [
            (" Tienda.example/ ", ["https://tienda.example"]),
            ("https://x.example/a/wp-admin/index.php?p=1", ["https://x.example/a"]),
            ("http://x.example", ["https://x.example", "http://x.example"]),
            ("http://x.example:8080", ["http://x.example:8080"]),
        ],
    )
    def test_https_is_tried_first_and_http_only_when_typed(
        self, typed: str, bases: list[str]
    ) -> None:
        assert bases_of(typed)[1] == bases

    def test_the_address_is_where_redirects_end(self, wire: RequestsMock) -> None:
        wire.get("https://tienda.example/wp-json/", status=301,
                 headers={"Location": f"{SHOP}/wp-json/"})  # fmt: skip
        a_site(wire)
        replay(wire, "GET", f"{API}/orders", "auth-01")
        replay(wire, "POST", NOWHERE, "batch-03")

        assert tried("tienda.example").address == SHOP

    def test_https_that_sends_on_to_http_is_refused(self, wire: RequestsMock) -> None:
        plain = SHOP.replace("https", "http")
        headers = {"Location": f"{plain}/wp-json/"}
        wire.get(f"{SHOP}/wp-json/", status=302, headers=headers)
        replay(wire, "GET", f"{plain}/wp-json/", "auth-00")

        assert failure(SHOP).code == "https_refused"

    def test_a_link_to_another_host_is_not_followed(self, wire: RequestsMock) -> None:
        link = {"Link": '<https://other.example/wp-json/>; rel="https://api.w.org/"'}
        wire.get(f"{SHOP}/wp-json/", status=404, body="<html>")
        wire.get(f"{SHOP}/", body="<html>", headers=link)

        error = failure(SHOP)

        assert (error.code, error.parameters["elsewhere"]) == (
            "address_elsewhere",
            "https://other.example",
        )

    @pytest.mark.parametrize(
        ("status", "body", "headers", "code"),
        [
            (403, WALL, {}, "shop_blocked"),
            (503, WALL, {}, "shop_blocked"),
            (503, "<html>Maintenance", {"Retry-After": "600"}, "shop_maintenance"),
            (401, "<html>Password", {}, "site_locked"),
            (401, '{"code":"rest_login_required"}', {}, "rest_api_closed"),
            (502, "<html>Bad gateway", {}, "shop_error"),
            (200, "<html>A page", {}, "not_wordpress"),
        ],
    )
    def test_what_stands_before_the_shop_is_named(
        self, wire: RequestsMock, status: int, body: str, headers: dict[str, str], code: str
    ) -> None:
        wire.get(f"{SHOP}/wp-json/", status=status, body=body, headers=headers)
        wire.get(f"{SHOP}/", body="<html>A page")

        assert failure(SHOP).code == code

    def test_without_a_link_plain_permalinks_are_told_by_the_other_address(
        self, wire: RequestsMock
    ) -> None:
        asked = {"rest_route": "/"}
        wire.get(f"{SHOP}/wp-json/", status=404, body="<html>")
        wire.get(f"{SHOP}/", json={"namespaces": ["wc/v3"], "home": SHOP},
                 match=[query_param_matcher(asked, strict_match=False)])  # fmt: skip
        wire.get(f"{SHOP}/", body="<html>A page")

        assert failure(SHOP).code == "plain_permalinks"

    def test_keys_are_not_shown_to_a_site_without_a_shop(self, wire: RequestsMock) -> None:
        wire.get(f"{SHOP}/wp-json/", json={"namespaces": ["wp/v2"], "home": SHOP})

        assert failure(SHOP).code == "shop_plugin_off"
        assert not any("Authorization" in call.request.headers for call in wire.calls)

    def test_an_address_inside_our_network_is_forbidden(self) -> None:
        assert failure("https://127.0.0.1").code == "address_forbidden"
        assert failure("http://10.0.0.8").code == "address_forbidden"

    def test_a_wrong_certificate_is_named(self, wire: RequestsMock) -> None:
        wire.get(f"{SHOP}/wp-json/", body=SSLError("bad"))

        assert failure(SHOP).code == "certificate_wrong"


class TestPretendShop:
    """Over plain http, where every call is signed."""

    def test_connects_with_a_warning(self, casa: tuple[str, Shop]) -> None:
        proven = tried(casa[0], allow_loopback=True)

        assert (proven.address, proven.notices) == (casa[0], ("plain_http",))
        assert proven.shop.name == "Casa Oliva"

    @pytest.mark.parametrize(
        ("folder", "prefix"), [("/tienda", "wp-json"), ("", "api"), ("/a/b", "rest")]
    )
    def test_folders_and_other_prefixes_are_found(
        self, casa: tuple[str, Shop], folder: str, prefix: str
    ) -> None:
        url, shop = casa
        shop.site = replace(shop.site, folder=folder, rest_prefix=prefix)

        proven = tried(f"{url}{folder}", allow_loopback=True)

        kept = "" if prefix == "wp-json" else prefix
        assert (proven.address, proven.options["prefix"]) == (f"{url}{folder}", kept)

    @pytest.mark.parametrize(
        ("setting", "code"),
        [
            ({"plain_permalinks": True}, "plain_permalinks"),
            ({"plugin_on": False}, "shop_plugin_off"),
        ],
    )
    def test_settings_of_the_site_are_named(
        self, casa: tuple[str, Shop], setting: dict[str, Any], code: str
    ) -> None:
        url, shop = casa
        shop.site = replace(shop.site, **setting)

        assert failure(url, allow_loopback=True).code == code

    def test_keys_are_told_apart(self, casa: tuple[str, Shop]) -> None:
        url, _ = casa

        reads = tried(url, "ck_reads", "cs_1", allow_loopback=True)

        assert reads.missing[0].reason == "key_read_only"
        assert failure(url, "ck_writes", "cs_1", allow_loopback=True).code == "key_write_only"
        assert failure(url, "ck_nobody", "cs_1", allow_loopback=True).code == "key_user_forbidden"
        assert failure(url, "ck_reads", "cs_2", allow_loopback=True).code == "key_refused"


class TestMessage:
    def test_says_what_the_hosting_has_to_look_for(self, wire: RequestsMock) -> None:
        wire.get(f"{SHOP}/wp-json/", status=403, body=WALL)

        error = failure(SHOP)

        text = for_hosting(error.code, "en", **error.parameters)
        assert "GET /wp-json/" in text
        assert "HTTP 403, “Just a moment... Checking”" in text
        assert "User-Agent: Mostrador/1.0" in text
        assert "From:" not in text
        ours = for_hosting(error.code, "en", ours="panel.example", **error.parameters)
        assert "From: the server panel.example\n" in ours
        assert " UTC" in text

    @pytest.mark.parametrize("locale", LOCALES)
    def test_holds_no_key_and_no_script(self, wire: RequestsMock, locale: str) -> None:
        a_site(wire)
        replay(wire, "GET", f"{API}/orders", "auth-03")

        error = failure(SHOP)

        said = for_hosting(error.code, locale, **error.parameters) + json.dumps(error.parameters)
        assert CONSUMER_KEY not in said
        assert CONSUMER_SECRET not in said
        assert sentence(error.code, locale, **error.parameters)
