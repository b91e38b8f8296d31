"""Contexts that prove no agent: told by a frame, or handed over by a helpdesk's server. They are
search keys for an agent who has been proven otherwise, and open nothing by themselves."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any, Literal

import msgspec

from plugin.actions import last_call
from plugin.actions.installs import find_install, platform_of, received, secrets_of
from plugin.actions.launch import (
    Context,
    Opened,
    Seat,
    context_of,
    open_session,
    opened,
)
from plugin.actions.replay import use_nonce
from plugin.db import connections as installed
from plugin.db import pairings, people
from plugin.db.session import DbConnection, Scope
from plugin.domain.identity import normal_email
from plugin.errors import Forbidden, InvalidInput, LaunchRefused
from plugin.ports.helpdesk import HostAgent, Launch, Request, Verify, Writer
from plugin.services import Services

HANDOFF_LIFE = timedelta(seconds=60)
OPENED_LIFE = timedelta(minutes=15)
GO_LIFE = timedelta(days=7)  # the link stands in the helpdesk; it opens nothing without a login
_MOST, _TEXT = 20, 4000
Kind = Literal["frame", "opened", "go"]
_LIVES: dict[Kind, timedelta] = {"frame": HANDOFF_LIFE, "opened": OPENED_LIFE, "go": GO_LIFE}
_decode_launch = msgspec.json.Decoder(Launch).decode


class SaidAgent(msgspec.Struct, kw_only=True):
    """The agent as the host's page names them."""

    id: str = ""
    name: str = ""
    email: str = ""


class SaidCustomer(msgspec.Struct, kw_only=True):
    """Who writes, as the host's page says."""

    name: str = ""
    id: str = ""
    emails: list[str] = []
    phones: list[str] = []
    handles: list[str] = []


class Said(msgspec.Struct, kw_only=True):
    """What a frame's bridge tells: every host's words brought into one shape."""

    conversation: str = ""
    link: str = ""
    channel: str = ""
    subject: str = ""
    locale: str = ""
    messages: list[str] = []
    reply_to: list[str] = []
    agent: SaidAgent = msgspec.field(default_factory=SaidAgent)
    customer: SaidCustomer = msgspec.field(default_factory=SaidCustomer)


def read_said(body: bytes) -> Said:
    """Raises InvalidInput("context_invalid")."""
    try:
        return msgspec.json.decode(body, type=Said)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("context_invalid") from error


def check_frame(services: Services, install_id: str, request: Request) -> None:
    """Contract B with a secret in the frame's address. Raises LaunchRefused("launch_invalid")."""
    platform, install = platform_of(services, install_id)
    check = platform.claimed.check if platform.claimed else None
    if check is not None and not check(request, secrets_of(services, install)):
        raise LaunchRefused("launch_invalid")


def open_context(services: Services, seat: Seat, said: Said) -> Opened:
    """A session of the proven agent for what the frame says. Raises Forbidden("agent_mismatch")
    if the frame names somebody else than the one who is proven."""
    launch = _launch_of(said)
    with services.database.reading() as connection:
        agent = people.agent_row(seat.scope, connection, seat.agent_id)
        claimed = normal_email(launch.agent.email)
        if claimed and agent is not None and claimed != agent.email:
            raise Forbidden("agent_mismatch", claimed=claimed, email=agent.email)
    return _open_proven(services, seat, launch)


def open_told(services: Services, seat: Seat, said: Said) -> Opened:
    """A session for what the frame says, of the agent whom a signed launch proved: such a launch
    may name nobody who writes. The launch's own session goes on, for what the frame says next.
    Raises Forbidden("agent_mismatch") if the frame names somebody else,
    LaunchRefused("launch_unsigned") for sessions that no launch opened."""
    if seat.proof not in ("signed", "replayable"):
        raise LaunchRefused("launch_unsigned")
    launch = _launch_of(said)
    with services.database.reading() as connection:
        agent = people.agent_row(seat.scope, connection, seat.agent_id)
    if agent is not None and launch.agent.id not in ("", agent.host_id):
        raise Forbidden("agent_mismatch", claimed=launch.agent.id, email=agent.host_id)
    if agent is not None and launch.agent.id and not agent.name:
        # the signature named an id only; a name is for reading and decides nothing
        with services.database.writing() as connection:
            people.change_agent(seat.scope, connection, seat.agent_id, name=launch.agent.name)
    return _open(services, seat, launch)


def open_handed(services: Services, seat: Seat, ref: str) -> Opened:
    """A session of the proven agent for what the helpdesk's server said. The page may come back to
    it while it is open. Raises LaunchRefused("handoff_unknown")."""
    with services.database.reading() as connection:
        stored = pairings.peek_handoff(
            seat.scope, connection, seat.install_id, "opened", _hash(ref), services.clock()
        )
    if stored is None:
        raise LaunchRefused("handoff_unknown")
    return _open_proven(services, seat, _decode_launch(stored))


def take_call(
    services: Services, install_id: str, request: Request, read: Verify
) -> tuple[Scope, Launch]:
    """A call of the helpdesk's server, verified; its owner can see what became of the last one.
    Raises LaunchRefused, NotFound."""
    with services.database.reading() as connection:
        scope, install = find_install(connection, install_id)
    try:
        launch = read(request, secrets_of(services, install), services.clock())
    except LaunchRefused as error:
        last_call.refused(services, scope, install, request, error.code)
        raise
    with services.database.writing() as connection:
        last_call.taken(services, scope, connection, install, launch)
        use_nonce(services, scope, connection, install.id, launch)
        received(services, scope, connection, install, launch)
    return scope, launch


def hand_over(services: Services, install_id: str, request: Request) -> str:
    """Contract C: the one-time code of the frame that a fragment holds. Raises LaunchRefused,
    NotFound."""
    platform, _ = platform_of(services, install_id)
    if platform.fragment is None:
        raise LaunchRefused("launch_unsigned")
    scope, launch = take_call(services, install_id, request, platform.fragment.read)
    with services.database.writing() as connection:
        return add_handoff(services, scope, connection, install_id, "frame", launch)


def take_handoff(services: Services, install_id: str, code: str) -> str:
    """The frame was loaded: its address opens nothing any more, and the page in it holds what is
    returned. Raises LaunchRefused("handoff_unknown"), NotFound("install_unknown")."""
    now = services.clock()
    with services.database.writing() as connection:
        scope, _ = find_install(connection, install_id)
        stored = pairings.take_handoff(scope, connection, install_id, "frame", _hash(code), now)
        if stored is None:
            raise LaunchRefused("handoff_unknown")
        return add_handoff(
            services, scope, connection, install_id, "opened", _decode_launch(stored)
        )


def add_handoff(
    services: Services, scope: Scope, connection: DbConnection, install_id: str, kind: Kind,
    launch: Launch,
) -> str:  # fmt: skip
    """Stores a context under a new code of 256 bits."""
    code = secrets.token_urlsafe(32)
    values = {
        "code_hash": _hash(code),
        "install_id": install_id,
        "kind": kind,
        "launch": msgspec.json.encode(launch),
        "expires_at": services.clock() + _LIVES[kind],
    }
    pairings.add_handoff(scope, connection, values)
    return code


def _open_proven(services: Services, seat: Seat, launch: Launch) -> Opened:
    if seat.proof not in ("login", "paired"):
        raise LaunchRefused("launch_unsigned")
    made = _open(services, seat, launch)
    with services.database.writing() as connection:
        people.end_session(seat.scope, connection, seat.token_hash)
    return made


def _open(services: Services, seat: Seat, launch: Launch) -> Opened:
    proof: Any = seat.proof
    with services.database.reading() as connection:
        said = context_of(seat.scope, connection, launch, proof)
        install = installed.install_row(seat.scope, connection, seat.install_id)
    context = Context(
        identifiers=said.identifiers,
        conversation=said.conversation,
        link=said.link,
        locale=said.locale if launch.locale else seat.locale,
        proof=proof,
        pairing_id=seat.pairing_id,
    )
    with services.database.writing() as connection:
        if install is not None:
            received(services, seat.scope, connection, install, launch)
        token = open_session(
            services, seat.scope, connection, seat.install_id, seat.agent_id, context
        )
    return opened(services, seat.install_id, token)


def _launch_of(said: Said) -> Launch:
    customer, agent = said.customer, said.agent
    texts = (said.subject, *said.messages[-_MOST:])
    return Launch(
        agent=HostAgent(id=agent.id[:200], name=agent.name[:200], email=agent.email[:254]),
        writer=Writer(
            name=_clean(customer.name)[:200],
            emails=_some(customer.emails),
            phones=_some(customer.phones),
            handles=_some(customer.handles),
            external_id=_clean(customer.id)[:200],
            reply_to=_some(said.reply_to),
        ),
        source="claimed",
        proof="claimed",
        conversation=_clean(said.conversation)[:200],
        text="\n".join(_clean(text)[:_TEXT] for text in texts if text),
        locale=said.locale[:35],
        channel=_clean(said.channel)[:40],
        link=_clean(said.link)[:500],
    )


def _some(values: list[str]) -> tuple[str, ...]:
    """A value that is too long is left out: half an address is another address."""
    return tuple(_clean(value) for value in values[:_MOST] if 0 < len(value) <= 254)


def _clean(text: str) -> str:
    """Without NUL and half surrogates, which JSON can carry and databases refuse."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
