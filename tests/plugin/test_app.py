"""The assembled service: alive, ready, guarded, and without a demo in production."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import request
from flask.testing import FlaskClient

from plugin.actions import connect
from plugin.app import create_app
from plugin.db.migrate import upgrade
from plugin.services import Services
from plugin.settings import Secret, Settings
from plugin.wiring import build_services
from tests.owning import owned


@pytest.fixture
def services(unready: Services) -> Services:
    upgrade(unready.settings.database_url)
    scope = connect.create_workspace(
        unready, name="Prueba", locale="es", country="ES", timezone="UTC"
    )
    return owned(unready, scope)


@pytest.fixture
def unready(tmp_path: Path) -> Iterator[Services]:
    """On a disk without a database."""
    made = build_services(
        Settings(
            public_url="https://panel.example",
            database_url=f"sqlite:///{tmp_path}/m.sqlite3",
            data_dir=tmp_path,
            metrics_token=Secret("open-sesame"),
        )
    )
    yield made
    made.database.close()


def visitor(services: Services, **settings: Any) -> FlaskClient:
    changed = replace(services.settings, **settings)
    app = create_app(services=replace(services, settings=changed))
    app.add_url_rule("/seen", view_func=lambda: f"{request.remote_addr} {request.scheme}")
    return app.test_client()


def test_it_is_alive_before_it_is_ready(unready: Services) -> None:
    client = visitor(unready)

    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    upgrade(unready.settings.database_url)
    assert client.get("/readyz").status_code == 200


def test_it_is_not_ready_while_jobs_cannot_be_handed_over(services: Services) -> None:
    silent = replace(services, queue_answers=lambda: False)

    assert visitor(services).get("/readyz").status_code == 200
    assert visitor(silent).get("/readyz").status_code == 503


def test_a_queue_that_broke_does_not_answer(services: Services, tmp_path: Path) -> None:
    assert services.queue_answers()
    with closing(sqlite3.connect(tmp_path / "queue.sqlite3")) as queue:
        queue.execute("DROP TABLE task")

    assert not services.queue_answers()


@pytest.mark.parametrize(
    "given", ["", "Bearer ", "Bearer wrong", "Bearer öpen", "Basic open-sesame"]
)
def test_metrics_are_closed_to_strangers(services: Services, given: str) -> None:
    answer = visitor(services).get("/metrics", headers={"Authorization": given})

    assert answer.status_code == 404
    assert b"python_info" not in answer.data


def test_metrics_open_with_their_token_and_only_if_there_is_one(services: Services) -> None:
    right = {"Authorization": "Bearer open-sesame"}

    assert b"python_info" in visitor(services).get("/metrics", headers=right).data
    closed = visitor(services, metrics_token=Secret(""))
    assert closed.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_the_demo_exists_in_development_only(services: Services) -> None:
    demo = "http://127.0.0.1:8001/"

    assert visitor(services, demo_url=demo).get("/demo").status_code == 404
    developing = visitor(services, demo_url=demo, development=True).get("/demo")
    assert (developing.status_code, developing.location) == (302, demo)


def test_an_unknown_install_is_not_found_and_may_be_framed_by_nobody(services: Services) -> None:
    answer = visitor(services).get("/panel/in_nothing/v1")

    assert answer.status_code == 404
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers


def test_a_huge_body_is_refused(services: Services) -> None:
    answer = visitor(services).post("/panel/in_nothing/v1/launch", data=b"x" * 300_000)

    assert answer.status_code in (404, 413)


@pytest.mark.parametrize(
    ("hops", "seen"), [(0, "127.0.0.1 http"), (1, "2.2.2.2 https"), (2, "1.1.1.1 http")]
)
def test_forwarded_headers_are_believed_for_the_hops_that_are_ours(
    services: Services, hops: int, seen: str
) -> None:
    headers = {"X-Forwarded-For": "1.1.1.1, 2.2.2.2", "X-Forwarded-Proto": "http, https"}

    answer = visitor(services, proxy_hops=hops).get("/seen", headers=headers)

    assert answer.text == seen


def test_every_answer_says_what_browsers_must_not_do(services: Services) -> None:
    headers = visitor(services).get("/nothing").headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in headers
