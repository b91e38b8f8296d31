"""The owner's page in the console, and the page inside the shop's admin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
import requests
from werkzeug.test import TestResponse

from integrations.sandbox.shopify import CLIENT_ID, CLIENT_SECRET, DOMAIN, session_tokens
from integrations.sandbox.shopify.oauth import query_signature
from integrations.stores.shopify import install
from integrations.stores.shopify.place import Place, place, typed_shop
from integrations.stores.shopify.scopes import SCOPES
from plugin.actions import accounts, apps, arrival, connect
from plugin.actions.accounts import Person
from plugin.actions.arrival import Visitor
from plugin.actions.shops import watched
from plugin.app import create_app
from plugin.db import connections as installed
from plugin.db.connections import ConnectionRow
from plugin.db.session import Scope
from plugin.errors import GrantRevoked, InvalidInput, MostradorError
from plugin.ports.store import AppKeys, Connection, Proven, ShopInfo
from tests.integrations.stores.shopify.lab import Lab, a_lab

EMAIL, PASSWORD = "alba@casa-oliva.example", "tres palabras sueltas"
HOME = "/admin/shopify/"


@dataclass
class Visit:
    """A browser at our address."""

    lab: Lab
    client: Any
    csrf: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"Accept": "text/html"})

    def get(self, path: str, **query: str) -> TestResponse:
        url = f"{path}{'&' if '?' in path else '?'}{urlencode(query)}" if query else path
        answer: TestResponse = self.client.get(url, headers=self.headers)
        found = re.search(r'name="csrf" value="([^"]+)"', answer.text)
        self.csrf = found[1] if found else self.csrf
        return answer

    def post(self, path: str, **form: str) -> TestResponse:
        data = {"csrf": self.csrf, **form}
        answer: TestResponse = self.client.post(path, data=data, headers=self.headers)
        return answer

    def log_in(self) -> None:
        self.get("/console/login")
        assert self.post("/console/login", email=EMAIL, password=PASSWORD).status_code == 302
        self.get("/connect/shopify/start")

    def ask(self, path: str, token: str = "", **body: str) -> TestResponse:
        """As the page's own script does."""
        headers = {"Authorization": f"Bearer {token or self.lab.session_token()}"}
        url = f"{HOME}{path}?locale=en"
        if path == "state":
            return self.client.get(url, headers=headers)  # type: ignore[no-any-return]
        return self.client.post(url, headers=headers, json=body)  # type: ignore[no-any-return]


def visit(lab: Lab) -> Visit:
    return Visit(lab, create_app(services=lab.services).test_client())


def owned(lab: Lab) -> Visit:
    accounts.add_owner(lab.services, lab.scope, Person(password=PASSWORD, email=EMAIL, name="Alba"))
    return visit(lab)


@pytest.fixture
def lab(sqlite_url: str, tmp_path: Path) -> Iterator[Lab]:
    """With the installation's own app."""
    with a_lab(sqlite_url, tmp_path) as made:
        yield made


@pytest.fixture
def own(sqlite_url: str, tmp_path: Path) -> Iterator[Lab]:
    """Where the owner has to bring an app."""
    with a_lab(sqlite_url, tmp_path, common=False) as made:
        yield made


def rows(lab: Lab, scope: Scope | None = None) -> list[ConnectionRow]:
    with lab.services.database.reading() as connection:
        return installed.connection_rows(scope or lab.scope, connection)


class TestOwnersPage:
    def test_an_app_of_ones_own_from_first_step_to_connected_shop(self, own: Lab) -> None:
        browser = owned(own)
        browser.log_in()
        page = browser.get("/connect/shopify/start")
        assert "http://localhost/admin/shopify" in page.text
        assert 'id="shop"' not in page.text

        saved = browser.post("/connect/shopify/app", client_id=CLIENT_ID, secret=CLIENT_SECRET)
        assert saved.status_code == 302
        shown = browser.get("/connect/shopify/start").text
        assert f'client_id = "{CLIENT_ID}"' in unescape(shown)
        assert CLIENT_SECRET not in shown

        sent = browser.post("/connect/shopify/grant", shop="Tienda-Azul")
        back = granted(sent)
        answer = browser.get(back.path, **dict(parse_qsl(back.query)))

        assert (answer.status_code, answer.location) == (302, "/console/shops")
        (row,) = rows(own)
        assert row.label == "Tienda Azul"
        assert row.options["history_days"] == "60"
        again = browser.get(back.path, **dict(parse_qsl(back.query)))
        assert again.status_code == 410
        assert "60" in browser.get("/connect/shopify/start").text

    def test_a_way_back_belongs_to_the_browser_that_went(self, own: Lab) -> None:
        browser = owned(own)
        browser.log_in()
        browser.post("/connect/shopify/app", client_id=CLIENT_ID, secret=CLIENT_SECRET)
        back = granted(browser.post("/connect/shopify/grant", shop=DOMAIN))
        other = visit(own)
        other.log_in()

        answer = other.get(back.path, **dict(parse_qsl(back.query)))

        assert 'data-code="install_other_browser"' in answer.text
        assert rows(own) == []

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"hmac": "0" * 64}, "install_unsigned"),
            ({"state": "made-up"}, "state_unknown"),
            ({"shop": "other.myshopify.com"}, "install_unsigned"),
        ],
    )
    def test_a_changed_way_back_leads_nowhere(
        self, own: Lab, change: dict[str, str], code: str
    ) -> None:
        browser = owned(own)
        browser.log_in()
        browser.post("/connect/shopify/app", client_id=CLIENT_ID, secret=CLIENT_SECRET)
        back = granted(browser.post("/connect/shopify/grant", shop=DOMAIN))

        answer = browser.get(back.path, **{**dict(parse_qsl(back.query)), **change})

        assert f'data-code="{code}"' in answer.text
        assert rows(own) == []

    def test_a_shop_of_the_same_organisation_needs_no_page(self, own: Lab) -> None:
        browser = owned(own)
        browser.log_in()
        browser.post("/connect/shopify/app", client_id=CLIENT_ID, secret=CLIENT_SECRET)

        refused = browser.post("/connect/shopify/own", shop=DOMAIN)
        assert 'data-code="app_not_installed"' in refused.text
        own.control(install=True)
        other = browser.post("/connect/shopify/own", shop="other.myshopify.com")
        assert 'data-code="install_other_shop"' in other.text  # it says itself who it is
        assert rows(own) == []
        answer = browser.post("/connect/shopify/own", shop=DOMAIN)

        assert (answer.status_code, answer.location) == (302, "/console/shops")
        assert [row.label for row in rows(own)] == ["Tienda Azul"]

    def test_such_a_shop_stays_connected_from_day_to_day(self, own: Lab) -> None:
        browser = owned(own)
        browser.log_in()
        browser.post("/connect/shopify/app", client_id=CLIENT_ID, secret=CLIENT_SECRET)
        own.control(install=True)
        browser.post("/connect/shopify/own", shop=DOMAIN)
        own.connection_id, before = rows(own)[0].id, own.counts()["client_credentials"]
        first = own.credentials()["access_token"]

        for _ in range(3):
            own.clock.ahead += timedelta(hours=24)
            assert own.store().shop().name == "Tienda Azul"

        assert own.counts()["client_credentials"] == before + 3
        assert own.credentials()["access_token"] != first
        page = browser.get("/console/shops").text
        assert "Se renueva por sí solo; vale hasta el" in page

    @pytest.mark.parametrize(
        ("path", "form", "code"),
        [
            ("app", {"client_id": "", "secret": "x"}, "app_keys_missing"),
            ("app", {"client_id": "x", "secret": ""}, "app_keys_missing"),
            ("grant", {"shop": DOMAIN}, "app_missing"),
            ("grant", {"shop": "https://tienda.example"}, "shop_domain_invalid"),
            ("own", {"shop": "evil.myshopify.com.example.com"}, "shop_domain_invalid"),
            ("asked", {"all_orders": "1"}, "app_missing"),
        ],
    )
    def test_what_cannot_be_used_is_said(
        self, own: Lab, path: str, form: dict[str, str], code: str
    ) -> None:
        browser = owned(own)
        browser.log_in()

        answer = browser.post(f"/connect/shopify/{path}", **form)

        assert f'data-code="{code}"' in answer.text

    def test_a_wrong_secret_is_named(self, own: Lab) -> None:
        browser = owned(own)
        browser.log_in()
        browser.post("/connect/shopify/app", client_id=CLIENT_ID, secret="wrong")
        own.control(install=True)

        answer = browser.post("/connect/shopify/own", shop=DOMAIN)

        assert 'data-code="app_keys_wrong"' in answer.text

    def test_what_was_asked_for_and_what_was_granted(self, own: Lab) -> None:
        browser = owned(own)
        browser.log_in()
        browser.post("/connect/shopify/app", client_id=CLIENT_ID, secret=CLIENT_SECRET)
        own.control(install=True, scopes=list(SCOPES))
        browser.post("/connect/shopify/own", shop=DOMAIN)

        browser.post("/connect/shopify/asked", all_orders="1", all_orders_granted="1")
        page = browser.get("/connect/shopify/start").text
        assert '<b class="state calm">pedido</b>' in page
        assert f"read_all_orders,{SCOPES[0]}" in page

        own.control(scopes=["read_all_orders", *SCOPES])
        browser.post("/connect/shopify/measure")
        page = browser.get("/connect/shopify/start").text
        assert page.count('<b class="state good">concedido</b>') == 3

    def test_the_file_is_for_this_address(self, own: Lab) -> None:
        browser = owned(own)
        browser.log_in()

        text = browser.get("/connect/shopify/shopify.app.toml").text

        assert "example.com" not in text
        assert text.count('uri = "http://localhost/webhooks/shopify"') == 4

    def test_an_app_belongs_to_who_named_it_first(self, own: Lab) -> None:
        other = connect.create_workspace(
            own.services, name="Otra", locale="es", country="ES", timezone="UTC"
        )
        apps.save_app(own.services, other, "shopify", client_id=CLIENT_ID, secret="guess")
        browser = owned(own)
        browser.log_in()

        answer = browser.post("/connect/shopify/app", client_id=CLIENT_ID, secret=CLIENT_SECRET)

        assert 'data-code="app_taken"' in answer.text

    def test_a_new_secret_keeps_the_old_one_for_a_while(self, own: Lab) -> None:
        for secret in ("first", "second", "second", ""):
            apps.save_app(own.services, own.scope, "shopify", client_id="id", secret=secret)

        found = apps.app_named(own.services, "shopify", "id")

        assert found == (AppKeys(client_id="id", secrets=("second", "first")), own.scope)


def granted(sent: TestResponse) -> Any:
    """What the merchant's browser comes back with after Install."""
    assert sent.status_code == 302, sent.text
    query = parse_qs(urlsplit(sent.location).query)
    form = {name: values[0] for name, values in query.items()}
    answer = requests.post(
        sent.location.partition("?")[0], data=form, timeout=5, allow_redirects=False
    )
    return urlsplit(answer.headers["Location"])


class TestInsideTheAdmin:
    def test_the_page_for_a_proven_shop(self, lab: Lab) -> None:
        answer = owned(lab).get(HOME, id_token=lab.session_token(), shop=DOMAIN, locale="es")

        assert answer.status_code == 200
        assert "Código de unión" in answer.text
        policy = answer.headers["Content-Security-Policy"]
        assert policy.endswith(
            f"frame-ancestors https://{DOMAIN} https://admin.shopify.com {lab.shop}"
        )
        assert "Set-Cookie" not in answer.headers
        assert "X-Frame-Options" not in answer.headers

    def test_in_production_exactly_the_vendors_script(self, lab: Lab) -> None:
        settings = replace(lab.services.settings, development=False, public_url="https://m.example")
        browser = owned(replace(lab, services=replace(lab.services, settings=settings)))

        answer = browser.get(HOME, id_token=lab.session_token())

        policy = dict(
            part.strip().split(" ", 1)
            for part in answer.headers["Content-Security-Policy"].split(";")
        )
        nonce, script = policy["script-src"].split(" ")
        assert script == "https://cdn.shopify.com/shopifycloud/app-bridge.js"
        assert nonce.startswith("'nonce-")
        assert policy["frame-ancestors"] == f"https://{DOMAIN} https://admin.shopify.com"
        assert f'<script src="{script}"></script>' in answer.text
        assert f'<meta name="shopify-api-key" content="{CLIENT_ID}">' in answer.text
        assert lab.shop not in answer.text
        assert (
            "cdn.shopify.com"
            not in browser.get("/console/login").headers["Content-Security-Policy"]
        )

    @pytest.mark.parametrize("token", ["", "a.b.c", "over", "other"])
    def test_without_a_good_token_the_page_bounces(self, lab: Lab, token: str) -> None:
        if token == "over":
            made = session_tokens.claims(CLIENT_ID, DOMAIN, exp=1)
            token = session_tokens.signed(made, CLIENT_SECRET)
        if token == "other":
            token = session_tokens.signed(session_tokens.claims(CLIENT_ID, DOMAIN), "guess")
        browser = owned(lab)

        answer = browser.get(HOME, id_token=token, shop=DOMAIN, locale="es")

        assert answer.status_code == 302
        there = dict(parse_qsl(urlsplit(answer.location).query))
        assert there["shopify-reload"].startswith(f"{HOME}?")
        assert "id_token" not in there["shopify-reload"]
        page = browser.get(answer.location)
        assert f'<script src="{lab.shop}/app-bridge.js"></script>' in page.text
        assert page.text.count("<script") == 1
        again = browser.get(there["shopify-reload"], id_token="a.b.c")
        assert (again.status_code, again.location) == (401, None)

    @pytest.mark.parametrize(
        "shop", ["evil.myshopify.com", "*", "a.myshopify.com; script-src *", "evil.example", DOMAIN]
    )
    def test_a_shop_that_only_stands_in_the_address_may_frame_nothing(
        self, lab: Lab, shop: str
    ) -> None:
        browser = owned(lab)
        for path in (HOME, f"{HOME}bounce"):
            reload = {"shopify-reload": f"{HOME}?x=1"}
            answer = browser.get(path, shop=shop, hmac="0" * 64, signed="00", **reload)
            answer = browser.get(answer.location) if answer.status_code == 302 else answer

            policy = answer.headers["Content-Security-Policy"]
            assert policy.endswith(f"frame-ancestors https://admin.shopify.com {lab.shop}")
            assert "evil" not in policy

    @pytest.mark.parametrize(
        "there", ["", "https://evil.example/", "//evil.example", "/console", "/admin/shopify/../x"]
    )
    def test_the_bounce_page_takes_a_token_nowhere_else(self, lab: Lab, there: str) -> None:
        answer = owned(lab).get(f"{HOME}bounce", **{"shopify-reload": there})

        assert answer.status_code == 404
        assert "<script src" not in answer.text

    def test_a_shop_that_the_platform_signed_may_frame_the_bounce_page(self, lab: Lab) -> None:
        query = {"shop": DOMAIN, "host": "aG9zdA==", "timestamp": "1", "embedded": "1"}
        query["hmac"] = query_signature(query, CLIENT_SECRET)
        browser = owned(lab)

        page = browser.get(browser.get(f"{HOME}?{urlencode(query)}").location)

        assert f"frame-ancestors https://{DOMAIN} " in page.headers["Content-Security-Policy"]

    @pytest.mark.parametrize("path", ["state", "begin", "enter"])
    def test_every_request_of_the_page_proves_itself(self, lab: Lab, path: str) -> None:
        answer = owned(lab).ask(path, token="a.e30.c")

        assert answer.status_code == 401
        assert answer.headers["X-Shopify-Retry-Invalid-Session-Request"] == "1"
        assert answer.json is not None
        assert answer.json["message"].startswith("The shop's admin did not prove")

    def test_a_shop_joins_by_a_claim_code(self, lab: Lab) -> None:
        browser, code = owned(lab), connect.make_claim_code(lab.services, lab.scope)

        wrong = browser.ask("begin", code="AAAA-AAAA")
        answer = browser.ask("begin", code=code)

        assert wrong.status_code == 410
        assert (answer.status_code, "Tienda Azul" in answer.text) == (200, True)
        assert [row.label for row in rows(lab)] == ["Tienda Azul"]
        assert "History: 0 %" in browser.ask("state").text

    def test_claim_codes_are_not_guessed(self, lab: Lab) -> None:
        browser = owned(lab)
        nothing = browser.ask("begin")

        guesses = [browser.ask("begin", code="AAAA-AAAA").status_code for _ in range(10)]

        assert nothing.status_code == 410
        assert guesses == [410] * 9 + [429]
        assert rows(lab) == []

    def test_a_shop_gets_a_workspace_and_its_first_person_owns_it(self, lab: Lab) -> None:
        browser = owned(lab)

        wrong = browser.ask("begin", email="nobody", name="Noa", country="ES")
        answer = browser.ask("begin", email="noa@tienda.example", name="Noa", country="es")

        assert wrong.status_code == 422
        assert answer.json is not None
        link = urlsplit(answer.json["link"]).path
        assert "noa@tienda.example" in browser.get(link).text
        with lab.services.database.reading() as connection:
            (scope,) = [s for s in installed.all_scopes(connection) if s != lab.scope]
        assert [row.label for row in rows(lab, scope)] == ["Tienda Azul"]

        entry = browser.ask("enter").json
        assert entry is not None
        inside = browser.get(urlsplit(entry["link"]).path)
        assert (inside.status_code, inside.location) == (302, "/console/shops")
        assert browser.get(urlsplit(entry["link"]).path).status_code == 410
        assert "Noa" in browser.get("/console/shops").text

    def test_a_shop_that_shuts_us_out_meanwhile_leaves_no_workspace_behind(self, lab: Lab) -> None:
        visitor = Visitor(
            platform="shopify", shop=DOMAIN, address=lab.shop, user="1", own=None
        )  # fmt: skip
        proven = Proven(address=lab.shop, shop=ShopInfo(name="Azul", currency="EUR", key=DOMAIN))

        with pytest.raises(GrantRevoked):
            arrival.found(
                lab.services, visitor, proven, {"access_token": "ended"}, name="Olga",
                email="olga@example.com", country="ES", locale="es",
            )  # fmt: skip

        with lab.services.database.reading() as connection:
            assert installed.all_scopes(connection) == [lab.scope]

    def test_from_a_strange_page_nobody_is_logged_in(self, lab: Lab) -> None:
        browser = owned(lab)
        browser.ask("begin", email="noa@tienda.example", name="Noa", country="ES")
        entry = browser.ask("enter").json
        assert entry is not None
        browser.headers["Sec-Fetch-Site"] = "cross-site"

        answer = browser.get(urlsplit(entry["link"]).path)

        assert answer.status_code == 403
        assert "Set-Cookie" not in answer.headers

    def test_of_a_shops_people_only_the_first_one_enters(self, lab: Lab) -> None:
        browser = owned(lab)
        browser.ask("begin", email="noa@tienda.example", name="Noa", country="ES")
        made = session_tokens.claims(CLIENT_ID, DOMAIN, sub="43")

        entry = browser.ask("enter", token=session_tokens.signed(made, CLIENT_SECRET)).json

        assert entry == {"link": "http://localhost/console"}
        first = Visitor(platform="shopify", shop=DOMAIN, address=lab.shop, user="42", own=None)
        assert arrival.entry(lab.services, first, lab.scope) == ""  # theirs is another workspace

    def test_who_brings_an_app_speaks_for_no_shop_of_others(self, lab: Lab) -> None:
        """With its secret they can sign whatever they like."""
        browser = owned(lab)
        browser.ask("begin", email="noa@tienda.example", name="Noa", country="ES")
        secret = "known to its owner, who is a stranger"
        apps.save_app(lab.services, lab.scope, "shopify", client_id="theirs", secret=secret)
        forged = session_tokens.signed(session_tokens.claims("theirs", DOMAIN), secret)

        state, entry = browser.ask("state", token=forged), browser.ask("enter", token=forged)

        assert state.status_code == 200
        assert "Tienda Azul" not in state.text
        assert entry.json == {"link": "http://localhost/console"}

    def test_somebody_else_in_the_shop_has_to_log_in(self, lab: Lab) -> None:
        browser = owned(lab)
        browser.ask("begin", code=connect.make_claim_code(lab.services, lab.scope))

        assert browser.ask("enter").json == {"link": "http://localhost/console"}

    def test_an_owners_own_app_brings_its_shop_into_their_workspace(self, own: Lab) -> None:
        browser = owned(own)
        apps.save_app(own.services, own.scope, "shopify", client_id=CLIENT_ID, secret=CLIENT_SECRET)

        page = browser.get(HOME, id_token=own.session_token())
        assert 'data-begin="1"' in page.text
        browser.ask("begin")

        assert [row.label for row in rows(own)] == ["Tienda Azul"]
        assert "data-begin" not in browser.get(HOME, id_token=own.session_token()).text

    def test_a_shop_whose_grant_ended_is_let_in_again_by_opening_the_page(self, lab: Lab) -> None:
        browser = owned(lab)
        lab.attach()
        lab.control(revoke=True)
        with pytest.raises(MostradorError):
            connect_and_ask(lab)

        page = browser.get(HOME, id_token=lab.session_token())
        assert 'data-begin="1"' in page.text
        browser.ask("begin")

        assert "connected" in browser.ask("state").text
        assert [row.id for row in rows(lab)] == [lab.connection_id]

    def test_an_app_nobody_knows_is_said_and_loops_nowhere(self, own: Lab) -> None:
        answer = owned(own).get(HOME, id_token=own.session_token(), locale="en")

        assert 'data-code="app_missing"' in answer.text


def connect_and_ask(lab: Lab) -> None:
    with watched(lab.services, lab.scope, lab.connection_id):
        lab.store().shop()


class TestPlace:
    @pytest.mark.parametrize(
        "typed",
        [
            "tienda-azul", "Tienda-Azul.myshopify.com ", "https://tienda-azul.myshopify.com/admin",
            "https://admin.shopify.com/store/tienda-azul/apps",
            "admin.shopify.com/store/tienda-azul",
        ],
    )  # fmt: skip
    def test_what_people_paste(self, typed: str) -> None:
        assert typed_shop(typed) == DOMAIN

    @pytest.mark.parametrize(
        "typed", ["", "tienda.example", "a.b.myshopify.com", "a b", "//", "-a"]
    )
    def test_what_is_no_shop(self, typed: str) -> None:
        with pytest.raises(InvalidInput):
            typed_shop(typed)

    def test_a_pretend_shop_stands_for_none_in_production(self) -> None:
        known = {"SHOPIFY_SANDBOX_URL": "http://127.0.0.1:1"}

        assert place(known, development=False) == Place()
        assert place({}, development=True) == Place()
        assert Place().address(DOMAIN) == DOMAIN


def test_two_shops_of_one_platform_are_two(lab: Lab) -> None:
    """Addresses without a scheme were once all the same."""
    lab.attach()
    with lab.services.database.writing() as connection:
        installed.change_connection(
            lab.scope, connection, lab.connection_id, address="one.myshopify.com"
        )
    other = Connection(
        workspace_id=lab.scope.workspace_id, id="co_2", platform="shopify", label="",
        address="two.myshopify.com", credentials={},
    )  # fmt: skip

    assert connect._connected_before(lab.services, lab.scope, other) is None
    same = replace(other, address="one.myshopify.com")
    assert connect._connected_before(lab.services, lab.scope, same) is not None
    assert install.SHOP.fullmatch(other.address)
