"""Helpdesks that draw our JSON: what each asks, what it gets, and what nobody gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import ui
from integrations import registry
from plugin import web
from plugin.actions import installs
from plugin.actions.installs import Installed
from plugin.db import people
from tests.builders import NOON, a_customer, an_order
from tests.fakes.log import FakeLog
from tests.hosts import lookups
from tests.plugin.conftest import Desk

CARMEN, NOBODY = "carmen+shop@example.com", "nobody@example.com"
KEYED = ("cmcom", "dixa", "gorgias")
HOSTS = ("groove", *KEYED)
RESERVED = {"name", "status", "email", "first_name", "last_name", "full_name"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    desk.services = replace(desk.services, helpdesks=registry.helpdesks())
    app = Flask("lookups", static_folder=None)
    web.add_to(app, desk.services)
    app.register_blueprint(ui.create_blueprint())
    desk.save(an_order("o1", email=CARMEN))
    return app.test_client()


def made(desk: Desk, host: str) -> Installed:
    fields = {"api_token": lookups.TOKEN} if host == "groove" else {}
    return installs.install_helpdesk(
        desk.services, desk.scope, helpdesk=host, label="Inbox", origins=[], fields=fields
    )


def ask(
    desk: Desk, client: FlaskClient, host: str, email: str = CARMEN, key: str = ""
) -> TestResponse:
    return lookups.ask(client, desk.services.helpdesks[host], made(desk, host), email, key)


def said(answer: TestResponse) -> dict[str, Any]:
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.headers["Cache-Control"] == "no-store"
    found: dict[str, Any] = json.loads(answer.data)
    return found


@pytest.mark.parametrize("host", HOSTS)
class TestEveryHost:
    def test_it_gets_the_orders_their_age_and_a_link(
        self, desk: Desk, client: FlaskClient, host: str
    ) -> None:
        found = said(ask(desk, client, host))

        assert found["order_count"] == "1"
        assert "o1" in json.dumps(found)
        assert "50,00\xa0€" in json.dumps(found, ensure_ascii=False)
        assert found["as_of"].startswith("Datos de 22 nov 2026, ")
        assert found["open_label"] == "Abrir en Mostrador"
        assert found["open_url"].startswith("https://panel.example/go/in_")
        assert CARMEN not in str(found)

    def test_a_wrong_key_gets_a_sentence_and_no_data(
        self, desk: Desk, client: FlaskClient, host: str
    ) -> None:
        answer = ask(desk, client, host, key="wrong-é")

        assert answer.status_code == 401
        assert answer.json is not None
        assert answer.json.keys() == {"error"}
        assert "o1" not in answer.text

    def test_an_unknown_customer_is_not_one_without_orders(
        self, desk: Desk, client: FlaskClient, host: str
    ) -> None:
        found = said(ask(desk, client, host, NOBODY))

        assert found["order_count"] == "0"
        assert found["note"].startswith("Se está preguntando a las tiendas.")
        assert {name for name, *_ in desk.woken} == {"look_up"}

    def test_neither_the_address_nor_the_key_is_logged(
        self, desk: Desk, client: FlaskClient, host: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log = FakeLog()
        monkeypatch.setattr("plugin.web.base._log", log)

        ask(desk, client, host)
        ask(desk, client, host, key="another-key")

        assert log.events
        secrets = (CARMEN, lookups.TOKEN, "another-key", "email=")
        assert not any(word in str(log.events) for word in secrets)

    def test_markup_of_a_shop_stays_harmless_where_a_template_forgets_to_escape(
        self, desk: Desk, client: FlaskClient, host: str
    ) -> None:
        desk.save(an_order("o2", email=CARMEN, number="<script>alert(1)</script>"))

        answer = ask(desk, client, host)

        assert "‹script›" in str(said(answer))
        assert "<" not in answer.text


def test_groove_gets_one_level_of_keys_that_it_does_not_override(
    desk: Desk, client: FlaskClient
) -> None:
    found = said(ask(desk, client, "groove"))

    assert all(isinstance(value, str) for value in found.values())
    assert not any(" " in key for key in found)
    assert not RESERVED & found.keys()
    assert found["order_1"].startswith("o1 · ")
    assert found["order_2"] == found["order_5"] == ""


def test_a_list_carries_its_details(desk: Desk, client: FlaskClient) -> None:
    item = said(ask(desk, client, "cmcom"))["items"][0]

    assert (item["id"], item["title"]) == ("o1", "o1")
    assert {"label": "Total", "value": "50,00\xa0€"} in item["details"]


class TestDynamicIntegration:
    """CM.com's three addresses, in the shapes that its documentation shows."""

    @pytest.fixture
    def part(self, desk: Desk, client: FlaskClient) -> Callable[..., dict[str, Any]]:
        customer = a_customer("c1", name="Carmen <b>", email=CARMEN, created_at=NOON)
        desk.save(an_order("1038", email=CARMEN, customer_ref="c1"), customers=(customer,))
        install, steps = made(desk, "cmcom"), desk.services.helpdesks["cmcom"].steps

        def asked(name: str, **values: str) -> dict[str, Any]:
            suffix = next(step.suffix for step in steps if f"part={name}&" in step.suffix)
            filled = {f"${key}": value for key, value in values.items()}
            url = install.values["lookup"] + suffix
            return said(lookups.asked(client, url, install.secret, filled))

        return asked

    def test_a_customer_is_one_flat_object(self, part: Callable[..., dict[str, Any]]) -> None:
        found = part("customer", EmailAddress=CARMEN)

        link = found["panel_view"].pop("")
        assert found == {
            "name": "Carmen ‹b›", "email_address": CARMEN, "phone_number": "",
            "customer_since": "2026-11-20", "order_count": 2, "total_spent": "100,00\xa0€",
            "panel_view": found["panel_view"],
        }  # fmt: skip
        assert link.startswith('<div class="panel_button"><div><a href="https://panel.example/go/')

    def test_orders_have_their_number_and_what_is_shown(
        self, part: Callable[..., dict[str, Any]]
    ) -> None:
        found = part("orders", EmailAddress=CARMEN)["orders"]

        order = next(each for each in found if each["order_number"] == "1038")
        assert order["list_view"]["Total"] == "50,00\xa0€"
        assert part("orders", EmailAddress=NOBODY) == {"orders": []}

    def test_a_number_alone_shows_no_amount(self, part: Callable[..., dict[str, Any]]) -> None:
        (details,) = part("order", Id="1038")["details_view"]

        assert details["display_as"] == "details"
        assert {"Fecha", "Estado", ""} <= details["data"].keys()
        assert "50,00" not in str(details)
        assert part("order", Id="999999") == {"details_view": []}

    def test_who_is_not_known_is_who_was_asked_for(
        self, part: Callable[..., dict[str, Any]]
    ) -> None:
        found = part("customer", EmailAddress=NOBODY)

        assert (found["name"], found["email_address"]) == ("", NOBODY)


@pytest.mark.parametrize("host", ["dixa", "gorgias"])
def test_a_list_has_fields(desk: Desk, client: FlaskClient, host: str) -> None:
    item = said(ask(desk, client, host))["items"][0]

    assert (item["number"], item["total"]) == ("o1", "50,00\xa0€")


def test_a_body_and_a_bearer_serve_too(desk: Desk, client: FlaskClient) -> None:
    install = made(desk, "dixa")
    body = {"email": [CARMEN], "phone": "{{customer_phone_number}}", "agent_email": NOBODY}

    answer = lookups.posted(client, install.values["lookup"], install.secret, body)
    assert said(answer)["order_count"] == "1"
    bearer = lookups.asked(
        client, f"{install.values['lookup']}?email={CARMEN}", f"Bearer {install.secret}", {},
        header="Authorization",
    )  # fmt: skip
    assert said(bearer)["order_count"] == "1"


def test_the_key_of_another_install_opens_nothing(desk: Desk, client: FlaskClient) -> None:
    mine, other = made(desk, "dixa"), made(desk, "gorgias")

    answer = lookups.asked(client, f"{mine.values['lookup']}?email={CARMEN}", other.secret, {})

    assert answer.status_code == 401


def test_a_number_in_the_body_of_nobody_asks_nobody(desk: Desk, client: FlaskClient) -> None:
    install = made(desk, "cmcom")
    query = "?email=$EmailAddress&phone=$PhoneNumber&ext="

    found = said(lookups.asked(client, install.values["lookup"] + query, install.secret, {}))

    assert found["order_count"] == "0"
    assert desk.woken == []


def test_history_that_still_arrives_is_told(desk: Desk, client: FlaskClient) -> None:
    """The shops answered, and one has not sent its older orders yet."""
    ask(desk, client, "dixa", NOBODY)
    with desk.services.database.writing() as connection:
        for _, _, subject, shop in desk.woken:
            people.answered(
                desk.scope, connection, subject, shop, state="answered", code="",
                now=desk.clock(),
            )  # fmt: skip

    found = said(ask(desk, client, "dixa", NOBODY))

    assert found["items"] == []
    assert "Sin pedidos" not in found["note"]
