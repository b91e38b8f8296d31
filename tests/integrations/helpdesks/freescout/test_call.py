"""What FreeScout's server sends, byte for byte, and what it gets."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.helpdesks.freescout import HEIGHT, PLATFORM
from integrations.helpdesks.freescout.call import read
from plugin.errors import LaunchRefused
from plugin.ports.helpdesk import InstallSecrets, Launch, Request

NOW = datetime(2026, 11, 22, tzinfo=UTC)
INSTALL = InstallSecrets(id="in_1", secret=b"a-secret", origins=("https://help.example",))
RECORDED = (
    b'{"customerEmail":"ana.garcia@example.com","customerPhones":[],'
    b'"conversationSubject":"\\u00bfD\\u00f3nde est\\u00e1 mi pedido?","conversationType":"Email",'
    b'"mailboxId":1,"secret":"a-secret"}'
)


def call(body: bytes, install: InstallSecrets = INSTALL) -> Launch:
    headers = {"User-Agent": "GuzzleHttp/8", "Content-Type": "application/json"}
    return read(Request(headers=headers, query=(), body=body), install, NOW)


def said(**fields: Any) -> bytes:
    return json.dumps({**json.loads(RECORDED), **fields}).encode()


def test_a_recorded_call() -> None:
    launch = call(RECORDED)

    assert launch.writer.emails == ("ana.garcia@example.com",)
    assert launch.text == "¿Dónde está mi pedido?"
    assert (launch.proof, launch.source) == ("secret", "claimed")
    assert (launch.agent.id, launch.conversation) == ("", "")


def test_phones_are_taken_as_typed_and_empty_ones_left_out() -> None:
    phones = [
        {"value": "+34 612 345 678", "type": 4, "n": "34612345678"},
        {"value": "", "type": 1, "n": ""},
        {"value": "", "type": 1, "n": "34600000000"},
        "x",
    ]

    assert call(said(customerPhones=phones)).writer.phones == ("+34 612 345 678", "34600000000")


def test_no_address_is_no_address() -> None:
    assert call(said(customerEmail="")).writer.emails == ()


@pytest.mark.parametrize(
    ("secret", "code"),
    [
        ("", "launch_secret_missing"), (None, "launch_secret_missing"),
        (7, "launch_secret_missing"), (["a-secret"], "launch_secret_missing"),
        ("wrong", "launch_secret_wrong"), ("ä-secret", "launch_secret_wrong"),
    ],
)  # fmt: skip
def test_another_secret_is_refused(secret: object, code: str) -> None:
    with pytest.raises(LaunchRefused) as error:
        call(said(secret=secret))

    assert error.value.code == code


def test_a_call_that_lost_its_content_and_the_trial_are_told_apart() -> None:
    assert PLATFORM.fragment is not None
    assert PLATFORM.fragment.trial is not None

    with pytest.raises(LaunchRefused, match="launch_missing"):
        call(b"")
    with pytest.raises(LaunchRefused, match="launch_secret_wrong"):
        call(PLATFORM.fragment.trial.body)


def test_the_mailbox_that_called_is_known() -> None:
    assert (call(RECORDED).place, call(said(mailboxId="<b>")).place) == ("1", "")


def test_an_install_without_a_secret_answers_nobody() -> None:
    with pytest.raises(LaunchRefused):
        call(said(secret=""), InstallSecrets(id="in_1", secret=b"", origins=()))


@pytest.mark.parametrize("body", [b"", b"[]", b"x", b"[" * 100_000, b"\xff"])
def test_what_is_no_call_is_refused(body: bytes) -> None:
    with pytest.raises(LaunchRefused):
        call(body)


def test_every_answer_is_a_200_so_that_the_host_shows_it() -> None:
    assert PLATFORM.fragment is not None

    answer = PLATFORM.fragment.wrap("<p>Olé</p>")

    assert (answer.status, answer.body) == (200, "<p>Olé</p>".encode())
    assert (PLATFORM.fragment.refusal, PLATFORM.fragment.height) == (200, HEIGHT)
