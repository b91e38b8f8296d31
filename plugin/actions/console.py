"""Logging in to the console: who sits there is asked of the database at every request."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2.exceptions import InvalidHashError, VerificationError

from plugin.actions.accounts import MOST_PASSWORD, hasher
from plugin.actions.one_time import hashed
from plugin.db import accounts as rows
from plugin.db import connections as installed
from plugin.db.session import DbConnection, Scope
from plugin.domain.identity import normal_email
from plugin.errors import LaunchRefused
from plugin.messages import known_locale
from plugin.services import Services

SESSION_LIFE = timedelta(days=14)
_SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSeat:
    """Who is logged in. `csrf` must come back with everything that changes something."""

    scope: Scope
    account_id: str
    name: str
    email: str
    role: str
    locale: str
    csrf: str
    session_id: str
    workspace_name: str
    timezone: str

    @property
    def is_owner(self) -> bool:
        return self.role == "owner"


def log_in(services: Services, email: str, password: str) -> str:
    """Returns the token of a new session. An unknown e-mail costs as much as a wrong password,
    and is not told from it. Raises LaunchRefused("login_wrong")."""
    with services.database.reading() as connection:
        found = installed.find_outside(connection, "account", normal_email(email) or "-")
        account = rows.get(found[0], connection, found[1]) if found else None
    usable = account is not None and account.active and account.password_hash
    right = _fits(account.password_hash if account and usable else _nobodys_hash(), password)
    if found is None or account is None or not usable or not right:
        raise LaunchRefused("login_wrong")
    if hasher.check_needs_rehash(account.password_hash):
        with services.database.writing() as connection:
            fresh = hasher.hash(password)
            rows.change(found[0], connection, found[1], password_hash=fresh)
    return start_session(services, *found)


def start_session(services: Services, scope: Scope, account_id: str) -> str:
    """For somebody who was just proven. Always a new token, whatever the browser had before."""
    token, now = secrets.token_urlsafe(32), services.clock()
    values = {
        "token_hash": hashed(token),
        "account_id": account_id,
        "csrf": secrets.token_urlsafe(24),
        "created_at": now,
        "seen_at": now,
        "expires_at": now + SESSION_LIFE,
    }
    with services.database.writing() as connection:
        rows.add_session(scope, connection, values)
        installed.add_outside(scope, connection, "console", hashed(token), hashed(token))
    return token


def read_seat(services: Services, token: str) -> ConsoleSeat | None:
    """None for a session that never was, is over, was ended, or whose account was closed."""
    if not token:
        return None
    now = services.clock()
    with services.database.reading() as connection:
        found = _session(connection, hashed(token), now)
    if found is None:
        return None
    seat, seen_at = found
    if now - seen_at > _SEEN_EVERY:
        with services.database.writing() as connection:
            rows.touch(seat.scope, connection, seat.session_id, now)
    return seat


def log_out(services: Services, seat: ConsoleSeat) -> None:
    with services.database.writing() as connection:
        rows.end_session(seat.scope, connection, seat.session_id)


def change_locale(services: Services, seat: ConsoleSeat, locale: str) -> None:
    with services.database.writing() as connection:
        rows.change(seat.scope, connection, seat.account_id, locale=known_locale(locale))


def _session(
    connection: DbConnection, token_hash: str, now: datetime
) -> tuple[ConsoleSeat, datetime] | None:
    found = installed.find_outside(connection, "console", token_hash)
    row = rows.session_row(found[0], connection, token_hash) if found else None
    if found is None or row is None or row.expires_at <= now or not row.active:
        return None
    seat = ConsoleSeat(
        scope=found[0],
        account_id=row.account_id,
        name=row.name,
        email=row.email,
        role=row.role,
        locale=row.locale,
        csrf=row.csrf,
        session_id=token_hash,
        workspace_name=row.workspace_name,
        timezone=row.timezone,
    )
    return seat, row.seen_at


def _fits(password_hash: str, password: str) -> bool:
    try:
        return hasher.verify(password_hash, password[: MOST_PASSWORD + 1])
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    """What the password of nobody is compared with."""
    return hasher.hash(secrets.token_urlsafe(16))
