"""Pairing: a browser frame proves with its own key that a person let it act for them.

The frame makes a key that cannot leave it and asks to be paired; on a page of our own the person
logs in, compares the code and confirms. From then on the frame signs a challenge for every token.

A frame whose agent a signed launch proved asks nobody: its key holds what was proven while nobody
looks at it, as a host signs only when it loads the frame.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from plugin.actions.browser_keys import check_signature, checked, public_key, thumbprint
from plugin.actions.installs import find_install
from plugin.actions.launch import Context, Opened, Seat, open_session, opened, seat_in
from plugin.db import attempts, pairings, people
from plugin.db.accounts import ACCOUNT
from plugin.db.connections import InstallRow
from plugin.db.session import DbConnection, Scope
from plugin.domain.identity import Identifiers, normal_email
from plugin.errors import Conflict, Forbidden, LaunchRefused, NotFound, TooMany
from plugin.ports.clock import new_id
from plugin.services import Services

WAITING = timedelta(minutes=10)
MOST_WAITING = 200
MOST_ASKED, ASKING = 120, timedelta(hours=1)  # of one address, behind which an office may be
HELD = timedelta(hours=12)  # a working day


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
    state: Literal["waiting", "paired", "held", "declined", "revoked", "expired"]


def begin(
    services: Services, install_id: str, key: Mapping[str, Any], *, claimed_email: str,
    browser: str, visitor: str,
) -> Asked:  # fmt: skip
    """A frame asks to be paired. `key` is its public key as a JWK, `visitor` whom requests are
    counted for. Raises InvalidInput("key_invalid"), NotFound("install_unknown"),
    TooMany("pairing_too_many")."""
    number = secrets.randbelow(10_000)
    values = {
        **_new(services, install_id, key, WAITING),
        "agent_id": "",
        "state": "waiting",
        "code": f"{number // 100:02d}-{number % 100:02d}",
        "claimed_email": normal_email(claimed_email),
        "browser": browser[:80],
    }
    with services.database.writing() as connection:
        scope, _ = find_install(connection, install_id)
        _count(connection, f"pairing {install_id} {visitor}", services.clock())
        pairings.drop_oldest_waiting(scope, connection, install_id, MOST_WAITING - 1)
        pairings.add(scope, connection, values)
    return Asked(id=values["id"], code=values["code"])


def _count(connection: DbConnection, name: str, now: datetime) -> None:
    if attempts.count(connection, name, now, now + ASKING) > MOST_ASKED:
        _, until = attempts.known(connection, name, now)
        minutes = max(1, -((now - until) // timedelta(minutes=1)))
        raise TooMany("pairing_too_many", minutes=minutes)


def hold(services: Services, seat: Seat, key: Mapping[str, Any]) -> str:
    """The id under which the frame of a signed launch goes on by its own key, for a working day.
    Raises LaunchRefused("launch_unsigned") where no fresh signature proved the agent,
    InvalidInput("key_invalid")."""
    if seat.proof != "signed" or seat.pairing_id:
        raise LaunchRefused("launch_unsigned")
    values = {
        **_new(services, seat.install_id, key, HELD),
        "agent_id": seat.agent_id,
        "state": "held",
        "code": "",
    }
    with services.database.writing() as connection:
        pairings.add(seat.scope, connection, values)
    return str(values["id"])


def _new(
    services: Services, install_id: str, key: Mapping[str, Any], life: timedelta
) -> dict[str, Any]:
    public, now = public_key(key), services.clock()
    return {
        "id": f"{install_id}.{secrets.token_urlsafe(16)}",
        "install_id": install_id,
        "public_key": public,
        "thumbprint": thumbprint(public),
        "created_at": now,
        "expires_at": now + life,
    }


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
        nonce, expires_at = checked(services, install_id, challenge)
        check_signature(row.public_key, pairing_id, challenge, signature)
        if _state(row, now) == "waiting":
            return None
        if _state(row, now) not in ("paired", "held"):
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
    ends = row.state in ("waiting", "held")
    return "expired" if ends and row.expires_at <= now else row.state


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
        link=seat.link if seat else "",
        locale=seat.locale if seat else (agent.locale or "es"),
        proof="signed" if row.state == "held" else "paired",
        pairing_id=row.id,
    )


def _same_person(said: Any, paired: Any) -> None:
    """Raises Forbidden("agent_mismatch") if the helpdesk names somebody else."""
    if said is not None and said.email and said.email != paired.email:
        raise Forbidden("agent_mismatch", claimed=said.email, email=paired.email)
