"""Contexts that prove no agent, over the panel's own addresses: B, C and D."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

import ui
from plugin import web
from plugin.actions import access
from plugin.actions.launch import take_seat
from plugin.db import connections as installed
from plugin.db import people
from plugin.db.tables import panel_sessions
from tests.builders import an_order
from tests.plugin.conftest import Desk
from tests.plugin.pairing import ANA, Browser

Ask = Callable[..., TestResponse]
CARMEN = "carmen@example.com"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    app = Flask("arrivals", static_folder=None)
    web.add_to(app, desk.services)
    app.register_blueprint(ui.create_blueprint())
    desk.save(an_order("o1", email=CARMEN))
    return app.test_client()


@pytest.fixture
def ask(desk: Desk, client: FlaskClient) -> Ask:
    def one(path: str, method: str = "POST", **options: Any) -> TestResponse:
        return client.open(
            f"/panel/{desk.install_id}/v1/{path}".rstrip("/"), method=method, **options
        )

    return one


def signed(browser: Browser, **more: Any) -> dict[str, Any]:
    said = browser.challenge()
    return {
        "pairing": browser.id, "challenge": said, "signature": browser.sign(said), **more,
    }  # fmt: skip


def said(**more: Any) -> dict[str, Any]:
    return {
        "conversation": "77",
        "agent": {"id": "1", "name": "Ana", "email": "ana@shop.example"},
        "customer": {"name": "Carmen", "emails": [CARMEN]},
        **more,
    }


def code_of(answer: TestResponse) -> str:
    found = re.search(r'data-code="([^"]+)"', answer.text)
    return found[1] if found else ""


def key(desk: Desk) -> dict[str, str]:
    with desk.services.database.reading() as connection:
        row = installed.install_row(desk.scope, connection, desk.install_id)
    assert row is not None
    return {"X-Key": desk.services.keys.open(row.secret).decode()}


class TestClaimed:
    def test_the_document_holds_no_data_and_a_challenge(self, desk: Desk, ask: Ask) -> None:
        answer = ask("", "GET")

        assert answer.status_code == 200
        assert '"challenge":' in answer.text
        assert "token" not in answer.text

    def test_a_frame_asks_to_be_paired(self, desk: Desk, ask: Ask) -> None:
        answer = ask("pair", json={"key": Browser(desk).jwk(), "locale": "es"})

        assert answer.json is not None
        assert f'href="https://panel.example/pair/{answer.json["id"]}"' in answer.json["html"]
        assert re.search(r">\d\d-\d\d<", answer.json["html"])
        assert "El código debe coincidir" in answer.json["html"]

    def test_a_context_of_an_unpaired_frame_opens_nothing(self, desk: Desk, ask: Ask) -> None:
        browser = Browser(desk).begin()

        answer = ask("context", json=signed(browser, context=said()))

        assert answer.json is not None
        assert answer.json.keys() == {"state", "challenge"}
        assert answer.json["state"] == "waiting"

    def test_a_paired_browser_sees_what_the_frame_asks_for(self, desk: Desk, ask: Ask) -> None:
        browser = Browser(desk).paired()

        answer = ask("context", json=signed(browser, context=said()))

        assert answer.json is not None
        assert answer.json["proof"] == "paired"
        assert 'class="order"' in answer.json["html"]
        looked = ask("sidebar", "GET", headers={"Authorization": f"Bearer {answer.json['token']}"})
        assert looked.status_code == 200

    def test_the_claimed_address_is_good_evidence_and_never_strong(
        self, desk: Desk, ask: Ask
    ) -> None:
        browser = Browser(desk).paired()
        answer = ask("context", json=signed(browser, context=said()))
        assert answer.json is not None

        seat = take_seat(desk.services, desk.install_id, answer.json["token"])
        assert seat.identifiers.source == "claimed"
        assert seat.conversation == "77"

    def test_another_agent_than_the_paired_one_is_blocked(self, desk: Desk, ask: Ask) -> None:
        browser = Browser(desk).paired(ANA)
        other = said(agent={"email": "diego@shop.example"})

        answer = ask("context", json=signed(browser, context=other))

        assert (answer.status_code, code_of(answer)) == (403, "agent_mismatch")

    def test_hosts_that_name_no_agent_are_served(self, desk: Desk, ask: Ask) -> None:
        browser = Browser(desk).paired()

        assert ask("context", json=signed(browser, context=said(agent={}))).status_code == 200

    def test_a_reply_to_and_the_text_are_weak(self, desk: Desk, ask: Ask) -> None:
        browser = Browser(desk).paired()
        context = said(
            customer={"name": "Tienda"}, reply_to=[CARMEN], messages=["soy leo@example.com"]
        )

        answer = ask("context", json=signed(browser, context=context))

        assert answer.json is not None
        assert "masked" in answer.json["html"]

    @pytest.mark.parametrize("context", [[], "x", {"customer": {"emails": "a@b.c"}}])
    def test_a_context_of_another_shape_is_refused(
        self, desk: Desk, ask: Ask, context: object
    ) -> None:
        browser = Browser(desk).paired()

        answer = ask("context", json=signed(browser, context=context))

        assert (answer.status_code, code_of(answer)) == (422, "context_invalid")

    def test_markup_in_names_stays_text(self, desk: Desk, ask: Ask) -> None:
        browser = Browser(desk).paired()
        hostile = said(customer={"name": "<script>alert(1)</script>", "emails": ["x@y.example"]})

        answer = ask("context", json=signed(browser, context=hostile))

        assert answer.json is not None
        assert "<script" not in answer.json["html"]

    def test_what_arrived_is_noted_by_kind_only(self, desk: Desk, ask: Ask) -> None:
        ask("context", json=signed(Browser(desk).paired(), context=said()))

        with desk.services.database.reading() as connection:
            row = installed.install_row(desk.scope, connection, desk.install_id)
        assert row is not None
        assert row.first_launch_at == desk.clock.now
        assert row.seen == {
            "agent": True, "agent_email": True, "conversation": True, "email": True,
            "phone": False, "text": False,
        }  # fmt: skip


class TestFragment:
    def test_it_holds_a_frame_and_nothing_of_anybody(self, desk: Desk, ask: Ask) -> None:
        answer = ask("fragment", json={"emails": [CARMEN]}, headers=key(desk))

        assert answer.status_code == 200
        assert 'allow="clipboard-write"' in answer.text
        assert 'height="480"' in answer.text
        assert CARMEN not in answer.text
        assert "<title>Mostrador</title>" in answer.text

    def test_its_frame_opens_once(self, desk: Desk, ask: Ask) -> None:
        path = self._frame(desk, ask)

        first, second = ask(path, "GET"), ask(path, "GET")

        assert '"ref":' in first.text
        assert CARMEN not in first.text
        assert (second.status_code, code_of(second)) == (401, "handoff_unknown")

    def test_its_frame_opens_within_a_minute(self, desk: Desk, ask: Ask) -> None:
        path = self._frame(desk, ask)
        desk.clock.pass_(seconds=60)

        assert code_of(ask(path, "GET")) == "handoff_unknown"

    def test_a_paired_browser_sees_the_orders(self, desk: Desk, ask: Ask) -> None:
        found = re.search(r'"ref": ?"([^"]+)"', ask(self._frame(desk, ask), "GET").text)
        assert found
        browser = Browser(desk).paired()

        answers = [ask("context", json=signed(browser, ref=found[1])) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [200, 200]
        assert 'class="order"' in answers[0].text.replace('\\"', '"')

    def test_the_code_of_the_frame_is_no_context(self, desk: Desk, ask: Ask) -> None:
        code = self._frame(desk, ask).removeprefix("handoff/")

        answer = ask("context", json=signed(Browser(desk).paired(), ref=code))

        assert code_of(answer) == "handoff_unknown"

    def test_a_wrong_secret_is_a_sentence_the_host_can_show(self, desk: Desk, ask: Ask) -> None:
        answer = ask("fragment", json={"emails": [CARMEN]}, headers={"X-Key": "wrong"})

        assert answer.status_code == 200
        assert "<iframe" not in answer.text
        assert "identification is not valid" in answer.text

    def _frame(self, desk: Desk, ask: Ask) -> str:
        text = ask("fragment", json={"emails": [CARMEN]}, headers=key(desk)).text
        found = re.search(r'src="https://panel.example/panel/[^/]+/v1/(handoff/[^"]+)"', text)
        assert found
        return found[1]


class TestLookup:
    def test_it_answers_what_the_mirror_has(self, desk: Desk, ask: Ask) -> None:
        answer = ask("lookup", json={"emails": [CARMEN]}, headers=key(desk))

        assert answer.json is not None
        assert [order["number"] for order in answer.json["orders"]] == ["o1"]
        assert answer.json["orders"][0]["total"] == "50,00\xa0€"
        assert answer.json["open_url"].startswith(f"https://panel.example/go/{desk.install_id}.")

    def test_weak_matches_come_without_money(self, desk: Desk, ask: Ask) -> None:
        answer = ask("lookup", json={"text": f"soy {CARMEN}"}, headers=key(desk))

        assert answer.json is not None
        assert [order["total"] for order in answer.json["orders"]] == [""]

    def test_a_wrong_key_gets_nothing(self, desk: Desk, ask: Ask) -> None:
        answer = ask("lookup", json={"emails": [CARMEN]}, headers={"X-Key": "wrong"})

        assert answer.status_code == 401
        assert "o1" not in answer.text

    def test_it_leaves_no_session_behind(self, desk: Desk, ask: Ask) -> None:
        ask("lookup", json={"emails": [CARMEN]}, headers=key(desk))

        statement = select(panel_sessions.c.agent_id).where(
            panel_sessions.c.workspace_id == desk.scope.workspace_id
        )
        with desk.services.database.reading() as connection:
            assert connection.execute(statement).all() == []


class TestAccess:
    def test_a_viewer_asks_and_the_owner_grants(self, desk: Desk, ask: Ask) -> None:
        opened = desk.open("vera")
        with desk.services.database.writing() as connection:
            people.change_agent(desk.scope, connection, opened.seat.agent_id, role="viewer")
        headers = {"Authorization": f"Bearer {opened.token}"}

        ask("access", headers=headers)
        ask("access", headers=headers)

        waiting = access.access_asked(desk.services, desk.scope)
        assert [each.name for each in waiting] == ["Vera"]
        access.grant_access(desk.services, desk.scope, [waiting[0].agent_id])
        assert access.access_asked(desk.services, desk.scope) == []
        assert desk.seat("vera").role == "agent"

    def test_whoever_may_act_need_not_ask(self, desk: Desk, ask: Ask) -> None:
        headers = {"Authorization": f"Bearer {desk.open('ana').token}"}

        assert code_of(ask("access", headers=headers)) == "access_has_it"
