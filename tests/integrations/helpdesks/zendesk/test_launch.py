from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from integrations.helpdesks.zendesk.launch import verify
from plugin.errors import LaunchRefused
from plugin.ports.helpdesk import InstallSecrets, Launch, Request
from tests.hosts.zendesk import GUID, ORIGIN, Account

STAMP = 1_800_000_000
NOW = datetime.fromtimestamp(STAMP, UTC)
ACCOUNT, OTHER = Account(), Account("other.zendesk.com")


def install(**fields: str) -> InstallSecrets:
    known = {"public_key": ACCOUNT.pem, **fields}
    return InstallSecrets(id="in_1", secret=b"unused", origins=(ORIGIN,), fields=known)


INSTALL = install()


def post(*tokens: str, origin: str = ORIGIN) -> Request:
    return Request(
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        query=[("origin", origin), ("app_guid", GUID)],
        body=urlencode([("token", token) for token in tokens]).encode(),
    )


def refusal(request: Request, *, known: InstallSecrets = INSTALL, now: datetime = NOW) -> str:
    with pytest.raises(LaunchRefused) as caught:
        verify(request, known, now)
    return caught.value.code


def opened(**changes: Any) -> Launch:
    return verify(post(ACCOUNT.token(STAMP, **changes)), INSTALL, NOW)


def test_a_good_token_names_the_agent_and_nobody_who_writes() -> None:
    launch = opened()

    assert (launch.agent.id, launch.agent.email, launch.proof) == ("7", "", "signed")
    assert (launch.writer.emails, launch.conversation) == ((), "")
    assert launch.expires_at == NOW + timedelta(seconds=120 + 60)


def test_the_same_token_is_told_by_its_nonce() -> None:
    first, again = (verify(post(ACCOUNT.token(STAMP)), INSTALL, NOW) for _ in range(2))

    assert first.nonce == again.nonce != opened(nbf=STAMP - 1).nonce


def test_two_frames_may_get_the_same_token() -> None:
    request = post(ACCOUNT.token(STAMP))
    other = Request(headers={}, query=[*request.query[:1], ("app_guid", "2")], body=request.body)

    first, second = verify(request, INSTALL, NOW), verify(other, INSTALL, NOW)
    assert first.nonce != second.nonce
    assert first.shared == second.shared != ""
    assert refusal(Request(headers={}, query=request.query[:1], body=request.body)) == (
        "launch_invalid"
    )


def test_the_issuer_may_be_an_address() -> None:
    assert opened(iss=ORIGIN).agent.id == "7"


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "exp", "iat"])
def test_no_claim_may_be_missing(name: str) -> None:
    assert refusal(post(ACCOUNT.token(STAMP, **{name: None}))) == "launch_invalid"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "other.zendesk.com"}, "launch_other_install"),
        ({"aud": "https://other.zendesk.com/api/v2/apps/installations/123.json"},
         "launch_other_install"),
        ({"sub": "https://other.zendesk.com/api/v2/users/7.json"}, "launch_other_install"),
        ({"sub": f"https://{'tiendaazul.zendesk.com'}.evil.example/api/v2/users/7.json"},
         "launch_other_install"),
        ({"sub": f"http{ORIGIN[5:]}/api/v2/users/7.json"}, "launch_other_install"),
        ({"sub": f"{ORIGIN}/api/v2/users/7.json?as=8"}, "launch_invalid"),
        ({"sub": f"{ORIGIN}/api/v2/users/me.json"}, "launch_invalid"),
        ({"aud": [f"{ORIGIN}/api/v2/apps/installations/123.json"]}, "launch_invalid"),
        ({"exp": STAMP - 60, "iat": STAMP - 200}, "launch_expired"),
        ({"exp": STAMP + 86_400}, "launch_invalid"),
        ({"iat": STAMP + 61, "exp": STAMP + 100, "nbf": None}, "launch_invalid"),
        ({"nbf": STAMP + 61}, "launch_invalid"),
        ({"exp": STAMP}, "launch_invalid"),
        ({"exp": float(STAMP + 60)}, "launch_invalid"),
        ({"exp": True}, "launch_invalid"),
        ({"exp": 10**30}, "launch_invalid"),
    ],
)  # fmt: skip
def test_wrong_claims(changes: dict[str, Any], code: str) -> None:
    assert refusal(post(ACCOUNT.token(STAMP, **changes))) == code


def test_a_token_is_good_for_a_minute_more() -> None:
    request = post(ACCOUNT.token(STAMP))

    assert verify(request, INSTALL, NOW + timedelta(seconds=179)).agent.id == "7"
    assert refusal(request, now=NOW + timedelta(seconds=180)) == "launch_expired"


def test_another_accounts_key_is_refused() -> None:
    claims = ACCOUNT.claims(STAMP)

    assert refusal(post(jwt.encode(claims, OTHER.key, algorithm="RS256"))) == "launch_invalid"


def test_an_install_may_be_bound_to_one_installation() -> None:
    request = post(ACCOUNT.token(STAMP))

    assert verify(request, install(installation="123"), NOW).agent.id == "7"
    assert refusal(request, known=install(installation="124")) == "launch_other_install"


def test_the_algorithm_is_not_the_tokens_to_choose() -> None:
    claims = ACCOUNT.claims(STAMP)
    none = jwt.encode(claims, None, algorithm="none")
    header = jwt.utils.base64url_encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    body = jwt.utils.base64url_encode(json.dumps(claims).encode())
    signed = header + b"." + body
    mac = jwt.get_algorithm_by_name("HS256").sign(signed, ACCOUNT.pem.encode())
    confused = (signed + b"." + jwt.utils.base64url_encode(mac)).decode()

    assert refusal(post(none)) == "launch_invalid"
    assert refusal(post(confused)) == "launch_invalid"
    assert refusal(post(jwt.encode(claims, "x" * 32, algorithm="HS256"))) == "launch_invalid"


@pytest.mark.parametrize(
    "origin", ["", "https://evil.example", f"{ORIGIN}.evil.example", f"{ORIGIN}/", "*"]
)
def test_the_address_must_name_the_installs_helpdesk(origin: str) -> None:
    assert refusal(post(ACCOUNT.token(STAMP), origin=origin)) == "launch_other_origin"


def test_the_origin_is_said_once() -> None:
    good = post(ACCOUNT.token(STAMP))
    twice = Request(headers={}, query=[*good.query, ("origin", ORIGIN)], body=good.body)

    assert refusal(twice) == "launch_other_origin"


@pytest.mark.parametrize(
    ("key", "code"), [("", "launch_key_missing"), ("no key", "launch_key_invalid")]
)
def test_without_a_key_nothing_is_believed(key: str, code: str) -> None:
    assert refusal(post(ACCOUNT.token(STAMP)), known=install(public_key=key)) == code


def test_a_key_of_another_kind_is_refused() -> None:
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = curve.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    assert refusal(post(ACCOUNT.token(STAMP)), known=install(public_key=pem)) == (
        "launch_key_invalid"
    )


def test_what_is_no_launch() -> None:
    token = ACCOUNT.token(STAMP)

    assert refusal(post()) == "launch_missing"
    assert refusal(post(token, token)) == "launch_invalid"
    assert refusal(post("x")) == "launch_invalid"
    assert refusal(post("x" * 70_000)) == "launch_invalid"
    body = Request(headers={}, query=post(token).query, body=b"\xff")
    assert refusal(body) == "launch_invalid"
