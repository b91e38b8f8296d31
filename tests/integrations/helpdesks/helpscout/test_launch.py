from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from integrations.helpdesks.helpscout.launch import SIGNATURE, sign, verify
from plugin.errors import LaunchRefused
from plugin.ports.helpdesk import InstallSecrets, Request
from tests.hosts.helpscout import IDS, address

SECRET = "my-secret-key"
INSTALL = InstallSecrets(
    id="in_1", secret=SECRET.encode(), origins=("https://secure.helpscout.net",)
)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
GOOD = [*IDS.items(), (SIGNATURE, "gQMJcZzfUf/rCmrj4l4STPtMWEI=")]


def get(pairs: list[tuple[str, str]]) -> Request:
    return Request(headers={}, query=pairs, body=b"")


def refusal(pairs: list[tuple[str, str]], install: InstallSecrets = INSTALL) -> str:
    with pytest.raises(LaunchRefused) as caught:
        verify(get(pairs), install, NOW)
    return caught.value.code


def test_a_good_address_names_ids_and_may_be_a_replay() -> None:
    launch = verify(get(GOOD), INSTALL, NOW)

    assert (launch.agent.id, launch.conversation) == ("4004", "1001")
    assert (launch.writer.external_id, launch.writer.emails) == ("2002", ())
    assert (launch.proof, launch.nonce) == ("replayable", "")


def test_an_address_as_a_browser_sends_it() -> None:
    sent = address("https://panel.example/panel/in_1/v1", SECRET)

    assert verify(get(parse_qsl(urlsplit(sent).query)), INSTALL, NOW).agent.id == "4004"


@pytest.mark.parametrize("at", range(5))
def test_a_changed_parameter_is_refused(at: int) -> None:
    pairs = list(GOOD)
    pairs[at] = (pairs[at][0], "9")

    assert refusal(pairs) == "launch_invalid"


def test_the_order_is_signed_too() -> None:
    assert refusal([GOOD[1], GOOD[0], *GOOD[2:]]) == "launch_invalid"


def test_the_place_of_the_signature_is_not() -> None:
    assert verify(get([GOOD[-1], *GOOD[:-1]]), INSTALL, NOW).agent.id == "4004"


def test_parameters_added_or_left_out_are_refused() -> None:
    assert refusal([*GOOD, ("x", "1")]) == "launch_invalid"
    assert refusal(GOOD[1:]) == "launch_invalid"
    assert refusal([("user-id", "1"), *GOOD]) == "launch_invalid"
    assert refusal([*GOOD, GOOD[-1]]) == "launch_invalid"


@pytest.mark.parametrize("secret", ["", "another", "My-secret-key"])
def test_another_installs_secret_is_refused(secret: str) -> None:
    other = InstallSecrets(id="in_2", secret=secret.encode(), origins=())

    assert refusal(GOOD, other) == "launch_invalid"


def test_an_empty_secret_believes_nobody() -> None:
    pairs = [*IDS.items(), (SIGNATURE, sign(IDS, b""))]

    assert refusal(pairs, InstallSecrets(id="in_1", secret=b"", origins=())) == "launch_invalid"


@pytest.mark.parametrize("signature", ["x", "ñ", "\ud800", "gQMJcZzfUf/rCmrj4l4STPtMWEI"])
def test_what_is_no_signature(signature: str) -> None:
    assert refusal([*IDS.items(), (SIGNATURE, signature)]) == "launch_invalid"


def test_no_signature_at_all() -> None:
    assert refusal(list(IDS.items())) == "launch_missing"


@pytest.mark.parametrize("changes", [{"user-id": ""}, {"user-id": "ana"}, {"customer-id": "<b>"}])
def test_signed_nonsense_is_refused(changes: dict[str, str]) -> None:
    said = {**IDS, **changes}

    assert refusal([*said.items(), (SIGNATURE, sign(said, SECRET.encode()))]) == "launch_invalid"


def test_too_much_is_refused() -> None:
    assert refusal([*GOOD, *((f"x{n}", "1") for n in range(40))]) == "launch_invalid"
    assert refusal([*GOOD, ("x", "1" * 600)]) == "launch_invalid"
