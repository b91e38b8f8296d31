"""The panel over a pretend core: every answer of the core is a field of `core`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import ui
from plugin import web
from tests.ui.pretend import PretendCore, pretend_services
from tests.ui.samples import INSTALL, TOKEN
from ui.look import memo

BASE = f"/panel/{INSTALL}/v1"
Ask = Callable[..., TestResponse]


@pytest.fixture(autouse=True)
def forget() -> None:
    memo.clear()


@pytest.fixture
def core() -> PretendCore:
    return PretendCore()


@pytest.fixture
def app(core: PretendCore) -> Flask:
    made = Flask("panel-under-test", static_folder=None)
    web.add_to(made, pretend_services())
    made.register_blueprint(ui.create_blueprint(core.calls()))
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def ask(client: FlaskClient) -> Ask:
    """A request as the page makes it: under the install, with the token."""

    def one(path: str, method: str = "GET", **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {TOKEN}", **options.pop("headers", {})}
        return client.open(f"{BASE}/{path}", method=method, headers=headers, **options)

    return one
