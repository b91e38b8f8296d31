"""The secret in the address of Front's frame, by itself and at the panel's own address."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

import ui
from integrations import registry
from integrations.helpdesks.front import check
from plugin import web
from plugin.actions import installs
from plugin.ports.helpdesk import InstallSecrets, Request
from tests.fakes.log import FakeLog
from tests.plugin.conftest import Desk, desk

__all__ = ["desk"]

SECRET = "a-secret-of-the-app"
INSTALL = InstallSecrets(id="in_1", secret=b"ours", origins=(), fields={"auth_secret": SECRET})


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def asked(*query: tuple[str, str]) -> Request:
    return Request(headers={}, query=query, body=b"")


def test_the_secret_of_the_app() -> None:
    assert check(asked(("auth_secret", SECRET)), INSTALL)


@pytest.mark.parametrize("given", ["", "wrong", "ä", SECRET.upper(), f"{SECRET} ", "ours"])
def test_another_secret(given: str) -> None:
    assert not check(asked(("auth_secret", given)), INSTALL)


def test_none_at_all_and_none_known() -> None:
    assert not check(asked(), INSTALL)
    assert not check(asked(("auth_secret", "")), replace(INSTALL, fields={}))


def test_the_frame_holds_nothing_without_it_and_no_log_does(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = FakeLog()
    monkeypatch.setattr("plugin.web.base._log", log)
    services = replace(desk.services, helpdesks=registry.helpdesks())
    made = installs.install_helpdesk(
        services, desk.scope, helpdesk="front", label="Front", origins=[],
        fields={"auth_secret": SECRET},
    )  # fmt: skip
    app = Flask("frames", static_folder=None)
    web.add_to(app, services)
    app.register_blueprint(ui.create_blueprint())
    client = app.test_client()
    path = made.url.removeprefix("https://panel.example")

    refused = client.get(f"{path}?auth_secret=wrong-one")
    shown = client.get(f"{path}?auth_secret={SECRET}")

    assert (refused.status_code, shown.status_code) == (401, 200)
    assert "challenge" not in refused.text
    assert 'data-code="launch_invalid"' in refused.text
    assert SECRET not in shown.text
    assert "frame-ancestors https://*.frontapp.com" in shown.headers["Content-Security-Policy"]
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert [values["code"] for _, values in log.events] == ["launch_invalid"]
    assert "wrong-one" not in str(log.events)
