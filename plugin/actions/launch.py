"""Opening the panel: who is the agent, who writes, and the token that stands for both."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from plugin.actions.installs import find_install, received, secrets_of
from plugin.actions.replay import use_nonce
from plugin.actions.shops import sync_percent
from plugin.actions.writer import identify
from plugin.db import connections as installed
from plugin.db import pairings, people, seats
from plugin.db.session import DbConnection, Scope
from plugin.domain.identity import Identifiers, normal_email
from plugin.domain.policy import role_for
from plugin.errors import LaunchRefused
from plugin.ports.clock import new_id
from plugin.ports.helpdesk import HostAgent, Launch, Proof, Request
from plugin.services import Services

TOKEN_LIFE = timedelta(minutes=15)
OVERDUE = timedelta(minutes=15)
"""After this an unanswered call is somebody's to look at."""
_decode_identifiers = msgspec.json.Decoder(Identifiers).decode
_LOCALES = ("es", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionHealth:
    """How one shop is doing, as the panel says it."""

    id: str
    platform: str
    label: str
    currency: str
    timezone: str
    failing_since: datetime | None
    failure_code: str
    last_ok_at: datetime | None
    sync_state: Literal["waiting", "running", "paused", "done", "failed"]
    sync_percent: int | None
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """The newest live search for this writer in one shop."""

    connection_id: str
    state: Literal["asking", "answered", "failed"]
    code: str
    asked_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Who sits at the panel now, for whom, and how the shops are doing. `role` is what the
    agent's role is worth with this proof, `link` where the helpdesk says the conversation is."""

    scope: Scope
    install_id: str
    token_hash: str
    agent_id: str
    agent_name: str
    role: str
    proof: str
    locale: str
    identifiers: Identifiers
    conversation: str
    subject_key: str
    country: str
    timezone: str
    origins: tuple[str, ...]
    misses: int
    expires_at: datetime
    connections: tuple[ConnectionHealth, ...]
    lookups: tuple[Lookup, ...]
    pairing_id: str = ""
    link: str = ""
    allowed: Mapping[str, bool] = field(default_factory=dict)
    """Kinds of action that the owner gave this role or took from it."""
    waiting: int = 0
    """How many actions of the workspace somebody must act on."""
    untold: str = ""
    """An action of this agent that ended, or stands still, since they last looked."""

    def connection(self, connection_id: str) -> ConnectionHealth | None:
        return next((shop for shop in self.connections if shop.id == connection_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A fresh token and what it opens."""

    token: str
    expires_at: datetime
    seat: Seat


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """For whom a session is, in which conversation, and who has proven what."""

    identifiers: Identifiers
    conversation: str
    locale: str
    proof: Proof
    pairing_id: str = ""
    link: str = ""


def open_panel(services: Services, install_id: str, request: Request) -> Opened:
    """Verifies a signed launch and opens a session for its agent and writer. Raises LaunchRefused,
    NotFound("install_unknown")."""
    with services.database.reading() as connection:
        scope, install = find_install(connection, install_id)
    verify = services.helpdesks[install.helpdesk].verify
    if verify is None:
        raise LaunchRefused("launch_unsigned")
    launch = verify(request, secrets_of(services, install), services.clock())
    if launch.proof not in ("signed", "replayable"):
        raise LaunchRefused("launch_unsigned")
    with services.database.reading() as connection:
        context = context_of(scope, connection, launch, launch.proof)
    with services.database.writing() as connection:
        use_nonce(services, scope, connection, install.id, launch)
        agent_id = _agent(scope, connection, install, launch.agent, services.clock())
        received(services, scope, connection, install, launch)
        token = open_session(services, scope, connection, install.id, agent_id, context)
    return opened(services, install_id, token)


def take_seat(services: Services, install_id: str, token: str) -> Seat:
    """Who this token is, in one statement. Raises LaunchRefused: token_missing, token_unknown,
    token_expired, agent_disabled."""
    with services.database.reading() as connection:
        return seat_in(connection, install_id, token, services.clock())


def seat_in(connection: DbConnection, install_id: str, token: str, now: datetime) -> Seat:
    """take_seat for whoever reads more in the same transaction."""
    if not token:
        raise LaunchRefused("token_missing")
    token_hash = _hash(token)
    rows = seats.seat_rows(connection, install_id, token_hash, now - OVERDUE)
    if not rows:
        raise LaunchRefused("token_unknown")
    if rows[0].expires_at <= now:
        raise LaunchRefused("token_expired")
    if not rows[0].active:
        raise LaunchRefused("agent_disabled")
    return _seat(install_id, token_hash, rows)


def renew(services: Services, seat: Seat) -> Opened:
    """A new token for the same agent and writer; the old one ends. Raises
    LaunchRefused("renewal_needs_key") where only the paired browser's key renews."""
    if seat.pairing_id:
        raise LaunchRefused("renewal_needs_key")
    return _follow_up(services, seat, seat.identifiers, seat.conversation, keep_old=False)


def open_typed(services: Services, seat: Seat, identifiers: Identifiers) -> Opened:
    """A second session of the same agent, for what the agent typed into the search box."""
    return _follow_up(services, seat, identifiers, seat.conversation, keep_old=True)


def context_of(scope: Scope, connection: DbConnection, launch: Launch, proof: Proof) -> Context:
    """What a launch says, in normal form."""
    return Context(
        identifiers=identified(scope, connection, launch),
        conversation=launch.conversation,
        link=launch.link,
        locale=known_locale(launch.locale, installed.workspace(scope, connection).locale),
        proof=proof,
    )


def identified(scope: Scope, connection: DbConnection, launch: Launch) -> Identifiers:
    """Who writes, read with the workspace's country, own domains and agents."""
    place = installed.workspace(scope, connection)
    own_emails = [row.email for row in people.agent_rows(scope, connection) if row.email]
    return identify(launch, place.country, place.own_domains, own_emails)


def open_session(
    services: Services, scope: Scope, connection: DbConnection, install_id: str, agent_id: str,
    context: Context,
) -> str:  # fmt: skip
    """The token of a new session. Raises LaunchRefused("pairing_revoked"): a revocation that came
    meanwhile wins."""
    if context.pairing_id and not pairings.mark_used(
        scope, connection, context.pairing_id, services.clock()
    ):
        raise LaunchRefused("pairing_revoked")
    encoded = msgspec.json.encode(context.identifiers)
    subject_key = hashlib.sha256(encoded).hexdigest()
    token = secrets.token_urlsafe(32)
    values: Mapping[str, object] = {
        "token_hash": _hash(token),
        "install_id": install_id,
        "agent_id": agent_id,
        "proof": context.proof,
        "pairing_id": context.pairing_id,
        "conversation": context.conversation[:200] or subject_key,
        "link": context.link[:500],
        "subject_key": subject_key,
        "context": encoded,
        "locale": context.locale,
        "expires_at": services.clock() + TOKEN_LIFE,
    }
    people.add_session(scope, connection, values)
    return token


def opened(services: Services, install_id: str, token: str) -> Opened:
    """A token that was just made, with its seat."""
    seat = take_seat(services, install_id, token)
    return Opened(token=token, expires_at=seat.expires_at, seat=seat)


def known_locale(wanted: str, fallback: str) -> str:
    language = wanted.replace("_", "-").split("-")[0].lower()
    return language if language in _LOCALES else fallback


def _agent(
    scope: Scope,
    connection: DbConnection,
    install: installed.InstallRow,
    host: HostAgent,
    now: datetime,
) -> str:
    """The host's agent as ours; at first sight with the install's default role."""
    row = people.agent_by_host(scope, connection, install.id, host.id)
    if row is None:
        values = {
            "id": new_id("ag_"),
            "install_id": install.id,
            "host_id": host.id,
            "name": host.name[:200],
            "email": normal_email(host.email),
            "role": install.default_role,
            "active": True,
            "created_at": now,
        }
        people.add_agent(scope, connection, values)
        row = people.agent_by_host(scope, connection, install.id, host.id)
    if row is None or not row.active:
        raise LaunchRefused("agent_disabled")
    return str(row.id)


def _follow_up(
    services: Services, seat: Seat, identifiers: Identifiers, conversation: str, *, keep_old: bool
) -> Opened:
    proof: Any = seat.proof
    context = Context(
        identifiers=identifiers,
        conversation=conversation,
        locale=seat.locale,
        proof=proof,
        pairing_id=seat.pairing_id,
        link=seat.link,
    )
    with services.database.writing() as connection:
        token = open_session(
            services, seat.scope, connection, seat.install_id, seat.agent_id, context
        )
        if not keep_old:
            people.end_session(seat.scope, connection, seat.token_hash)
    return opened(services, seat.install_id, token)


def _seat(install_id: str, token_hash: str, rows: Sequence[Any]) -> Seat:
    first = rows[0]
    shops = [row for row in rows if row.connection_id is not None]
    role = role_for(first.role, first.proof)
    return Seat(
        scope=Scope(first.workspace_id),
        install_id=install_id,
        token_hash=token_hash,
        agent_id=first.agent_id,
        agent_name=first.agent_name,
        role=role,
        proof=first.proof,
        pairing_id=first.pairing_id,
        locale=first.locale,
        identifiers=_decode_identifiers(first.context),
        conversation=first.conversation,
        link=first.link,
        subject_key=first.subject_key,
        country=first.country,
        timezone=first.workspace_timezone,
        origins=tuple(first.origins),
        misses=first.misses or 0,
        expires_at=first.expires_at,
        connections=tuple(_health(row) for row in shops),
        lookups=tuple(_lookup(row) for row in shops if row.lookup_state),
        allowed=_allowed(first.switches or "") if role == first.role else {},
        waiting=first.waiting,
        untold=first.untold or "",
    )


def _allowed(switches: str) -> dict[str, bool]:
    """ "+refund,-cancel" as the statement gives it."""
    return {text[1:]: text[0] == "+" for text in switches.split(",") if text}


def _health(row: Any) -> ConnectionHealth:
    return ConnectionHealth(
        id=row.connection_id,
        platform=row.platform,
        label=row.label,
        currency=row.currency,
        timezone=row.timezone,
        failing_since=row.failing_since,
        failure_code=row.failure_code,
        last_ok_at=row.last_ok_at,
        sync_state=row.sync_state,
        sync_percent=sync_percent(row.sync) if row.sync_state != "done" else None,
        options=row.options,
    )


def _lookup(row: Any) -> Lookup:
    return Lookup(
        connection_id=row.connection_id,
        state=row.lookup_state,
        code=row.lookup_code,
        asked_at=row.asked_at,
        answered_at=row.answered_at,
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
