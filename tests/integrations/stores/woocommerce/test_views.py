"""Connecting in the browser: where the owner is sent, what counts of what comes back, and how
every failure reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest
import requests
import responses
from requests.exceptions import SSLError
from responses import RequestsMock

from integrations import registry
from integrations.http import ApiClient
from integrations.sandbox.serving import in_thread
from integrations.sandbox.woocommerce import create_app as a_shop
from plugin.actions import consent
from plugin.app import create_app
from plugin.db import connections as installed
from plugin.db.connections import ConnectionRow
from plugin.db.tables import consents
from plugin.messages import LOCALES, sentence
from plugin.services import Services
from tests.integrations.stores.woocommerce.recorded import recorded
from tests.integrations.stores.woocommerce.test_install import (
    API,
    NOWHERE,
    SHOP,
    WALL,
    a_site,
    replay,
)
from tests.plugin.conftest import Desk, desk
from tests.ui.console.conftest import Browser, with_owner

__all__ = ["desk"]
BEGIN = "/connect/woocommerce/begin"
CALLBACK = "/connect/woocommerce/callback"
PAIR = {"consumer_key": "ck_" + "5a" * 20, "consumer_secret": "cs_" + "5a" * 20}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def wire() -> Iterator[RequestsMock]:
    with RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@dataclass
class Owner(Browser):
    """The owner's browser, our services, and the worker between them."""

    desk: Any = None
    services: Any = None

    def ask(self, address: str = SHOP, access: str = "read_write") -> Any:
        self.get(BEGIN)
        return self.post(BEGIN, address=address, label="Casa", access=access)

    def state(self, **typed: str) -> str:
        """What the shop is given to bring back."""
        answer = self.ask(**typed)
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.location).query))["user_id"]

    def posts(self, state: str, **changed: Any) -> int:
        """The shop's own call; no cookie, no page."""
        body = {"key_id": 6, "user_id": state, **PAIR, "key_permissions": "read_write", **changed}
        sent = msgspec.json.encode(body)
        answer = self.client.application.test_client().post(
            CALLBACK, data=sent, content_type="application/json;charset=UTF-8"
        )
        return answer.status_code

    def work(self) -> None:
        for job in [job for job in self.desk.woken if job[0] == "consent"]:
            self.desk.woken.remove(job)
            consent.attach(self.services, self.desk.scope, job[2])

    def comes_back(self, state: str, success: str = "1") -> Any:
        return self.get(f"/connect/woocommerce/return?success={success}&user_id={state}")

    def shops(self) -> list[ConnectionRow]:
        with self.services.database.reading() as connection:
            rows = installed.connection_rows(self.desk.scope, connection)
        return [row for row in rows if row.platform == "woocommerce"]


@pytest.fixture
def owner(desk: Desk) -> Owner:
    http = ApiClient(attempts=1, allow_http=True)
    services = replace(with_owner(desk), stores=registry.stores(), http=http)
    made = Owner(create_app(services=services).test_client(), desk=desk, services=services)
    with desk.services.database.writing() as connection:
        for shop in desk.shops.values():  # of a platform that is not there
            installed.change_connection(desk.scope, connection, shop, platform="shopify")
    assert made.log_in().status_code == 302
    return made


class TestThere:
    @pytest.mark.parametrize("access", ["read", "read_write"])
    def test_the_owner_is_sent_to_the_shops_own_page(
        self, owner: Owner, wire: RequestsMock, access: str
    ) -> None:
        replay(wire, "GET", f"{SHOP}/wp-json/", "auth-00")

        answer = owner.ask("Tienda-A.example/wp-admin/", access)

        there = urlsplit(answer.location)
        assert f"{there.scheme}://{there.netloc}{there.path}" == f"{SHOP}/wc-auth/v1/authorize"
        said = dict(parse_qsl(there.query))
        state = said.pop("user_id")
        assert re.fullmatch(r"[A-Za-z0-9_-]{40,}", state)
        assert said == {
            "app_name": "Mostrador",
            "scope": access,
            "return_url": "https://panel.example/connect/woocommerce/return",
            "callback_url": "https://panel.example/connect/woocommerce/callback",
        }

    def test_only_an_owner_begins(self, owner: Owner) -> None:
        stranger = Browser(owner.client.application.test_client())

        assert stranger.get(BEGIN).location.startswith("/console/login")
        assert stranger.post(BEGIN, address=SHOP).status_code in (401, 403)

    @pytest.mark.parametrize("ours", ["http://localhost:8000", "https://panel.example:8443",
                                      "https://10.0.0.7", "https://shop-desk.local"])  # fmt: skip
    def test_a_shop_that_cannot_call_us_is_connected_by_keys(
        self, owner: Owner, wire: RequestsMock, ours: str
    ) -> None:
        replay(wire, "GET", f"{SHOP}/wp-json/", "auth-00")
        settings = replace(owner.services.settings, public_url=ours)
        app = create_app(services=replace(owner.services, settings=settings))
        here = Browser(app.test_client())
        here.log_in()
        here.get(BEGIN)

        page = here.post(BEGIN, address=SHOP, access="read")

        assert page.status_code == 422
        assert 'data-code="callback_unreachable"' in page.text
        assert ours in page.text
        assert "/console/shops/connect/woocommerce?address=" in page.text


def index_of(wire: RequestsMock, **answer: Any) -> None:
    wire.get(f"{SHOP}/wp-json/", **answer)
    wire.get(f"{SHOP}/", body="<html>A page")


def not_wordpress(wire: RequestsMock) -> None:
    index_of(wire, status=200, body="<html>A page")


def plugin_off(wire: RequestsMock) -> None:
    wire.get(f"{SHOP}/wp-json/", json={"namespaces": ["wp/v2"], "home": SHOP})


def plain_permalinks(wire: RequestsMock) -> None:
    wire.get(f"{SHOP}/wp-json/", status=404, body="<html>")
    link = {"Link": f'<{SHOP}/index.php?rest_route=/>; rel="https://api.w.org/"'}
    wire.get(f"{SHOP}/", body="<html>", headers=link)


def on_to_plain_http(wire: RequestsMock) -> None:
    plain = SHOP.replace("https", "http")
    headers = {"Location": f"{plain}/wp-json/"}
    wire.get(f"{SHOP}/wp-json/", status=302, headers=headers)
    replay(wire, "GET", f"{plain}/wp-json/", "auth-00")


ADDRESS_FAILURES = [
    ("not_wordpress", not_wordpress),
    ("shop_plugin_off", plugin_off),
    ("plain_permalinks", plain_permalinks),
    ("https_refused", on_to_plain_http),
    ("shop_blocked", lambda wire: index_of(wire, status=403, body=WALL)),
    ("site_locked", lambda wire: index_of(wire, status=401, body="<html>Password")),
    ("rest_api_closed", lambda w: index_of(w, status=401, body='{"code":"rest_login_required"}')),
    ("shop_error", lambda wire: index_of(wire, status=502, body="<html>Bad gateway")),
    ("certificate_wrong", lambda wire: index_of(wire, body=SSLError("bad"))),
    ("shop_silent", lambda wire: index_of(wire, body=responses.ConnectionError())),
    ("address_invalid", lambda _wire: None),
    ("address_forbidden", None),
]
TYPED = {"address_invalid": "ftp://tienda.example", "address_forbidden": "https://127.0.0.1"}


@pytest.mark.parametrize(("code", "happens"), ADDRESS_FAILURES)
def test_every_failure_of_an_address_is_named_with_a_way_out(
    owner: Owner, code: str, happens: Any
) -> None:
    with RequestsMock(assert_all_requests_are_fired=False) as wire:
        if happens is None:
            wire.stop(allow_assert=False)
        else:
            happens(wire)

        page = owner.ask(TYPED.get(code, SHOP))

    assert page.status_code == 422
    assert f'data-code="{code}"' in page.text
    assert "Intentar de nuevo" in page.text
    assert "Conectar con claves pegadas" in page.text
    if code not in TYPED:
        for locale in LOCALES:
            assert f'id="hosting-{locale}"' in page.text
        assert "GET" in page.text
        assert "/wp-json/" in page.text


def keys(wire: RequestsMock, *names: str, write: str = "batch-03") -> None:
    a_site(wire)
    for name in names:
        replay(wire, "GET", f"{API}/orders", name)
    replay(wire, "POST", NOWHERE, write)


def blocked(wire: RequestsMock) -> None:
    a_site(wire)
    wire.get(f"{API}/orders", status=403, body=WALL)


KEY_FAILURES = [
    ("key_unknown", lambda wire: keys(wire, "auth-03", "auth-02")),
    ("secret_wrong", lambda wire: keys(wire, "auth-04", write="auth-04")),
    ("key_user_forbidden", lambda wire: keys(wire, "auth-18")),
    ("key_write_only", lambda wire: keys(wire, "auth-06")),
    ("shop_maintenance", lambda wire: keys(wire, "broken-04")),
    ("shop_blocked", blocked),
]
WORKS = [
    ((), lambda wire: keys(wire, "auth-01")),
    (("key_read_only",), lambda wire: keys(wire, "auth-01", write="auth-05")),
    (("keys_in_query",), lambda wire: keys(wire, "auth-11", "auth-12")),
]


class TestBack:
    @pytest.mark.parametrize(("notes", "happens"), WORKS)
    def test_the_keys_connect_the_shop_that_was_named(
        self, owner: Owner, wire: RequestsMock, notes: tuple[str, ...], happens: Any
    ) -> None:
        happens(wire)
        state = owner.state()

        assert owner.posts(state) == 200
        waiting = owner.comes_back(state)
        owner.work()
        done = owner.comes_back(state)

        assert (waiting.headers.get("Refresh"), "probándolas" in waiting.text) == ("2", True)
        assert "Refresh" not in done.headers
        assert "Casa está conectada" in done.text
        for code in notes:
            assert sentence(code, "es")[:40] in done.text
        (shop,) = owner.shops()
        assert (shop.address, shop.label) == (SHOP, "Casa")
        assert ("missing.refund" in shop.options) == ("key_read_only" in notes)

    @pytest.mark.parametrize(("code", "happens"), KEY_FAILURES)
    def test_every_failure_of_keys_is_named_and_tried_again(
        self, owner: Owner, code: str, happens: Any
    ) -> None:
        with RequestsMock(assert_all_requests_are_fired=False) as wire:
            happens(wire)
            state = owner.state()
            owner.posts(state)
            owner.work()

        failed = owner.comes_back(state)
        assert f'data-code="{code}"' in failed.text
        assert 'id="hosting-es"' in failed.text
        assert owner.shops() == []

        with RequestsMock(assert_all_requests_are_fired=False) as wire:
            keys(wire, "auth-01")
            again = owner.post("/connect/woocommerce/again", state=state)
            owner.work()
        assert again.status_code == 302
        assert "está conectada" in owner.get(again.location).text
        assert len(owner.shops()) == 1

    def test_approving_twice_counts_once(self, owner: Owner, wire: RequestsMock) -> None:
        keys(wire, "auth-01")
        state = owner.state()

        first = owner.posts(state)
        second = owner.posts(state, consumer_key="ck_" + "6b" * 20)
        owner.work()
        third = owner.posts(state, consumer_key="ck_" + "7c" * 20)
        owner.work()

        assert (first, second, third) == (200, 200, 200)
        (shop,) = owner.shops()
        stored = owner.services.keys.open(shop.credentials)
        assert PAIR["consumer_key"].encode() in stored

    def test_the_answer_to_the_shop_waits_for_nobody(
        self, owner: Owner, wire: RequestsMock
    ) -> None:
        keys(wire, "auth-01")
        state = owner.state()
        asked = len(wire.calls)

        owner.posts(state)

        assert len(wire.calls) == asked
        assert [job[0] for job in owner.desk.woken][-1] == "consent"

    @pytest.mark.parametrize(
        "changed",
        [
            {"user_id": "x" * 43}, {"user_id": 7}, {"consumer_key": "ck_1"},
            {"consumer_secret": "' OR 1=1"}, {"consumer_key": None},
        ],
    )  # fmt: skip
    def test_what_anybody_else_posts_is_no_key(
        self, owner: Owner, wire: RequestsMock, changed: dict[str, Any]
    ) -> None:
        keys(wire, "auth-01")
        state = owner.state()

        assert owner.posts(state, **changed) >= 400
        owner.work()

        assert owner.shops() == []

    def test_a_state_ends_after_an_hour(self, owner: Owner, wire: RequestsMock) -> None:
        keys(wire, "auth-01")
        state = owner.state()
        owner.desk.clock.pass_(minutes=61)

        assert owner.posts(state) == 410

    def test_saying_no_is_no_failure(self, owner: Owner, wire: RequestsMock) -> None:
        keys(wire, "auth-01")
        state = owner.state()

        page = owner.comes_back(state, success="0")

        assert "Se denegó el acceso" in page.text
        assert f"address={SHOP[:5]}" in page.text
        assert owner.shops() == []

    def test_no_and_then_yes_is_yes(self, owner: Owner, wire: RequestsMock) -> None:
        keys(wire, "auth-01")
        state = owner.state()
        owner.comes_back(state, success="0")

        owner.posts(state)
        owner.work()

        assert len(owner.shops()) == 1

    def test_a_callback_that_never_came_leads_to_pasted_keys(
        self, owner: Owner, wire: RequestsMock
    ) -> None:
        keys(wire, "auth-01")
        state = owner.state()
        soon = owner.comes_back(state)
        owner.desk.clock.pass_(minutes=2)

        late = owner.comes_back(state)

        assert soon.headers["Refresh"] == "2"
        assert "Refresh" not in late.headers
        assert "La tienda no envió claves" in late.text
        assert "/console/shops/connect/woocommerce?address=" in late.text

    def test_what_comes_back_with_the_owner_proves_nothing(
        self, owner: Owner, wire: RequestsMock
    ) -> None:
        keys(wire, "auth-01")

        owner.comes_back(owner.state(), success="1")
        owner.work()

        assert owner.shops() == []
        assert owner.get("/connect/woocommerce/return?success=1&user_id=guess").status_code == 410

    def test_keys_lie_sealed_and_go_when_they_opened_the_shop(
        self, owner: Owner, wire: RequestsMock
    ) -> None:
        keys(wire, "auth-01")
        state = owner.state()
        owner.posts(state)

        def lying() -> bytes | None:
            with owner.services.database.reading() as connection:
                scoped = consents.c.workspace_id == owner.desk.scope.workspace_id
                row = connection.execute(consents.select().where(scoped)).one()
            assert state not in str(tuple(row))
            found: bytes | None = row.credentials
            return found

        before = lying()
        owner.work()

        assert before is not None
        assert PAIR["consumer_secret"].encode() not in before
        assert lying() is None

    def test_a_look_only_shop_is_upgraded_and_keeps_its_mirror(
        self, owner: Owner, wire: RequestsMock
    ) -> None:
        keys(wire, "auth-01", write="auth-05")
        state = owner.state(access="read")
        owner.posts(state)
        owner.work()
        (before,) = owner.shops()
        wire.reset()
        keys(wire, "auth-01")

        state = owner.state(access="read_write")
        owner.posts(state, consumer_key="ck_" + "6b" * 20)
        owner.work()

        (after,) = owner.shops()
        assert after.id == before.id
        assert "missing.refund" in before.options
        assert "missing.refund" not in after.options
        assert "Se conserva todo lo guardado" in owner.comes_back(state).text

    def test_a_worker_that_was_lost_is_made_up_for(self, owner: Owner, wire: RequestsMock) -> None:
        keys(wire, "auth-01")
        owner.posts(owner.state())
        owner.desk.woken.clear()

        consent.sweep(owner.services)
        owner.work()

        assert len(owner.shops()) == 1


def test_over_plain_http_it_works_with_a_warning(owner: Owner, wire: RequestsMock) -> None:
    plain = SHOP.replace("https", "http")
    wire.get(f"{SHOP}/wp-json/", body=responses.ConnectionError())
    replay(wire, "GET", f"{plain}/wp-json/", "auth-00")
    signed = re.compile(re.escape(f"{plain}/wp-json/wc/v3/") + r"(orders|data/currencies/current)")
    for path, name in (("orders", "auth-01"), ("data/currencies/current", "store-02")):
        answer = recorded(name)
        wire.get(f"{plain}/wp-json/wc/v3/{path}", body=answer.body, status=answer.status)
    answer = recorded("batch-03")
    wire.post(f"{plain}/wp-json/wc/v3/mostrador/may-i-write", body=answer.body, status=404)
    state = owner.state(address=plain)
    owner.posts(state)
    owner.work()

    page = owner.comes_back(state)

    assert sentence("plain_http", "es")[:40] in page.text
    assert owner.shops()[0].address == plain
    assert any(signed.match(str(call.request.url)) for call in wire.calls)


def test_with_the_pretend_shop_from_address_to_mirror(desk: Desk) -> None:
    """As `make run` has it: both on loopback, the keys posted over the wire."""
    web: Any = None
    with (
        in_thread(a_shop(plain_callbacks=True)) as shop,
        in_thread(lambda environ, start: web(environ, start)) as here,
    ):
        settings = replace(desk.services.settings, development=True, public_url=here)
        http = ApiClient(attempts=1, allow_http=True, allow_loopback=True)
        services: Services = replace(
            with_owner(desk), stores=registry.stores(), http=http, settings=settings
        )
        web = create_app(services=services)
        owner = Owner(web.test_client(), desk=desk, services=services)
        owner.log_in()
        with desk.services.database.writing() as connection:
            for known in desk.shops.values():
                installed.change_connection(desk.scope, connection, known, platform="shopify")

        asked = owner.ask(shop)
        page = requests.get(asked.location, timeout=5).text
        approve = re.search(r'href="([^"]+)">Approve<', page)
        assert approve
        back = requests.get(approve[1].replace("&amp;", "&"), timeout=5, allow_redirects=False)
        requests.get(approve[1].replace("&amp;", "&"), timeout=5, allow_redirects=False)
        owner.work()
        done = owner.get(back.headers["Location"].removeprefix(here))

    assert "está conectada" in done.text
    (connected,) = owner.shops()
    assert connected.address == shop
    assert not [name for name in connected.options if name.startswith("missing.")]
