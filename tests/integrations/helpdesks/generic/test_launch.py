from __future__ import annotations

import base64
import json
import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

import integrations.helpdesks.generic as generic
import ui
from integrations.helpdesks.generic.launch import MAX_BODY, verify
from plugin.errors import LaunchRefused
from plugin.ports.helpdesk import HostAgent, InstallSecrets, Launch, Request, Writer

KEY = b"mostrador-test-vector-secret-32-bytes!"
INSTALL = InstallSecrets(id="in_0123456789abcdef", secret=KEY, origins=("http://127.0.0.1:8001",))
NOW = datetime.fromtimestamp(1_800_000_000, UTC)
ROOT = Path(ui.__file__).parents[1]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def claims(**changes: Any) -> dict[str, Any]:
    """A good launch; a change to None leaves the claim out."""
    good = {
        "iss": "helpdesk", "aud": INSTALL.id, "iat": 1_800_000_000, "exp": 1_800_000_060,
        "jti": "9f1c2d", "agent": {"id": "7", "name": "Ana", "email": "ana@shop.example"},
        "conversation": "1001",
        "customer": {
            "name": "Carmen", "emails": ["carmen@example.com"], "phones": ["+34 655 55 01 01"],
        },
        "subject": "Pedido 1038", "messages": ["¿Dónde está?"], "locale": "es",
    }  # fmt: skip
    return {key: value for key, value in {**good, **changes}.items() if value is not None}


def signed(**changes: Any) -> str:
    return jwt.encode(claims(**changes), KEY, algorithm="HS256")


def form(*tokens: str) -> Request:
    body = urlencode([("launch", token) for token in tokens]).encode()
    return Request(headers=FORM, query=(), body=body)


def opened(token: str, now: datetime = NOW) -> Launch:
    return verify(form(token), INSTALL, now)


def refusal(request: Request, now: datetime = NOW) -> str:
    with pytest.raises(LaunchRefused) as caught:
        verify(request, INSTALL, now)
    return caught.value.code


class TestGoodLaunch:
    def test_names_agent_and_writer(self) -> None:
        assert opened(signed()) == Launch(
            agent=HostAgent(id="7", name="Ana", email="ana@shop.example"),
            writer=Writer(
                name="Carmen", emails=("carmen@example.com",), phones=("+34 655 55 01 01",)
            ),
            source="signed",
            conversation="1001",
            text="Pedido 1038\n¿Dónde está?",
            locale="es",
            nonce="9f1c2d",
            expires_at=NOW + timedelta(seconds=70),
        )

    def test_may_come_as_json(self) -> None:
        request = Request(
            headers={"content-type": "application/json; charset=utf-8"}, query=(),
            body=json.dumps({"launch": signed()}).encode(),
        )  # fmt: skip

        assert verify(request, INSTALL, NOW).agent.id == "7"

    def test_needs_no_customer(self) -> None:
        token = signed(customer=None, subject=None, messages=None, locale=None, conversation=None)

        assert opened(token).writer == Writer()

    def test_reads_the_last_messages(self) -> None:
        said = opened(signed(subject="", messages=[str(i) for i in range(30)])).text

        assert said.splitlines() == [str(i) for i in range(10, 30)]

    def test_takes_a_number_for_an_agent_id(self) -> None:
        assert opened(signed(agent={"id": 42})).agent == HostAgent(id="42")

    @pytest.mark.parametrize("seconds", [-10, 69])
    def test_holds_while_clocks_differ_by_ten_seconds(self, seconds: int) -> None:
        assert opened(signed(), NOW + timedelta(seconds=seconds)).nonce == "9f1c2d"

    def test_vectors_for_vendors(self) -> None:
        said = json.loads((Path(ui.__file__).parent / "embed" / "vectors.json").read_bytes())
        known = InstallSecrets(id=said["install"], secret=said["secret"].encode(), origins=())
        now = datetime.fromtimestamp(said["now"], UTC)

        for vector in said["vectors"]:
            try:
                verify(form(vector["token"]), known, now)
                answer = "ok"
            except LaunchRefused as error:
                answer = error.code
            assert answer == vector["answer"], vector["about"]

    def test_the_signing_of_the_document_is_accepted(self) -> None:
        """Run as a vendor would copy it."""
        document = (ROOT / "docs" / "embed.md").read_text(encoding="utf-8")
        (code,) = re.findall(r"```js\n// sign\.mjs\n(.*?)```", document, re.DOTALL)
        made = subprocess.run(
            ("node", "--input-type=module"), input=f"{code}\nconsole.log(token)", check=True,
            capture_output=True, text=True,
            env={**os.environ, "SECRET": KEY.decode(), "INSTALL": INSTALL.id},
        )  # fmt: skip

        launch = opened(made.stdout.strip(), datetime.now(UTC))
        assert (launch.agent.id, launch.writer.emails) == ("7", ("carmen@example.com",))

    def test_vector_of_the_readme(self) -> None:
        readme = (Path(generic.__file__).parent / "README.md").read_text(encoding="utf-8")
        (token,) = re.findall(r"^eyJ\S+$", readme, re.MULTILINE)

        assert token == signed()
        assert opened(token).writer.emails == ("carmen@example.com",)


class TestSignature:
    def test_of_another_key_is_refused(self) -> None:
        token = jwt.encode(claims(), b"x" * 32, algorithm="HS256")

        assert refusal(form(token)) == "launch_invalid"

    def test_none_is_refused(self) -> None:
        token = jwt.encode(claims(), "", algorithm="none")

        assert refusal(form(token)) == "launch_invalid"

    def test_of_another_algorithm_is_refused(self) -> None:
        token = jwt.encode(claims(), KEY * 2, algorithm="HS512")

        assert refusal(form(token)) == "launch_invalid"

    def test_of_changed_claims_is_refused(self) -> None:
        head, _, signature = signed().split(".")
        forged = base64.urlsafe_b64encode(json.dumps(claims(agent={"id": "1"})).encode())

        assert refusal(form(f"{head}.{forged.decode().rstrip('=')}.{signature}")) == (
            "launch_invalid"
        )

    def test_is_never_checked_with_an_empty_secret(self) -> None:
        empty = InstallSecrets(id=INSTALL.id, secret=b"", origins=())

        with pytest.raises(LaunchRefused) as caught:
            verify(form(signed()), empty, NOW)
        assert caught.value.code == "launch_invalid"


class TestTime:
    def test_a_stale_launch_is_refused(self) -> None:
        assert refusal(form(signed()), NOW + timedelta(seconds=70)) == "launch_expired"

    def test_a_launch_from_the_future_is_refused(self) -> None:
        assert refusal(form(signed()), NOW - timedelta(seconds=11)) == "launch_invalid"

    def test_a_launch_that_does_not_begin_yet_is_refused(self) -> None:
        soon = int(NOW.timestamp()) + 11
        assert refusal(form(signed(nbf=soon))) == "launch_invalid"

    def test_a_long_lived_launch_is_refused(self) -> None:
        assert refusal(form(signed(exp=1_800_000_061))) == "launch_invalid"

    @pytest.mark.parametrize("name", ["iat", "exp"])
    @pytest.mark.parametrize("value", ["1800000000", True, 1_800_000_000.5, 10**30, [], None])
    def test_anything_but_whole_seconds_is_refused(self, name: str, value: object) -> None:
        assert refusal(form(signed(**{name: value}))) == "launch_invalid"


class TestClaims:
    def test_of_another_install_are_refused(self) -> None:
        assert refusal(form(signed(aud="in_other"))) == "launch_other_install"

    def test_of_several_installs_are_refused(self) -> None:
        assert refusal(form(signed(aud=["in_other", INSTALL.id]))) == "launch_other_install"

    @pytest.mark.parametrize("missing", ["iss", "aud", "iat", "exp", "jti", "agent"])
    def test_each_needed_one_must_be_there(self, missing: str) -> None:
        assert refusal(form(signed(**{missing: None}))).startswith("launch_")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"iss": "somebody"}, {"jti": ""}, {"jti": "x" * 201}, {"jti": 7.5},
            {"agent": {}}, {"agent": {"id": " "}}, {"agent": {"id": None}}, {"agent": "Ana"},
            {"agent": {"id": "7\0"}}, {"agent": {"id": "7", "name": ["Ana"]}},
            {"customer": ["carmen@example.com"]}, {"customer": {"emails": "carmen@example.com"}},
            {"customer": {"phones": [34655550101]}}, {"subject": 5}, {"messages": "hola"},
            {"messages": [None]}, {"locale": {}}, {"conversation": ["1001"]},
        ],
    )  # fmt: skip
    def test_wrong_values_are_refused(self, wrong: dict[str, Any]) -> None:
        assert refusal(form(signed(**wrong))) == "launch_invalid"

    def test_long_texts_are_cut(self) -> None:
        launch = opened(
            signed(agent={"id": "7", "name": "A" * 999}, subject="s" * 9999, messages=[])
        )

        assert (len(launch.agent.name), len(launch.text)) == (200, 4000)

    def test_addresses_are_never_cut(self) -> None:
        launch = opened(signed(customer={"emails": ["a" * 250 + "@example.com", "b@example.com"]}))

        assert launch.writer.emails == ("b@example.com",)

    def test_what_a_database_would_refuse_is_taken_out(self) -> None:
        launch = opened(signed(subject="ho\0la \ud83d", messages=None))

        assert launch.text == "hola ?"


class TestRequest:
    def test_without_a_token_is_refused(self) -> None:
        assert refusal(form()) == "launch_missing"
        assert refusal(form("")) == "launch_missing"
        assert refusal(Request(headers={}, query=(), body=b"")) == "launch_missing"

    def test_a_token_in_the_query_is_not_looked_at(self) -> None:
        assert refusal(Request(headers=FORM, query=(("launch", signed()),), body=b"")) == (
            "launch_missing"
        )

    def test_with_two_tokens_is_refused(self) -> None:
        assert refusal(form(signed(), signed())) == "launch_invalid"

    @pytest.mark.parametrize("token", ["x", "a.b.c", "..", "é", "eyJhbGciOiJIUzI1NiJ9.bnVsbA.x"])
    def test_with_something_else_is_refused(self, token: str) -> None:
        assert refusal(form(token)) == "launch_invalid"

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"[]", b'{"launch": 5}', b"\xff", b"[" * 60_000, b'"launch"']
    )
    def test_with_broken_json_is_refused(self, body: bytes) -> None:
        request = Request(headers={"Content-Type": "application/json"}, query=(), body=body)

        assert refusal(request) == "launch_invalid"

    def test_that_is_huge_is_refused(self) -> None:
        request = Request(headers=FORM, query=(), body=b"launch=" + b"x" * MAX_BODY)

        assert refusal(request) == "launch_invalid"
