"""What hosts sign or send with a secret, at the panel's own address: good, wrong, stale, again, of
another install, and what the page then begins with."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import ui
from integrations import registry
from plugin import web
from plugin.actions import installs
from plugin.actions.installs import Installed
from tests.builders import an_order
from tests.hosts import freescout, generic, helpscout, zendesk
from tests.plugin.conftest import Desk, desk

__all__ = ["desk"]

CARMEN = "carmen@example.com"
Install = Callable[..., Installed]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    desk.services = replace(desk.services, helpdesks=registry.helpdesks())
    app = Flask("signed", static_folder=None)
    web.add_to(app, desk.services)
    app.register_blueprint(ui.create_blueprint())
    desk.save(an_order("o1", email=CARMEN))
    return app.test_client()


@pytest.fixture
def install(desk: Desk, client: FlaskClient) -> Install:
    def one(helpdesk: str, *origins: str, **fields: str) -> Installed:
        return installs.install_helpdesk(
            desk.services, desk.scope, helpdesk=helpdesk, label="", origins=origins, fields=fields
        )

    return one


@pytest.fixture(scope="module")
def account() -> zendesk.Account:
    return zendesk.Account()


def boot(answer: TestResponse) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="boot"[^>]*>(.*?)</script>', answer.text)
    assert found, answer.text
    begun: dict[str, Any] = json.loads(html.unescape(found[1]))
    return begun


def code_of(answer: TestResponse) -> str:
    found = re.search(r'data-code="([^"]+)"', answer.text)
    return found[1] if found else ""


def post(client: FlaskClient, made: Installed, token: str) -> TestResponse:
    query = urlencode({"origin": zendesk.ORIGIN, "app_guid": zendesk.GUID})
    return client.post(f"{urlsplit(made.url).path}?{query}", data={"token": token})


def launch(client: FlaskClient, made: Installed, token: str) -> TestResponse:
    return client.post(f"{urlsplit(made.url).path}/launch", json={"launch": token})


def tell(client: FlaskClient, made: Installed, token: str, **said: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}"}
    return client.post(f"{urlsplit(made.url).path}/told", json=said, headers=headers)


class TestGeneric:
    def test_a_launch_opens_once_at_its_own_install_in_its_minute(
        self, desk: Desk, client: FlaskClient, install: Install
    ) -> None:
        made, other = (install("generic", f"https://{name}.example") for name in "ab")
        token = generic.launch(made.id, made.secret, desk.clock(), CARMEN)
        forged = generic.launch(made.id, other.secret, desk.clock(), CARMEN)
        meant = generic.launch(other.id, made.secret, desk.clock(), CARMEN)
        late = generic.launch(made.id, made.secret, desk.clock(), CARMEN)

        opened = launch(client, made, token)

        assert "o1" in opened.json["html"]
        assert code_of(launch(client, made, token)) == "launch_replayed"
        assert code_of(launch(client, other, token)) == "launch_invalid"
        assert code_of(launch(client, made, meant)) == "launch_other_install"
        assert code_of(launch(client, made, forged)) == "launch_invalid"
        desk.clock.pass_(seconds=71)
        assert code_of(launch(client, made, late)) == "launch_expired"


class TestFreeScout:
    def test_a_frame_comes_for_the_secret_of_this_install_alone(
        self, client: FlaskClient, install: Install
    ) -> None:
        made, other = (install("freescout", f"https://{name}.example") for name in "ab")
        path = urlsplit(made.values["fragment"]).path

        good, wrong = (
            client.post(path, data=freescout.call(CARMEN, each.secret)) for each in (made, other)
        )

        assert (good.status_code, "<iframe" in good.text) == (200, True)
        assert (wrong.status_code, "<iframe" in wrong.text) == (200, False)
        assert CARMEN not in good.text + wrong.text


class TestZendesk:
    @pytest.fixture
    def made(self, install: Install, account: zendesk.Account) -> Installed:
        return install("zendesk", zendesk.ORIGIN, public_key=account.pem)

    @pytest.fixture
    def token(self, desk: Desk, account: zendesk.Account) -> str:
        return account.token(int(desk.clock().timestamp()))

    def test_a_first_load_shows_nobody_and_may_be_told_who_writes(
        self, client: FlaskClient, made: Installed, token: str
    ) -> None:
        first = post(client, made, token)

        begun = boot(first)
        assert (first.status_code, begun["told"], begun["proof"]) == (200, True, "signed")
        assert f"frame-ancestors {zendesk.ORIGIN}" in first.headers["Content-Security-Policy"]
        assert "o1" not in first.text
        agent = {"id": "7", "name": "Ana <b>"}
        told = tell(client, made, begun["token"], agent=agent, customer={"emails": [CARMEN]})
        assert told.status_code == 200
        assert "o1" in told.json["html"]

    def test_the_same_load_again_is_refused_and_stays_so(
        self, client: FlaskClient, made: Installed, token: str
    ) -> None:
        post(client, made, token)

        again = post(client, made, token)

        assert (again.status_code, code_of(again)) == (401, "launch_replayed")
        assert boot(again)["refused"] is True
        assert "token" not in boot(again)

    def test_a_token_of_another_account_opens_nothing(
        self, client: FlaskClient, install: Install, made: Installed, token: str
    ) -> None:
        other = install("zendesk", "https://other.zendesk.com", public_key=zendesk.Account().pem)
        own_key = install("zendesk", zendesk.ORIGIN, public_key=zendesk.Account().pem)

        assert code_of(post(client, other, token)) == "launch_other_origin"
        assert code_of(post(client, own_key, token)) == "launch_invalid"
        assert post(client, made, token).status_code == 200

    def test_a_key_that_comes_later(
        self, desk: Desk, client: FlaskClient, install: Install, account: zendesk.Account,
        token: str,
    ) -> None:  # fmt: skip
        made = install("zendesk", zendesk.ORIGIN)
        assert code_of(post(client, made, token)) == "launch_key_missing"

        installs.fill_fields(desk.services, desk.scope, made.id, {"public_key": account.pem})

        assert post(client, made, token).status_code == 200

    def test_the_agent_is_not_the_pages_to_say(
        self, client: FlaskClient, made: Installed, token: str
    ) -> None:
        begun = boot(post(client, made, token))

        told = tell(client, made, begun["token"], agent={"id": "8"})

        assert (told.status_code, code_of(told)) == (403, "agent_mismatch")


class TestHelpScout:
    def test_an_address_opens_again_and_reads_only(
        self, client: FlaskClient, install: Install
    ) -> None:
        made = install("helpscout")
        path = helpscout.address(urlsplit(made.url).path, made.secret)

        opened = [boot(client.get(path)) for _ in range(2)]

        assert [begun["proof"] for begun in opened] == ["replayable", "replayable"]
        token = opened[1]["token"]
        told = tell(client, made, token, agent={"id": "4004"}, customer={"emails": [CARMEN]})
        assert "data-prove" in told.json["html"]
        assert (told.json["proof"], len(made.secret)) == ("replayable", 40)

    def test_the_address_of_another_install_opens_nothing(
        self, client: FlaskClient, install: Install
    ) -> None:
        made, other = install("helpscout"), install("helpscout")

        answer = client.get(helpscout.address(urlsplit(other.url).path, made.secret))

        assert (answer.status_code, code_of(answer)) == (401, "launch_invalid")
        assert boot(answer)["refused"] is True

    def test_without_parameters_there_is_a_page_that_waits(
        self, client: FlaskClient, install: Install
    ) -> None:
        begun = boot(client.get(urlsplit(install("helpscout").url).path))

        assert "token" not in begun
        assert "refused" not in begun
