"""A shop whose keys come by another road than its owner: the owner says yes on the shop's own page
and returns to us, the shop posts the keys.

What the shop posts proves nothing by itself, as anybody may post to that address. It counts once,
for the secret that we gave the owner along, and only after the keys opened the shop that the owner
named. The owner's return proves nothing either: it only shows how far things are.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import msgspec

from plugin.actions import connect
from plugin.actions.ledger import plain
from plugin.actions.one_time import hashed
from plugin.db import connections as installed
from plugin.db import consents as rows
from plugin.db.session import DbConnection, Scope
from plugin.errors import LinkRefused, MostradorError
from plugin.services import Services

LIFE = timedelta(hours=1)
LEASE = timedelta(seconds=90)
State = Literal["asked", "late", "arrived", "done", "failed", "denied"]
PATIENCE = timedelta(seconds=70)
"""How long an owner waits after saying yes: the shop posts before it sends them back, and gives up
after a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """How far a shop has come; `code` and `parameters` say why it failed, or what should be known
    of one that is here ("missing" and "notices" are lists of codes)."""

    state: State
    address: str
    label: str
    access: str
    code: str
    parameters: Mapping[str, Any]
    connection_id: str


def begin(
    services: Services, scope: Scope, *, platform: str, address: str, label: str, access: str
) -> str:
    """Returns the secret that the shop and the owner bring back; letters, digits, "-" and "_"."""
    secret, now = secrets.token_urlsafe(32), services.clock()
    values = {
        "id": hashed(secret),
        "platform": platform,
        "address": address,
        "label": label,
        "access": access,
        "state": "asked",
        "parameters": {},
        "created_at": now,
        "expires_at": now + LIFE,
    }
    with services.database.writing() as connection:
        rows.add(scope, connection, values)
    return secret


def take(services: Services, platform: str, secret: str, credentials: Mapping[str, str]) -> None:
    """What the shop posted; a second pair for the same secret is not wanted and passes in silence.
    Raises LinkRefused: state_unknown, state_expired."""
    now = services.clock()
    with services.database.writing() as connection:
        scope, row = _found(services, connection, platform, secret)
        sealed = services.keys.seal(msgspec.json.encode(dict(credentials)))
        first = any(
            rows.move(
                scope, connection, row.id, before, state="arrived", credentials=sealed, due=now
            )
            for before in ("asked", "denied")
        )
    if first:
        services.wake("consent", scope.workspace_id, row.id)


def again(services: Services, scope: Scope, platform: str, secret: str) -> None:
    """Tries the same keys once more."""
    with services.database.writing() as connection:
        here, row = _found(services, connection, platform, secret)
        moved = here == scope and rows.move(
            scope, connection, row.id, "failed", state="arrived", code="", due=services.clock()
        )
    if moved:
        services.wake("consent", scope.workspace_id, row.id)


def deny(services: Services, scope: Scope, platform: str, secret: str) -> None:
    """The owner said no over there. Nothing of what came before is undone by it."""
    with services.database.writing() as connection:
        here, row = _found(services, connection, platform, secret)
        if here == scope:
            rows.move(scope, connection, row.id, "asked", state="denied")


def look(services: Services, scope: Scope, platform: str, secret: str) -> Consent:
    """Raises LinkRefused: state_unknown (also another workspace's), state_expired."""
    with services.database.reading() as connection:
        here, row = _found(services, connection, platform, secret)
    if here != scope:
        raise LinkRefused("state_unknown")
    late = row.state == "asked" and services.clock() - row.created_at > PATIENCE
    state: Any = "late" if late else row.state
    return Consent(
        state=state,
        address=row.address,
        label=row.label,
        access=row.access,
        code=row.code,
        parameters=row.parameters,
        connection_id=row.connection_id,
    )


def attach(services: Services, scope: Scope, consent_id: str) -> None:
    """The job: tries the keys at the shop that the owner named, and connects it."""
    now = services.clock()
    with services.database.writing() as connection:
        row = rows.get(scope, connection, consent_id)
        if row is None or row.credentials is None or row.due is None or row.due > now:
            return
        if not rows.move(scope, connection, consent_id, "arrived", due=now + LEASE):
            return
    credentials: dict[str, str] = msgspec.json.decode(services.keys.open(row.credentials))
    try:
        made = connect.attach_shop(
            services, scope, platform=row.platform, label=row.label, address=row.address,
            credentials=credentials,
        )  # fmt: skip
    except MostradorError as error:
        known = plain(error.parameters)
        # the keys stay for another try, as long as the whole thing lives
        _end(services, scope, consent_id, state="failed", code=error.code, parameters=known)
        return
    told = {
        "missing": list(dict.fromkeys(item.reason for item in made.missing)),
        "notices": list(made.notices),
        "name": made.name,
        "renewed": made.renewed,
    }
    _end(
        services, scope, consent_id, state="done", connection_id=made.id, parameters=told,
        credentials=None,
    )  # fmt: skip


def _end(services: Services, scope: Scope, consent_id: str, **values: object) -> None:
    with services.database.writing() as connection:
        rows.move(scope, connection, consent_id, "arrived", due=None, **values)


def sweep(services: Services) -> None:
    """Wakes what lost its wake or its worker."""
    now = services.clock()
    with services.database.reading() as connection:
        found = [
            (scope, consent_id)
            for scope in installed.all_scopes(connection)
            for consent_id in rows.waiting(scope, connection, now)
        ]
    for scope, consent_id in found:
        services.wake("consent", scope.workspace_id, consent_id)


def _found(
    services: Services, connection: DbConnection, platform: str, secret: str
) -> tuple[Scope, rows.ConsentRow]:
    found = installed.find_outside(connection, rows.KIND, hashed(secret))
    row = rows.get(found[0], connection, found[1]) if found else None
    if found is None or row is None or row.platform != platform:
        raise LinkRefused("state_unknown")
    if row.expires_at <= services.clock():
        raise LinkRefused("state_expired")
    return found[0], row
