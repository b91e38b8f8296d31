"""Every address of the whole service is guarded, or stands here with its reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin.app import create_app
from tests.owning import owned
from tests.plugin.conftest import Desk
from tests.ui.test_session import OPEN as PANEL

# Endpoint -> why nobody has to prove who asks. The panel's own list stands with its tests.
OPEN = {
    **PANEL,
    "healthz": "says that the process lives",
    "readyz": "says that database and migrations are there",
    "metrics": "asks for its own token, and is closed without one",
    "embed.well_known": "what the protocol is, for everybody",
    "embed.script": "the protocol's script, for everybody",
    "embed.schema": "the protocol's schema, for everybody",
    "embed.vectors": "signed launches to try against, for everybody",
    "embed.sample": "text to copy, for everybody",
    "embed.check": "shows a frame what it was given; nothing of ours in it",
    "console.show_pairing": "asks whoever is not logged in to log in, and shows no code before",
    "console.home": "leads to a page that is guarded",
    "console.show_login": "the login",
    "console.log_in": "the login; limited, and only from our own page",
    "console.show_link": "the link is the proof; looking at it changes nothing",
    "console.use_link": "the link is the proof, once",
    "webhooks.receive": "the body is signed",
}
# A platform's own pages that no console session guards: "<kind>.<platform>.<view>" -> why.
OF_PLATFORMS = {
    "connect.shopify.enter": "a one-time key from the shop's admin, only from our own page",
    "admin.shopify.show": "the shop's signed token; without one it leads to the bounce page",
    "admin.shopify.bounce": "holds nothing but the admin's own script",
    "admin.shopify.file": "script and style",
    "admin.shopify.state": "the shop's signed token",
    "admin.shopify.begin": "the shop's signed token",
    "admin.shopify.enter": "the shop's signed token",
    "connect.woocommerce.callback": "its state is single-use, and only the shop was told it",
}


@pytest.fixture
def app(desk: Desk) -> Flask:
    return create_app(services=owned(desk.services, desk.scope))


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def rules(app: Flask) -> Iterator[tuple[str, str, str]]:
    """(endpoint, method, a path)."""
    for rule in app.url_map.iter_rules():
        choices = {
            name: getattr(rule._converters[name], "items", ("x",)) for name in rule.arguments
        }
        built = rule.build({name: next(iter(items)) for name, items in choices.items()})
        assert built is not None
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, built[1]


def guard_of(app: Flask, endpoint: str) -> object:
    return getattr(app.view_functions[endpoint], "guarded", None)


def test_every_address_is_guarded_or_listed_with_a_reason(app: Flask) -> None:
    unguarded = {endpoint for endpoint, _, _ in rules(app) if not guard_of(app, endpoint)}

    assert unguarded - OPEN.keys() - OF_PLATFORMS.keys() == set()


def test_the_list_names_only_what_is_there(app: Flask) -> None:
    endpoints = {endpoint for endpoint, _, _ in rules(app)}

    assert OPEN.keys() - endpoints == set()
    assert OF_PLATFORMS.keys() - endpoints == set()


def test_what_the_console_guards_is_closed_to_strangers(app: Flask) -> None:
    client: FlaskClient = app.test_client()
    seen = 0
    for endpoint, method, path in rules(app):
        if guard_of(app, endpoint) != "console":
            continue
        answer = client.open(path, method=method)
        login = answer.status_code == 302 and answer.location.startswith("/console/login")

        assert login if method == "GET" else answer.status_code == 401, (endpoint, method)
        seen += 1
    assert seen > 10


def test_what_the_panel_guards_is_closed_to_strangers(app: Flask, desk: Desk) -> None:
    client = app.test_client()
    for endpoint, method, path in rules(app):
        if guard_of(app, endpoint) is not True:
            continue
        address = path.replace("/panel/x/", f"/panel/{desk.install_id}/")

        assert client.open(address, method=method).status_code == 401, endpoint
