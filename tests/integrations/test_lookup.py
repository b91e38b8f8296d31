"""The writer and the key in a call of a helpdesk's server, whoever sends it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from integrations.lookup import in_json, launch_of, read_by_header
from plugin.errors import LaunchRefused
from plugin.ports.helpdesk import InstallSecrets, Request

NOW = datetime(2026, 11, 22, tzinfo=UTC)
INSTALL = InstallSecrets(id="in_1", secret=b"a-secret", origins=())


def call(*query: tuple[str, str], body: bytes = b"") -> Request:
    return Request(headers={}, query=query, body=body)


@pytest.mark.parametrize(
    "value",
    ["", "  ", "$EmailAddress", "{{customer_email}}", "{{ a | b }}", "null", "x" * 255, "\0"],
)
def test_what_a_host_left_unfilled_is_nobody(value: str) -> None:
    launch = launch_of(call(("email", value), ("phone", value), ("ext", value)))

    assert (launch.writer.emails, launch.writer.phones, launch.writer.external_id) == ((), (), "")


def test_a_plus_that_was_not_encoded_is_one() -> None:
    launch = launch_of(call(("email", "ana x@shop.example"), ("phone", " 34600111222")))

    assert launch.writer.emails == ("ana+x@shop.example",)
    assert launch.writer.phones == ("+34600111222",)


def test_several_and_too_many() -> None:
    launch = launch_of(call(*[("email", f"{n}@x.example") for n in range(9)], ("ext", "7")))

    assert len(launch.writer.emails) == 5
    assert launch.writer.external_id == "7"
    assert (launch.proof, launch.source) == ("secret", "claimed")


def test_a_body_is_read_like_an_address() -> None:
    launch = launch_of(call(body=b'{"email": ["a@x.example", 7], "phone": null, "agent": "b"}'))

    assert launch.writer.emails == ("a@x.example",)


@pytest.mark.parametrize("body", [b"[]", b"x", b"[" * 100_000, b"\xff"])
def test_another_body_is_refused(body: bytes) -> None:
    with pytest.raises(LaunchRefused):
        launch_of(call(body=body))


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Mostrador-Key": ""}, {"X-Mostrador-Key": "A-secret"}, {"Authorization": "a-secret"}],
)
def test_without_the_key_nothing_is_read(headers: dict[str, str]) -> None:
    with pytest.raises(LaunchRefused):
        read_by_header(Request(headers=headers, query=(), body=b"{}"), INSTALL, NOW)


def test_an_install_without_a_key_answers_nobody() -> None:
    with pytest.raises(LaunchRefused):
        read_by_header(
            call(), InstallSecrets(id="in_1", secret=b"", origins=()), NOW
        )  # fmt: skip


def test_brackets_of_markup_leave_every_text() -> None:
    answer = in_json({"a": "<b>", "items": [{"c": "<i>", "n": 1}]})

    assert answer.body.decode() == '{"a": "‹b›", "items": [{"c": "‹i›", "n": 1}]}'
