"""The assembled app over a desk with one owner, and browsers that open its console."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from plugin.actions import accounts
from plugin.actions.accounts import Person
from plugin.app import create_app
from plugin.services import Services
from tests.plugin.conftest import Desk, desk

__all__ = ["desk"]

EMAIL, PASSWORD = "alba@casa-oliva.example", "tres palabras sueltas"
SECURE = "https://panel.example"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages say the same on both engines; the actions behind them are tested on both."""
    return sqlite_url


def with_owner(desk: Desk) -> Services:
    """Alba owns this installation and can log in."""
    alba = Person(password=PASSWORD, email=EMAIL, name="Alba")
    accounts.add_owner(desk.services, desk.scope, alba)
    return desk.services


@pytest.fixture
def app(desk: Desk) -> Flask:
    return create_app(services=with_owner(desk))


@dataclass
class Browser:
    """One visitor with cookies; `csrf` is of the last page that had one."""

    client: FlaskClient
    csrf: str = ""

    def get(self, path: str, **headers: str) -> TestResponse:
        return self._seen(self.client.get(path, base_url=SECURE, headers=_html(headers)))

    def post(self, path: str, _headers: dict[str, str] | None = None, **form: str) -> TestResponse:
        data = {"csrf": self.csrf, **form} if self.csrf else form
        headers = _html(_headers or {})
        return self._seen(self.client.post(path, base_url=SECURE, data=data, headers=headers))

    def log_in(self, email: str = EMAIL, password: str = PASSWORD, **form: str) -> TestResponse:
        return self.post("/console/login", email=email, password=password, **form)

    def _seen(self, answer: TestResponse) -> TestResponse:
        found = re.search(r'name="csrf" value="([^"]+)"', answer.text)
        self.csrf = found[1] if found else self.csrf
        return answer


def _html(headers: dict[str, str]) -> dict[str, str]:
    return {"Accept": "text/html,*/*;q=0.8", "Accept-Language": "es", **headers}


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app.test_client())


@pytest.fixture
def owner(browser: Browser) -> Browser:
    """Logged in, on the Shops page."""
    assert browser.log_in().status_code == 302
    assert browser.get("/console/shops").status_code == 200
    return browser


@pytest.fixture
def developing(desk: Desk, app: Flask) -> Callable[[], Browser]:
    """The same house on a developer's machine, over plain http."""
    settings = replace(desk.services.settings, development=True)
    made = create_app(services=replace(desk.services, settings=settings))
    return lambda: Browser(made.test_client())
