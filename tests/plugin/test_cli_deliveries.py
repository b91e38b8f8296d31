"""Webhooks at the shell: what became of them, and once more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plugin import cli
from plugin.actions import connect
from plugin.db import deliveries
from plugin.db.session import Scope
from plugin.services import Services
from plugin.settings import Settings
from plugin.wiring import build_services

Told = Callable[..., Any]


@pytest.fixture
def services(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Services]:
    environ = {
        "PUBLIC_URL": "https://panel.example",
        "DATABASE_URL": sqlite_url,
        "DATA_DIR": str(tmp_path),
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    built = build_services(Settings.from_env(environ))
    yield built
    built.database.close()


@pytest.fixture
def scope(services: Services) -> Scope:
    made = connect.create_workspace(
        services, name="Prueba", locale="es", country="ES", timezone="UTC"
    )
    now = services.clock()
    values: dict[str, Any] = {
        "id": "de_1", "connection_id": "co_1", "kind": "order", "ref": "o1",
        "topic": "order.updated", "deleted": False, "state": "parked", "code": "bad_answer",
        "attempts": 6, "body": None, "triggered_at": None, "received_at": now - timedelta(hours=1),
        "due": None,
    }  # fmt: skip
    with services.database.writing() as connection:
        deliveries.store(made, connection, values)
    return made


@pytest.fixture
def told(scope: Scope, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Told:
    def run(*words: str) -> Any:
        monkeypatch.setattr("sys.argv", ["mostrador", *words, "--json"])
        cli.main()
        return json.loads(capsys.readouterr().out)

    return run


def test_parked_ones_are_listed_with_their_reason(told: Told) -> None:
    (one,) = told("deliveries", "--state", "parked")

    assert (one["id"], one["ref"], one["code"], one["attempts"]) == ("de_1", "o1", "bad_answer", 6)
    assert told("deliveries", "--state", "done") == []


def test_a_replay_begins_anew(told: Told, services: Services, scope: Scope) -> None:
    assert told("replay", "de_1") == {"delivery": "de_1", "waited": False}

    with services.database.reading() as connection:
        row = deliveries.get(scope, connection, "de_1")
    assert row is not None
    assert (row.state, row.code, row.attempts) == ("waiting", "", 0)


def test_replaying_what_is_not_there_is_one_sentence(
    told: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        told("replay", "de_nothing")

    assert ended.value.code == 1
    assert capsys.readouterr().err.count("\n") == 1
