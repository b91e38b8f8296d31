"""Who writes, told by the page of a helpdesk whose signed launch proved the agent only."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import ui
from plugin import web
from plugin.actions import installs
from plugin.actions.launch import take_seat
from plugin.db import people
from plugin.errors import InvalidInput, NotFound
from plugin.ports.helpdesk import HelpdeskPlatform, InstallField
from tests.builders import an_order
from tests.plugin.conftest import Desk
from tests.plugin.pairing import ANA, Browser

CARMEN = "carmen@example.com"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    app = Flask("told", static_folder=None)
    web.add_to(app, desk.services)
    app.register_blueprint(ui.create_blueprint())
    desk.save(an_order("o1", email=CARMEN))
    return app.test_client()


def tell(desk: Desk, client: FlaskClient, token: str, **more: Any) -> TestResponse:
    said = {"conversation": "77", "customer": {"name": "Carmen", "emails": [CARMEN]}, **more}
    headers = {"Authorization": f"Bearer {token}"}
    return client.post(f"/panel/{desk.install_id}/v1/told", json=said, headers=headers)


def code_of(answer: TestResponse) -> str:
    found = re.search(r'data-code="([^"]+)"', answer.text)
    return found[1] if found else ""


@pytest.mark.parametrize("proof", ["signed", "replayable"])
def test_a_told_writer_is_a_claim_and_the_agents_proof_stays(
    desk: Desk, client: FlaskClient, proof: str
) -> None:
    launched = desk.open(proof=proof, conversation="")

    answer = tell(desk, client, launched.token)

    assert answer.status_code == 200
    assert "#o1" in answer.json["html"] or CARMEN in answer.json["html"]
    seat = take_seat(desk.services, desk.install_id, answer.json["token"])
    assert (seat.agent_id, seat.proof) == (launched.seat.agent_id, proof)
    assert (seat.identifiers.source, seat.identifiers.emails) == ("claimed", (CARMEN,))
    assert seat.conversation == "77"


def test_the_launch_tells_again_and_each_conversation_has_its_own_token(
    desk: Desk, client: FlaskClient
) -> None:
    launched = desk.open(conversation="")
    first = tell(desk, client, launched.token).json["token"]

    second = tell(desk, client, launched.token, conversation="78").json["token"]

    seats = [take_seat(desk.services, desk.install_id, token) for token in (first, second)]
    assert [seat.conversation for seat in seats] == ["77", "78"]


def test_an_agent_is_named_once_and_only_by_the_signed_id(desk: Desk, client: FlaskClient) -> None:
    launched = desk.open("31")
    with desk.services.database.writing() as connection:
        people.change_agent(desk.scope, connection, launched.seat.agent_id, name="")

    other = tell(desk, client, launched.token, agent={"id": "32", "name": "Vera"})
    tell(desk, client, launched.token, agent={"id": "31", "name": "Ana"})
    again = tell(desk, client, launched.token, agent={"id": "31", "name": "Jefa"})

    assert (other.status_code, code_of(other)) == (403, "agent_mismatch")
    seat = take_seat(desk.services, desk.install_id, again.json["token"])
    assert seat.agent_name == "Ana"


def test_a_paired_browser_is_told_otherwise(desk: Desk, client: FlaskClient) -> None:
    opened = Browser(desk).paired(ANA).redeem()
    assert opened is not None

    assert code_of(tell(desk, client, opened.token)) == "launch_unsigned"


def test_without_a_token_nothing_is_told(desk: Desk, client: FlaskClient) -> None:
    assert code_of(tell(desk, client, "")) == "token_missing"
    assert code_of(tell(desk, client, "x")) == "token_unknown"


def test_what_is_no_context(desk: Desk, client: FlaskClient) -> None:
    token = desk.open().token

    assert code_of(tell(desk, client, token, customer="Carmen")) == "context_invalid"


class TestFields:
    """Values that a helpdesk gives once its package is uploaded."""

    @pytest.fixture
    def install_id(self, desk: Desk) -> str:
        words = {"es": "Clave", "en": "Key"}
        platform = HelpdeskPlatform(
            key="late", label="Late",
            fields=(
                InstallField(name="key", label=words, required=False),
                InstallField(name="hidden", label=words, secret=True),
            ),
        )  # fmt: skip
        known = {**desk.services.helpdesks, "late": platform}
        desk.services = replace(desk.services, helpdesks=known)
        made = installs.install_helpdesk(
            desk.services, desk.scope, helpdesk="late", label="", origins=("https://a.example",),
            fields={"hidden": "first"},
        )  # fmt: skip
        return made.id

    def values(self, desk: Desk, install_id: str) -> dict[str, str]:
        _, row = installs.platform_of(desk.services, install_id)
        return dict(installs.secrets_of(desk.services, row).fields)

    def test_they_come_later(self, desk: Desk, install_id: str) -> None:
        installs.fill_fields(desk.services, desk.scope, install_id, {"key": " PEM ", "hidden": ""})

        assert self.values(desk, install_id) == {"key": "PEM", "hidden": "first"}
        view = installs.one_install(desk.services, desk.scope, install_id)
        assert view.fields == {"key": "PEM"}

    def test_an_open_one_is_emptied(self, desk: Desk, install_id: str) -> None:
        for text in ("PEM", ""):
            installs.fill_fields(desk.services, desk.scope, install_id, {"key": text})

        assert self.values(desk, install_id)["key"] == ""

    def test_what_is_not_known_is_said(self, desk: Desk, install_id: str) -> None:
        with pytest.raises(InvalidInput, match="install_field_unknown"):
            installs.fill_fields(desk.services, desk.scope, install_id, {"x": "y"})
        with pytest.raises(NotFound, match="install_unknown"):
            installs.fill_fields(desk.services, desk.scope, "in_x", {"key": "y"})
