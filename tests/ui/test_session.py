"""Who may ask, what every answer carries, and how a refusal reads."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

import ui
from plugin import web
from plugin.errors import RateLimited, Unreachable
from tests.ui.conftest import BASE, Ask
from tests.ui.pretend import PretendCore, pretend_services
from tests.ui.samples import INSTALL, a_seat

# Open without a token, each with its reason.
OPEN = {
    "panel.show": "the document that waits holds no data",
    "panel.launch_document": "the launch itself is what proves the agent",
    "panel.launch": "the launch itself is what proves the agent",
    "panel.begin": "a frame asks to be paired; a person decides elsewhere",
    "panel.challenge": "something to sign, which opens nothing by itself",
    "panel.pair_token": "signed by the key of a paired browser",
    "panel.context": "signed by the key of a paired browser",
    "panel.handoff": "its one-time code opens a document without data",
    "panel.helpdesk_fragment": "the helpdesk's own secret, checked by its platform",
    "panel.lookup": "the helpdesk's own key, checked by its platform",
    "panel.desk": "leads to the login of the console",
    "panel.go": "leads to the login of the console",
    "panel.manifest": "says how the page is called, for everybody",
    "panel.icon": "a picture, for everybody",
    "panel.nowhere": "an address that does not exist",
}

# Pages of our own, which nobody frames.
OWN = ("panel.desk", "panel.go", "panel.manifest", "panel.icon")


def _addresses(app: Flask) -> list[tuple[str, str, str]]:
    values = {"install": INSTALL, "connection": "co_blue", "ref": "1", "action_id": "ac_1",
              "kind": "refund", "rest": "x", "code": "c", "go": "g",
              "name": "icon.svg"}  # fmt: skip
    found = []
    for rule in app.url_map.iter_rules():
        built = rule.build({k: v for k, v in values.items() if k in rule.arguments})
        assert built is not None
        method = "POST" if "POST" in (rule.methods or ()) else "GET"
        found.append((rule.endpoint, method, built[1]))
    return found


def test_every_route_asks_for_a_token_or_is_listed_as_open(app: Flask) -> None:
    for endpoint, view in app.view_functions.items():
        assert hasattr(view, "guarded") != (endpoint in OPEN), endpoint


def test_every_guarded_route_refuses_without_a_token(app: Flask, client: FlaskClient) -> None:
    for endpoint, method, address in _addresses(app):
        if endpoint in OPEN:
            continue

        answer = client.open(address, method=method)

        assert answer.status_code == 401, endpoint
        assert 'data-code="token_missing"' in answer.text


def test_every_answer_carries_the_policy_of_its_install(app: Flask, client: FlaskClient) -> None:
    for endpoint, method, address in _addresses(app):
        answer = client.open(address, method=method)
        policy = answer.headers["Content-Security-Policy"]
        framed = "'none'" if endpoint in OWN else "https://desk.example"

        assert policy.endswith(f"frame-ancestors {framed}"), endpoint
        assert "default-src 'none'" in policy
        assert "X-Frame-Options" not in answer.headers
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers


def test_no_answer_sets_a_cookie(ask: Ask) -> None:
    for path in ("sidebar", "orders/co_blue/gid%2F1042", "search?q=camisa", "actions/ac_1"):
        answer = ask(path)

        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers


def test_an_unknown_install_may_be_framed_by_nobody(client: FlaskClient) -> None:
    answer = client.get("/panel/in_other/v1", headers={"Accept-Language": "es"})

    assert answer.status_code == 404
    assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
    assert "Este panel no está instalado" in answer.text


def test_a_token_of_another_install_is_refused(client: FlaskClient) -> None:
    answer = client.get(
        "/panel/in_other/v1/sidebar", headers={"Authorization": "Bearer token-of-ana"}
    )

    assert answer.status_code == 401
    assert 'data-code="token_unknown"' in answer.text


def test_an_origin_cannot_add_a_directive(core: PretendCore, ask: Ask) -> None:
    core.seat = a_seat(origins=("https://a.example; script-src *", "https://*.b.example"))

    policy = ask("sidebar").headers["Content-Security-Policy"]

    assert policy.endswith("frame-ancestors https://*.b.example")
    assert "script-src *" not in policy


def test_fragments_allow_no_script(ask: Ask) -> None:
    policy = ask("sidebar").headers["Content-Security-Policy"]

    assert "script-src 'none'; style-src 'none'" in policy
    assert "connect-src 'self'" in policy


def test_pictures_come_by_https_outside_development(ask: Ask) -> None:
    assert "img-src https:;" in ask("sidebar").headers["Content-Security-Policy"]


def test_pictures_of_the_pretend_shops_are_allowed_in_development(core: PretendCore) -> None:
    app = Flask("development", static_folder=None)
    web.add_to(app, pretend_services(development=True))
    app.register_blueprint(ui.create_blueprint(core.calls()))

    policy = app.test_client().get(BASE).headers["Content-Security-Policy"]

    assert "img-src https: http://127.0.0.1:* http://localhost:*;" in policy


def test_an_address_that_does_not_exist_has_the_headers_of_its_install(ask: Ask) -> None:
    answer = ask("nothing/here")

    assert answer.status_code == 404
    assert answer.headers["Content-Security-Policy"].endswith("https://desk.example")


@pytest.mark.parametrize(
    ("locale", "words"),
    [("es", "No se puede consultar la tienda ahora"), ("en", "The shop cannot be reached now")],
)
def test_a_refusal_speaks_the_agents_language(
    core: PretendCore, ask: Ask, locale: str, words: str
) -> None:
    core.seat = replace(core.seat, locale=locale)
    core.refusals["preview"] = Unreachable("shop_unreachable")

    answer = ask(
        "act/preview", "POST", data={"kind": "refund", "connection": "co_blue", "order": "1"}
    )

    assert answer.status_code == 502
    assert words in answer.text


def test_a_shop_that_asks_to_wait_is_passed_on(core: PretendCore, ask: Ask) -> None:
    core.refusals["preview"] = RateLimited(after=3)

    answer = ask(
        "act/preview", "POST", data={"kind": "refund", "connection": "co_blue", "order": "1"}
    )

    assert answer.headers["Retry-After"] == "3"


def test_what_nobody_foresaw_says_nothing_of_itself(core: PretendCore, ask: Ask) -> None:
    core.refusals["sidebar"] = ZeroDivisionError("secret detail")  # type: ignore[assignment]

    answer = ask("sidebar")

    assert answer.status_code == 500
    assert 'data-code="internal"' in answer.text
    assert "secret" not in answer.text


def test_a_body_that_is_too_large_is_refused(ask: Ask) -> None:
    answer = ask("fact", "POST", data={"fact": "x" * 100_000})

    assert answer.status_code == 413
    assert 'data-code="request_too_large"' in answer.text
