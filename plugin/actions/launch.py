"""Opening the panel: who is the agent, who writes, and the token that stands for both."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from plugin.actions.shops import sync_percent
from plugin.actions.writer import identify
from plugin.db import connections as installed
from plugin.db import people
from plugin.db.session import DbConnection, Scope
from plugin.domain.identity import Identifiers, normal_email
from plugin.errors import LaunchRefused, NotFound
from plugin.ports.clock import new_id
from plugin.ports.helpdesk import HostAgent, InstallSecrets, Request
from plugin.services import Services

TOKEN_LIFE = timedelta(minutes=15)
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
    sync_state: Literal["waiting", "running", "done", "failed"]
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
    """Who sits at the panel now, for whom, and how the shops are doing."""

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

    def connection(self, connection_id: str) -> ConnectionHealth | None:
        return next((shop for shop in self.connections if shop.id == connection_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A fresh token and what it opens."""

    token: str
    expires_at: datetime
    seat: Seat


def frame_ancestors(services: Services, install_id: str) -> tuple[str, ...]:
    """Who may frame this install's panel. Raises NotFound("install_unknown")."""
    with services.database.reading() as connection:
        _, install = _install(connection, install_id)
        return install.origins


def open_panel(services: Services, install_id: str, request: Request) -> Opened:
    """Verifies a launch and opens a session for its agent and writer. Raises LaunchRefused,
    NotFound("install_unknown")."""
    with services.database.reading() as connection:
        scope, install = _install(connection, install_id)
        place = installed.workspace(scope, connection)
        own_emails = [row.email for row in people.agent_rows(scope, connection) if row.email]
    secret = services.keys.open(install.secret)
    known = InstallSecrets(id=install.id, secret=secret, origins=install.origins)
    launch = services.helpdesks[install.helpdesk].verify(request, known, services.clock())
    identifiers = identify(launch, place.country, place.own_domains, own_emails)
    token = secrets.token_urlsafe(32)
    now = services.clock()
    with services.database.writing() as connection:
        if launch.nonce:
            expires_at = launch.expires_at or now + timedelta(days=1)
            fresh = people.use_nonce(scope, connection, install.id, launch.nonce, expires_at)
            if not fresh:
                raise LaunchRefused("launch_replayed")
        agent_id = _agent(scope, connection, install, launch.agent, now)
        context = _Context(
            identifiers, launch.conversation, _locale(launch.locale, place.locale), "signed"
        )
        _add_session(scope, connection, install.id, agent_id, context, token, now)
    return _opened(services, install_id, token)


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
    rows = people.seat_rows(connection, install_id, token_hash)
    if not rows:
        raise LaunchRefused("token_unknown")
    if rows[0].expires_at <= now:
        raise LaunchRefused("token_expired")
    if not rows[0].active:
        raise LaunchRefused("agent_disabled")
    return _seat(install_id, token_hash, rows)


def renew(services: Services, seat: Seat, *, keep_old: bool = False) -> Opened:
    """A new token for the same agent and writer; the old one ends."""
    return _follow_up(services, seat, seat.identifiers, seat.conversation, keep_old=keep_old)


def open_typed(services: Services, seat: Seat, identifiers: Identifiers) -> Opened:
    """A second session of the same agent, for what the agent typed into the search box."""
    return _follow_up(services, seat, identifiers, seat.conversation, keep_old=True)


@dataclass(frozen=True, slots=True)
class _Context:
    identifiers: Identifiers
    conversation: str
    locale: str
    proof: str


def _install(connection: DbConnection, install_id: str) -> tuple[Scope, installed.InstallRow]:
    found = installed.find_outside(connection, "install", install_id)
    install = installed.install_row(found[0], connection, found[1]) if found else None
    if found is None or install is None:
        raise NotFound("install_unknown")
    return found[0], install


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


def _add_session(
    scope: Scope,
    connection: DbConnection,
    install_id: str,
    agent_id: str,
    context: _Context,
    token: str,
    now: datetime,
) -> None:
    encoded = msgspec.json.encode(context.identifiers)
    subject_key = hashlib.sha256(encoded).hexdigest()
    values: Mapping[str, object] = {
        "token_hash": _hash(token),
        "install_id": install_id,
        "agent_id": agent_id,
        "proof": context.proof,
        "conversation": context.conversation[:200] or subject_key,
        "subject_key": subject_key,
        "context": encoded,
        "locale": context.locale,
        "expires_at": now + TOKEN_LIFE,
    }
    people.add_session(scope, connection, values)


def _follow_up(
    services: Services, seat: Seat, identifiers: Identifiers, conversation: str, *, keep_old: bool
) -> Opened:
    token = secrets.token_urlsafe(32)
    context = _Context(identifiers, conversation, seat.locale, seat.proof)
    with services.database.writing() as connection:
        _add_session(
            seat.scope,
            connection,
            seat.install_id,
            seat.agent_id,
            context,
            token,
            services.clock(),
        )
        if not keep_old:
            people.end_session(seat.scope, connection, seat.token_hash)
    return _opened(services, seat.install_id, token)


def _opened(services: Services, install_id: str, token: str) -> Opened:
    seat = take_seat(services, install_id, token)
    return Opened(token=token, expires_at=seat.expires_at, seat=seat)


def _seat(install_id: str, token_hash: str, rows: Sequence[Any]) -> Seat:
    first = rows[0]
    shops = [row for row in rows if row.connection_id is not None]
    return Seat(
        scope=Scope(first.workspace_id),
        install_id=install_id,
        token_hash=token_hash,
        agent_id=first.agent_id,
        agent_name=first.agent_name,
        role=first.role,
        proof=first.proof,
        locale=first.locale,
        identifiers=_decode_identifiers(first.context),
        conversation=first.conversation,
        subject_key=first.subject_key,
        country=first.country,
        timezone=first.workspace_timezone,
        origins=tuple(first.origins),
        misses=first.misses or 0,
        expires_at=first.expires_at,
        connections=tuple(_health(row) for row in shops),
        lookups=tuple(_lookup(row) for row in shops if row.lookup_state),
    )


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


def _locale(wanted: str, fallback: str) -> str:
    language = wanted.replace("_", "-").split("-")[0].lower()
    return language if language in _LOCALES else fallback


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
