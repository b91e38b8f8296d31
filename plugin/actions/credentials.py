"""Credentials that end are renewed before they do: by one worker at a time, and saved whole.

Asked for by an adapter (`Connection.fresh`) before each call and after a refusal, and by the clock
for shops that nothing else calls. No transaction is open while the shop is asked. An answer that
got lost leaves the old credentials in place, with which the shop may be asked again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec

from plugin.actions.apps import app_keys
from plugin.db import connections as installed
from plugin.db import upkeep
from plugin.db.session import Scope
from plugin.errors import (
    GrantRevoked,
    NotFound,
    OutcomeUnknown,
    PlatformError,
    SetupError,
    Unreachable,
)
from plugin.keys import KeyRing
from plugin.log import logger
from plugin.ports.courtesy import giving_way
from plugin.ports.store import Connection, Fresh
from plugin.services import Services

AHEAD = timedelta(minutes=5)
IDLE = timedelta(days=7)
LEASE = timedelta(seconds=60)  # longer than the call may take
PATIENCE = 8.0  # a person may wait for the call that waits for this
PAUSE = timedelta(seconds=30)
ENDED = "ended"
log = logger("credentials")


@lru_cache(maxsize=256)
def opened(keys: KeyRing, sealed: bytes) -> Mapping[str, str]:
    """Opening costs more than the rest of an intake, and shops send many."""
    return msgspec.json.decode(keys.open(sealed), type=dict[str, str])


def kept_fresh(services: Services, scope: Scope, known: Connection) -> Connection:
    """The connection with a way to ask for credentials that hold, where its platform has one."""
    platform = services.stores.get(known.platform)
    if platform is None or platform.renew is None:
        return known
    return replace(known, fresh=_fresh(services, scope, known))


def _fresh(services: Services, scope: Scope, known: Connection) -> Fresh:
    held = known.credentials

    def fresh(refused: str = "") -> Mapping[str, str]:
        nonlocal held
        if refused or not _holds(held, services.clock() + AHEAD):
            try:
                # whoever renews holds up all others, so that nobody may hold it up
                with giving_way(lambda: None):
                    held = renewed(services, scope, known.id, refused)
            except (SetupError, NotFound) as error:
                # nothing was sent, and an adapter's caller must be able to tell
                raise GrantRevoked(error.code, **error.parameters) from error
        return held

    return fresh


def renewed(
    services: Services, scope: Scope, connection_id: str, refused: str = ""
) -> Mapping[str, str]:
    """Credentials that hold, from the database if somebody renewed them meanwhile, else from the
    shop. `refused` is an access token that must not be among them. Raises GrantRevoked,
    Unreachable, RateLimited, NotFound."""
    lease = f"renew:{connection_id}"
    until = time.monotonic() + PATIENCE
    while True:
        known = _stored(services, scope, connection_id)
        if _will_do(services, known, refused):
            return known.credentials
        if _take(services, lease):
            break
        if not refused and _holds(known.credentials, services.clock()):
            return known.credentials  # somebody is at it, and these still open the shop
        if time.monotonic() > until:
            raise Unreachable("renewal_waits")
        time.sleep(0.05)
    pause = timedelta(0)
    try:
        known = _stored(services, scope, connection_id)
        if _will_do(services, known, refused):
            return known.credentials
        return _renew(services, scope, known)
    except (PlatformError, SetupError) as error:
        log.warning("renewal_failed", connection=connection_id, code=error.code)
        if refused or not _holds(known.credentials, services.clock()):
            raise
        pause = PAUSE  # these still open the shop: no need to ask again at once
        return known.credentials
    finally:
        with services.database.writing() as connection:
            moment = services.clock() + pause
            upkeep.take(connection, lease, moment, moment, again=True)


def _will_do(services: Services, known: Connection, refused: str) -> bool:
    """Raises GrantRevoked once the shop has said that these credentials are over for good."""
    credentials = known.credentials
    if credentials.get(ENDED):
        raise GrantRevoked(credentials[ENDED])
    if "expires_at" not in credentials:
        return True
    if refused and credentials.get("access_token") == refused:
        return False
    return _holds(credentials, services.clock() + AHEAD)


def _holds(credentials: Mapping[str, str], moment: datetime) -> bool:
    text = credentials.get("expires_at", "")
    return not text or datetime.fromisoformat(text) > moment


def _take(services: Services, lease: str) -> bool:
    now = services.clock()
    with services.database.writing() as connection:
        return upkeep.take(connection, lease, now, now + LEASE)


def _stored(services: Services, scope: Scope, connection_id: str) -> Connection:
    with services.database.reading() as connection:
        row = installed.connection_row(scope, connection, connection_id)
    if row is None:
        raise NotFound("connection_not_found")
    return Connection(
        workspace_id=scope.workspace_id,
        id=row.id,
        platform=row.platform,
        label=row.label,
        address=row.address,
        credentials=msgspec.json.decode(services.keys.open(row.credentials)),
        options=row.options,
    )


def _renew(services: Services, scope: Scope, known: Connection) -> Mapping[str, str]:
    renew = services.stores[known.platform].renew
    if renew is None or services.http is None:
        raise GrantRevoked("shop_key_rejected")
    app = app_keys(services, scope, known.platform, known.credentials.get("client_id", ""))
    try:
        new = renew(known, app, services.http, services.clock())
    except OutcomeUnknown as error:
        # the old refresh token still works; whatever waits for us has not been sent
        raise Unreachable("renewal_lost") from error
    except GrantRevoked as error:
        if error.code == "grant_ended":
            _save(services, scope, known, {ENDED: error.code})
        raise
    log.info("credentials_renewed", connection=known.id)
    return _save(services, scope, known, new)


def _save(
    services: Services, scope: Scope, sent: Connection, new: Mapping[str, str]
) -> Mapping[str, str]:
    """In the place of those that were sent, and of no others: the owner may have let us in anew
    meanwhile."""
    with services.database.writing() as connection:
        row = installed.connection_row(scope, connection, sent.id, lock=True)
        if row is None:
            raise NotFound("connection_not_found")
        now: dict[str, str] = msgspec.json.decode(services.keys.open(row.credentials))
        if now.get("access_token") != sent.credentials.get("access_token"):
            return now
        kept = {**now, **new}
        sealed = services.keys.seal(msgspec.json.encode(kept))
        installed.change_connection(scope, connection, sent.id, credentials=sealed)
        return kept


def forget(services: Services, scope: Scope, connection_id: str, code: str) -> None:
    """Tokens are overwritten; from now on nothing is asked of the shop, and `code` is why. What
    was mirrored stays, and so do secrets that sign what the shop still has to tell us."""
    with services.database.writing() as connection:
        row = installed.connection_row(scope, connection, connection_id, lock=True)
        if row is None or not row.lives:
            return
        known: dict[str, str] = msgspec.json.decode(services.keys.open(row.credentials))
        webhooks = services.stores[row.platform].webhooks
        names = webhooks.secrets if webhooks else ()
        kept = {name: known[name] for name in names if name in known}
        installed.change_connection(
            scope, connection, connection_id, failure_code=code,
            credentials=services.keys.seal(msgspec.json.encode({**kept, ENDED: code})),
            failing_since=row.failing_since or services.clock(),
        )  # fmt: skip
    log.info("credentials_forgotten", connection=connection_id, code=code)


def renew_idle(services: Services) -> None:
    """By the clock: credentials that nothing has used for a week, so that none are forgotten until
    only the owner could renew them."""
    now = services.clock()
    with services.database.reading() as connection:
        rows = [
            (scope, row)
            for scope in installed.all_scopes(connection)
            for row in installed.connection_rows(scope, connection)
            if row.lives and services.stores[row.platform].renew is not None
        ]
    for scope, row in rows:
        credentials: dict[str, str] = msgspec.json.decode(services.keys.open(row.credentials))
        at = credentials.get("granted_at", "")
        if at and not credentials.get(ENDED) and datetime.fromisoformat(at) + IDLE <= now:
            services.wake("renew", scope.workspace_id, row.id)
