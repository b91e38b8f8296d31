"""A platform's own pages: found beside it, mounted, guarded, inside the console's frame."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

import integrations.stores
from integrations import registry
from plugin.app import create_app
from tests.plugin.conftest import Desk
from tests.ui.console.conftest import PASSWORD, Browser, with_owner

PLATFORM = """
from plugin.ports.store import Capability, StorePlatform
PLATFORM = StorePlatform(
    key="novel", label="Novel", connect_fields=(), open=lambda *_: None,
    refund_capability=lambda order: Capability(name="refund", available=False),
    connect_page="begin",
)
"""
VIEWS = """
from pathlib import Path
from flask import Blueprint
from plugin import web

CONNECT = Blueprint("novel", __name__)
ADMIN = Blueprint("novel_admin", __name__)
HERE = Path(__file__).parent / "templates"

@CONNECT.get("/begin")
@web.owner_only
def begin(seat):
    return web.console_page(HERE, "begin.html", seat=seat, locale=seat.locale, shop="<b>Olé</b>",
                            form_targets=("https:",))

@CONNECT.post("/begin")
@web.owner_only
def send(seat):
    return "sent"

@ADMIN.get("/")
def admin():
    return "embedded"
"""
TEMPLATE = """{% extends "console/frame.html" %}
{% block title %}Novel{% endblock %}
{% block main %}<h1>{{ shop }}</h1>
<form method="post"><input type="hidden" name="csrf" value="{{ csrf }}"></form>{% endblock %}
"""


@pytest.fixture
def novel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of integrations/stores/ that came from elsewhere."""
    folder = tmp_path / "stores" / "novel"
    (folder / "templates").mkdir(parents=True)
    (folder / "__init__.py").write_text(PLATFORM)
    (folder / "views.py").write_text(VIEWS)
    (folder / "templates" / "begin.html").write_text(TEMPLATE)
    path: Any = [*integrations.stores.__path__, str(folder.parent)]
    monkeypatch.setattr(integrations.stores, "__path__", path)
    yield
    for name in [name for name in sys.modules if name.startswith("integrations.stores.novel")]:
        del sys.modules[name]


@pytest.fixture
def app(novel: None, desk: Desk) -> Flask:
    return create_app(services=with_owner(desk))


def test_pages_are_found_beside_their_platform(novel: None) -> None:
    assert "novel" in registry.views("CONNECT")
    assert "novel" in registry.views("ADMIN")


def test_a_page_stands_in_the_frame_of_the_console(browser: Browser) -> None:
    asked = browser.get("/connect/novel/begin?shop=x")
    assert asked.location == "/console/login?next=/connect/novel/begin%3Fshop%3Dx"
    back = browser.log_in(password=PASSWORD, next="/connect/novel/begin?shop=x")
    assert back.location == "/connect/novel/begin?shop=x"

    page = browser.get("/connect/novel/begin")

    assert "<h1>&lt;b&gt;Olé&lt;/b&gt;</h1>" in page.text
    assert "Tiendas" in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self' https:;" in policy
    assert "frame-ancestors 'none'" in policy


def test_its_forms_need_the_token(browser: Browser) -> None:
    browser.log_in(password=PASSWORD)
    browser.get("/connect/novel/begin")
    token, browser.csrf = browser.csrf, ""

    assert browser.post("/connect/novel/begin").status_code == 403
    assert browser.post("/connect/novel/begin", csrf=token).text == "sent"


def test_pages_for_the_shops_own_admin_stand_apart(browser: Browser) -> None:
    assert browser.get("/admin/novel/").text == "embedded"
