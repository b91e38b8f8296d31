"""What opens a door once: links, claim codes, states of a connection under way.

Only the hash is stored, what it carries is sealed, and the one who uses it first wins.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from plugin.db import connections as installed
from plugin.db import one_time as rows
from plugin.db.session import DbConnection, Scope
from plugin.errors import LinkRefused
from plugin.services import Services

REMEMBERED = timedelta(days=1)
"""How long one that is over can still be told from one that never was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTime:
    """A key that may be used. `scope` is NOBODY for one of no workspace."""

    key_hash: str
    scope: Scope
    purpose: str
    account_id: str
    payload: Mapping[str, str]


def issue(
    services: Services, scope: Scope, purpose: str, *, life: timedelta, account_id: str = "",
    payload: Mapping[str, str] | None = None, secret: str = "",
) -> str:  # fmt: skip
    """Returns what opens it: 256 random bits, url-safe, unless the caller brings its own."""
    with services.database.writing() as connection:
        return issue_in(
            services, connection, scope, purpose, life=life, account_id=account_id,
            payload=payload, secret=secret,
        )  # fmt: skip


def issue_in(
    services: Services, connection: DbConnection, scope: Scope, purpose: str, *, life: timedelta,
    account_id: str = "", payload: Mapping[str, str] | None = None, secret: str = "",
) -> str:  # fmt: skip
    """`issue` inside a transaction that does more."""
    secret = secret or secrets.token_urlsafe(32)
    now = services.clock()
    values = {
        "key_hash": hashed(secret),
        "purpose": purpose,
        "account_id": account_id,
        "payload": services.keys.seal(msgspec.json.encode(payload)) if payload else None,
        "created_at": now,
        "expires_at": now + life,
    }
    rows.add(scope, connection, values)
    return secret


def look(
    services: Services, connection: DbConnection, secret: str, purposes: Collection[str], word: str
) -> OneTime:
    """Without using it. Raises LinkRefused(`word`_unknown | `word`_used | `word`_expired)."""
    found = installed.find_outside(connection, rows.KIND, hashed(secret))
    row = rows.get(found[0], connection, found[1]) if found else None
    if found is None or row is None or row.purpose not in purposes:
        raise LinkRefused(f"{word}_unknown")
    if row.used_at is not None:
        raise LinkRefused(f"{word}_used")
    if row.expires_at <= services.clock():
        raise LinkRefused(f"{word}_expired")
    payload = msgspec.json.decode(services.keys.open(row.payload)) if row.payload else {}
    return OneTime(
        key_hash=row.key_hash,
        scope=found[0],
        purpose=row.purpose,
        account_id=row.account_id,
        payload=payload,
    )


def use(
    services: Services, connection: DbConnection, secret: str, purposes: Collection[str], word: str
) -> OneTime:
    """Inside a writing transaction; for the second of two at once it is used. Raises as `look`."""
    known = look(services, connection, secret, purposes, word)
    if not rows.use(known.scope, connection, known.key_hash, services.clock()):
        raise LinkRefused(f"{word}_used")
    return known


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
