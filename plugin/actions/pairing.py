"""Pairing: a browser frame proves with its own key that a person let it act for them.

The frame makes a key that cannot leave it and asks to be paired; on a page of our own the person
logs in, compares the code and confirms. From then on the frame signs a challenge for every token.
A challenge is made by us, holds for a minute and one install, and is answered once.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from plugin.actions.installs import find_install
from plugin.actions.launch import Context, Opened, open_session, opened, seat_in
from plugin.db import pairings, people
from plugin.db.accounts import ACCOUNT
from plugin.db.connections import InstallRow
from plugin.db.session import DbConnection, Scope
from plugin.domain.identity import Identifiers, normal_email
from plugin.errors import Conflict, Forbidden, InvalidInput, LaunchRefused, NotFound
from plugin.ports.clock import new_id
from plugin.services import Services

WAITING = timedelta(minutes=10)
CHALLENGE_LIFE = timedelta(seconds=60)
MOST_WAITING = 200
_PURPOSE = "pairing-challenge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A pairing that waits for a person; `code` is shown in both places."""

    id: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is logged in on our own page."""

    id: str
    name: str
    email: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingView:
    """What the person is asked."""

    id: str
    scope: Scope
    helpdesk: str
    install: str
    code: str
    browser: str
    claimed_email: str
    asked_at: datetime
    state: Literal["waiting", "paired", "declined", "revoked", "expired"]


def begin(
    services: Services, install_id: str, key: Mapping[str, Any], *, claimed_email: str, browser: str
) -> Asked:
    """A frame asks to be paired. `key` is its public key as a JWK. Raises
    InvalidInput("key_invalid"), NotFound("install_unknown")."""
    public = _public_key(key)
    now = services.clock()
    pairing_id = f"{install_id}.{secrets.token_urlsafe(16)}"
    number = secrets.randbelow(10_000)
    code = f"{number // 100:02d}-{number % 100:02d}"
    values = {
        "id": pairing_id,
        "install_id": install_id,
        "agent_id": "",
        "state": "waiting",
        "public_key": public,
        "thumbprint": _thumbprint(public),
        "code": code,
        "claimed_email": normal_email(claimed_email),
        "browser": browser[:80],
        "created_at": now,
        "expires_at": now + WAITING,
    }
    with services.database.writing() as connection:
        scope, _ = find_install(connection, install_id)
        pairings.drop_oldest_waiting(scope, connection, install_id, MOST_WAITING - 1)
        pairings.add(scope, connection, values)
    return Asked(id=pairing_id, code=code)


def challenge(services: Services, install_id: str) -> str:
    """Something new for a browser of this install to sign, once and within a minute."""
    expires = int((services.clock() + CHALLENGE_LIFE).timestamp())
    said = f"{expires}.{secrets.token_urlsafe(16)}"
    mac = services.keys.mac(_PURPOSE, f"{install_id}|{said}".encode())
    return f"{said}.{_base64(mac)}"


def redeem(
    services: Services, install_id: str, pairing_id: str, *, challenge: str, signature: str,
    token: str = "",
) -> Opened | None:  # fmt: skip
    """A signed challenge for a token; None while nobody has confirmed. `token` is the session to go
    on with: of this very pairing, or a launch whose agent had to be proven. Raises LaunchRefused,
    NotFound, Forbidden."""
    now = services.clock()
    with services.database.reading() as connection:
        scope, install = find_install(connection, install_id)
        row = pairings.find(scope, connection, install_id, pairing_id)
        if row is None:
            raise NotFound("pairing_unknown")
        nonce, expires_at = _checked(services, install_id, challenge)
        _check_signature(row.public_key, pairing_id, challenge, signature)
        if _state(row, now) == "waiting":
            return None
        if _state(row, now) != "paired":
            raise LaunchRefused(f"pairing_{_state(row, now)}")
        context = _carried(services, scope, connection, row, token)
    with services.database.writing() as connection:
        if not pairings.use_nonce(scope, connection, install.id, nonce, expires_at):
            raise LaunchRefused("challenge_replayed")
        made = open_session(services, scope, connection, install.id, row.agent_id, context)
        if token:
            people.end_session(scope, connection, hashlib.sha256(token.encode()).hexdigest())
    return opened(services, install_id, made)


def look(services: Services, pairing_id: str) -> PairingView:
    """For the page that asks the person. Raises NotFound("pairing_unknown")."""
    with services.database.reading() as connection:
        scope, install, row = _found(connection, pairing_id)
    return PairingView(
        id=row.id,
        scope=scope,
        helpdesk=services.helpdesks[install.helpdesk].label,
        install=install.label,
        code=row.code,
        browser=row.browser,
        claimed_email=row.claimed_email,
        asked_at=row.created_at,
        state=_state(row, services.clock()),
    )


def confirm(services: Services, scope: Scope, pairing_id: str, code: str, person: Person) -> None:
    """The person lets this browser act for them. Raises NotFound for another workspace's,
    Conflict("pairing_over"), Forbidden("pairing_code_differs" | "pairing_wrong_person")."""
    now = services.clock()
    with services.database.writing() as connection:
        of, install, row = _found(connection, pairing_id)
        if of != scope:
            raise NotFound("pairing_unknown")
        if not secrets.compare_digest(row.code.encode(), code.encode()):
            raise Forbidden("pairing_code_differs")
        if row.claimed_email and row.claimed_email != normal_email(person.email):
            raise Forbidden("pairing_wrong_person", claimed=row.claimed_email, email=person.email)
        agent_id = agent_of(scope, connection, install, person, now)
        if not pairings.confirm(scope, connection, pairing_id, agent_id, now):
            raise Conflict("pairing_over")


def decline(services: Services, scope: Scope, pairing_id: str) -> None:
    """Not this person's browser. Raises NotFound("pairing_unknown")."""
    with services.database.writing() as connection:
        of, _, row = _found(connection, pairing_id)
        if of != scope or row.state != "waiting":
            raise NotFound("pairing_unknown")
        pairings.end(scope, connection, pairing_id, "declined")


def revoke(services: Services, scope: Scope, pairing_id: str) -> None:
    """This browser acts no more, from its very next request. Raises NotFound."""
    with services.database.writing() as connection:
        if not pairings.end(scope, connection, pairing_id, "revoked"):
            raise NotFound("pairing_unknown")


def agent_of(
    scope: Scope, connection: DbConnection, install: InstallRow, person: Person, now: datetime
) -> str:
    """An account as an agent of one install; the account says name, address and role. Raises
    LaunchRefused("agent_disabled")."""
    host_id = ACCOUNT + person.id
    known = {
        "name": person.name[:200] or person.email,
        "email": normal_email(person.email),
        "role": person.role,
    }
    made = {"id": new_id("ag_"), "install_id": install.id, "host_id": host_id, "active": True}
    people.add_agent(scope, connection, {**made, **known, "created_at": now})
    row = people.agent_by_host(scope, connection, install.id, host_id)
    if row is None or not row.active:
        raise LaunchRefused("agent_disabled")
    people.change_agent(scope, connection, row.id, **known)
    return str(row.id)


def _found(connection: DbConnection, pairing_id: str) -> tuple[Scope, InstallRow, Any]:
    install_id, _, _ = pairing_id.partition(".")
    try:
        scope, install = find_install(connection, install_id)
    except NotFound as error:
        raise NotFound("pairing_unknown") from error
    row = pairings.find(scope, connection, install_id, pairing_id)
    if row is None:
        raise NotFound("pairing_unknown")
    return scope, install, row


def _state(row: Any, now: datetime) -> Any:
    waits = row.state == "waiting"
    return "expired" if waits and row.expires_at <= now else row.state


def _carried(
    services: Services, scope: Scope, connection: DbConnection, row: Any, token: str
) -> Context:
    """For whom the new token is: as before, or for nobody yet. Raises LaunchRefused if there is
    nothing to go on with: a page that was asleep tells its conversation again."""
    agent = people.agent_row(scope, connection, row.agent_id)
    if agent is None or not agent.active:
        raise LaunchRefused("agent_disabled")
    seat = seat_in(connection, row.install_id, token, services.clock()) if token else None
    if seat is not None and seat.proof == "replayable":
        _same_person(people.agent_row(scope, connection, seat.agent_id), agent)
    elif seat is not None and seat.pairing_id != row.id:
        raise LaunchRefused("token_unknown")
    return Context(
        identifiers=seat.identifiers if seat else Identifiers(),
        conversation=seat.conversation if seat else "",
        locale=seat.locale if seat else (agent.locale or "es"),
        proof="paired",
        pairing_id=row.id,
    )


def _same_person(said: Any, paired: Any) -> None:
    """Raises Forbidden("agent_mismatch") if the helpdesk names somebody else."""
    if said is not None and said.email and said.email != paired.email:
        raise Forbidden("agent_mismatch", claimed=said.email, email=paired.email)


def _checked(services: Services, install_id: str, challenge: str) -> tuple[str, datetime]:
    """The part of a challenge that is used once, and until when that must be remembered."""
    said, _, mac = challenge.rpartition(".")
    expires, _, nonce = said.partition(".")
    data = f"{install_id}|{said}".encode()
    if not services.keys.checks(_PURPOSE, data, _bytes(mac)):
        raise LaunchRefused("challenge_invalid")
    expires_at = datetime.fromtimestamp(int(expires), UTC)
    if services.clock() >= expires_at:
        raise LaunchRefused("challenge_expired")
    return f"challenge:{nonce}", expires_at


def _check_signature(key: Any, pairing_id: str, challenge: str, signature: str) -> None:
    """ECDSA over "mostrador-pairing-v1", the pairing and the challenge, a line each. Raises
    LaunchRefused("key_signature_invalid")."""
    raw = _bytes(signature)
    said = f"mostrador-pairing-v1\n{pairing_id}\n{challenge}".encode()
    try:
        if len(raw) != 64:
            raise InvalidSignature
        der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        _point(key).public_key().verify(der, said, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError) as error:
        raise LaunchRefused("key_signature_invalid") from error


def _public_key(key: Mapping[str, Any]) -> dict[str, str]:
    """Only what a P-256 public key is made of. Raises InvalidInput("key_invalid")."""
    public = {name: str(key.get(name, "")) for name in ("crv", "kty", "x", "y")}
    try:
        if (public["kty"], public["crv"]) != ("EC", "P-256") or "d" in key:
            raise ValueError
        _point(public).public_key()
    except ValueError as error:
        raise InvalidInput("key_invalid") from error
    return public


def _point(key: Mapping[str, str]) -> ec.EllipticCurvePublicNumbers:
    x, y = _bytes(key["x"]), _bytes(key["y"])
    if (len(x), len(y)) != (32, 32):
        raise ValueError("not a point of this curve")
    return ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), ec.SECP256R1())


def _thumbprint(public: Mapping[str, str]) -> str:
    """RFC 7638."""
    text = f'{{"crv":"P-256","kty":"EC","x":"{public["x"]}","y":"{public["y"]}"}}'
    return _base64(hashlib.sha256(text.encode()).digest())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    """b"" for what is no base64url: it equals nothing."""
    try:
        return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        return b""
