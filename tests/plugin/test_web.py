"""What both web edges share: ids, headers, errors as plain answers."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin import web
from plugin.errors import NotFound, RateLimited
from tests.ui.pretend import pretend_services


@pytest.fixture
def client() -> FlaskClient:
    app = Flask("shared", static_folder=None)
    web.add_to(app, pretend_services())

    @app.get("/fine")
    def fine() -> str:
        return web.services().settings.public_url

    @app.get("/unknown")
    def unknown() -> str:
        raise NotFound("order_not_found")

    @app.get("/wait")
    def wait() -> str:
        raise RateLimited(after=0.2)

    @app.get("/broken")
    def broken() -> str:
        raise ZeroDivisionError("secret detail")

    return app.test_client()


def test_views_reach_the_services(client: FlaskClient) -> None:
    assert client.get("/fine").text == "https://panel.example"


def test_every_answer_has_an_id_and_the_common_headers(client: FlaskClient) -> None:
    headers = client.get("/fine").headers

    assert len(headers["X-Request-Id"]) == 32
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_proxys_id_is_kept_unless_it_is_none(client: FlaskClient) -> None:
    def answered(given: str) -> str:
        return client.get("/fine", headers={"X-Request-Id": given}).headers["X-Request-Id"]

    assert answered("abcdef-123456") == "abcdef-123456"
    assert answered("<script>alert(1)</script>") != "<script>alert(1)</script>"


def test_an_error_of_ours_is_code_and_sentence(client: FlaskClient) -> None:
    answer = client.get("/unknown", headers={"Accept-Language": "es"})

    assert answer.status_code == 404
    assert answer.json is not None
    assert answer.json["error"] == "order_not_found"
    assert answer.json["message"].startswith("El pedido ya no está")


def test_a_wait_is_at_least_a_second(client: FlaskClient) -> None:
    assert client.get("/wait").headers["Retry-After"] == "1"


def test_errors_of_the_web_are_sentences_too(client: FlaskClient) -> None:
    assert client.get("/nowhere").json == {
        "error": "page_not_found",
        "message": "This page does not exist.",
    }
    refused = client.post("/fine")
    assert refused.status_code == 405
    assert "GET" in refused.headers["Allow"]


def test_what_nobody_foresaw_stays_inside(client: FlaskClient) -> None:
    answer = client.get("/broken")

    assert answer.status_code == 500
    assert "secret" not in answer.text
