"""A fresh installation belongs to nobody and answers nothing until its set-up link was used."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from plugin.actions import accounts
from plugin.app import create_app
from plugin.db import connections as installed
from plugin.db.tables import TENANT_TABLES, directory, metadata
from tests.plugin.conftest import Desk
from tests.ui.console.conftest import Browser

FORM = {
    "workspace": "Casa Oliva", "country": "MX", "timezone": "America/Mexico_City",
    "own_domains": "casa-oliva.com", "name": "Alba", "email": "alba@casa-oliva.com",
    "password": "tres palabras sueltas",
}  # fmt: skip


@pytest.fixture
def app(desk: Desk) -> Flask:
    """Of an installation that nobody owns."""
    return create_app(services=desk.services)


def link_of(desk: Desk) -> str:
    return accounts.setup_link(desk.services).removeprefix("https://panel.example")


CLOSED = ["/", "/console", "/console/login", "/console/shops", "/nothing", "/metrics",
          "/panel/in_x/v1", "/panel/in_x/v1/sidebar"]  # fmt: skip


@pytest.mark.parametrize("path", CLOSED)
def test_pages_say_that_nobody_owns_this(browser: Browser, path: str) -> None:
    answer = browser.get(path)

    assert answer.status_code == 503
    assert "aún no es de nadie" in answer.text
    assert "mostrador owner link" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_forms_and_webhooks_are_told_to_come_back(app: Flask, browser: Browser) -> None:
    assert browser.log_in().status_code == 503

    answer = app.test_client().post("/webhooks/pretend/co_blue", data=b"{}")

    assert answer.status_code == 503  # a shop sends it again
    assert answer.get_json()["error"] == "nobody_owns_this"


def test_whether_it_is_alive_is_told(browser: Browser) -> None:
    assert browser.get("/healthz").status_code == 200
    assert browser.get("/readyz").status_code == 200


def test_a_link_that_is_none_opens_nothing(browser: Browser) -> None:
    answer = browser.get("/console/link/guessed")

    assert answer.status_code == 410
    assert "no es válido" in answer.text


@pytest.mark.parametrize(
    "field", ["workspace", "country", "timezone", "own_domains", "email", "password"]
)
def test_what_does_not_fit_is_marked_and_the_rest_stays(
    desk: Desk, browser: Browser, field: str
) -> None:
    _without_workspace(desk)
    link = link_of(desk)

    answer = browser.post(link, **{**FORM, field: "?" if field == "own_domains" else ""})

    assert answer.status_code == 422
    marked = next(line for line in answer.text.splitlines() if f'id="{field}"' in line)
    assert 'aria-invalid="true"' in marked
    assert 'value="Alba"' in answer.text
    assert FORM["password"] not in answer.text


def _without_workspace(desk: Desk) -> None:
    with desk.services.database.writing() as connection:
        for table in reversed(metadata.sorted_tables):
            if table.name in TENANT_TABLES or table is directory:
                where = table.c.workspace_id == desk.scope.workspace_id
                connection.execute(table.delete().where(where))


def test_afterwards_everything_answers(desk: Desk, browser: Browser) -> None:
    _without_workspace(desk)
    link = link_of(desk)

    done = browser.post(link, **FORM)

    assert done.location == "/console"
    assert browser.get("/console/shops").status_code == 200
    with desk.services.database.reading() as connection:
        scopes = installed.all_scopes(connection)
        assert len(scopes) == 1
        made = installed.workspace(scopes[0], connection)
    assert (made.name, made.country, made.locale) == ("Casa Oliva", "MX", "es")
    assert made.own_domains == ["casa-oliva.com"]
    assert browser.get(link).status_code == 410


def test_the_operators_workspace_gets_its_owner(desk: Desk, browser: Browser) -> None:
    link = link_of(desk)
    assert 'name="workspace"' not in browser.get(link).text

    browser.post(link, name="Alba", email="alba@casa-oliva.com", password=FORM["password"])

    assert "Prueba" in browser.get("/console/shops").text


def test_once_owned_no_request_asks_again(desk: Desk, browser: Browser) -> None:
    browser.post(link_of(desk), name="A", email="a@example.com", password=FORM["password"])
    browser.get("/console/login")
    asked: list[str] = []

    def hear(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(desk.services.database.engine, "before_cursor_execute", hear)
    browser.client.get("/nothing")

    assert asked == []
