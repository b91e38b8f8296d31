"""Shops whose own admin opens our page: which connection that is, how it does, and how a shop that
nobody knows yet comes into a workspace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.actions import accounts, connect, console, one_time
from plugin.actions.connect import Attached
from plugin.actions.progress import progress_of
from plugin.actions.rights import Trouble, troubles
from plugin.actions.shops import sync_percent
from plugin.actions.workspaces import read_workspace
from plugin.db import connections as installed
from plugin.db.session import DbConnection, Scope
from plugin.domain.identity import normal_email
from plugin.errors import Conflict, InvalidInput, MostradorError
from plugin.ports.store import Proven
from plugin.services import Services

ENTRY_LIFE = timedelta(minutes=2)
_PERSON = "shop_person"  # at most 20 letters
_ENTER = "enter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who has our page open in a shop's admin, as the platform proved: `shop` is its unchanging
    name there, `address` where it is called, `user` the platform's number of the person. `own` is
    the workspace whose app this is, None for the installation's."""

    platform: str
    shop: str
    address: str
    user: str
    own: Scope | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a connected shop does. `parts` are (name, arrived, of how many or None)."""

    scope: Scope
    id: str
    label: str
    workspace: str
    lives: bool
    failing_since: datetime | None
    failure_code: str
    last_ok_at: datetime | None
    sync_state: str
    percent: int | None
    parts: tuple[tuple[str, int, int | None], ...]
    troubles: tuple[Trouble, ...]


def standing(services: Services, visitor: Visitor) -> Standing | None:
    """Of the visitor's shop, None if it was never connected."""
    with services.database.reading() as connection:
        found = _located(connection, visitor)
        row = installed.connection_row(*_at(found, connection)) if found else None
        place = installed.workspace(found[0], connection).name if found else ""
    if found is None or row is None:
        return None
    return Standing(
        scope=found[0],
        id=row.id,
        label=row.label,
        workspace=place,
        lives=row.lives,
        failing_since=row.failing_since,
        failure_code=row.failure_code,
        last_ok_at=row.last_ok_at,
        sync_state=row.sync_state,
        percent=sync_percent(row.sync),
        parts=tuple(
            (part.part, part.done, part.estimated)
            for part in progress_of(row, services.clock()).parts
        ),
        troubles=tuple(troubles(services, found[0], row)),
    )


def _located(connection: DbConnection, visitor: Visitor) -> tuple[Scope, str] | None:
    """An app of one's own sees only the workspace it belongs to."""
    if visitor.own is None:
        key = f"{visitor.platform}:{visitor.shop}"
        return installed.find_outside(connection, "shop", key)
    for row in installed.connection_rows(visitor.own, connection):
        if (row.platform, row.address) == (visitor.platform, visitor.address):
            return visitor.own, row.id
    return None


def _at(found: tuple[Scope, str], connection: DbConnection) -> tuple[Scope, DbConnection, str]:
    return found[0], connection, found[1]


def attach(
    services: Services, scope: Scope, visitor: Visitor, credentials: Mapping[str, str]
) -> Attached:
    """Into a workspace that is known; a shop that was there before keeps its mirror."""
    return connect.attach_shop(
        services, scope, platform=visitor.platform, label="", address=visitor.address,
        credentials=credentials, key=visitor.shop,
    )  # fmt: skip


def join(
    services: Services, visitor: Visitor, proven: Proven, credentials: Mapping[str, str], code: str
) -> Attached:
    """Into the workspace that made the claim code. The shop was proven before, so that no code is
    used up in vain. Raises LinkRefused."""
    return attach(services, connect.redeem_claim_code(services, code), visitor, credentials)


def found(
    services: Services, visitor: Visitor, proven: Proven, credentials: Mapping[str, str], *,
    name: str, email: str, country: str, locale: str,
) -> str:  # fmt: skip
    """A workspace of its own, whose owner the visitor becomes. Returns the one-time link by which
    they choose a password. Raises InvalidInput, Conflict("account_elsewhere"), and what `attach`
    raises, in which case nothing is left behind."""
    normal, name = normal_email(email), " ".join(name.split())
    if not normal:
        raise InvalidInput("email_invalid", field="email")
    with services.database.reading() as connection:
        taken = installed.find_outside(connection, "account", normal)
    if taken is not None:
        raise Conflict("account_elsewhere", email=normal)
    shop = proven.shop
    made = read_workspace(shop.name or visitor.shop, country, shop.timezone or "UTC", "")
    scope = connect.create_workspace(
        services, name=made.name, locale=locale, country=made.country, timezone=made.timezone
    )
    try:
        attach(services, scope, visitor, credentials)
    except MostradorError:  # a workspace that nobody owns and nothing is in helps nobody
        with services.database.writing() as connection:
            installed.remove_workspace(scope, connection)
        raise
    link = accounts.first_owner_link(services, scope, normal, name)
    with services.database.writing() as connection:
        account = installed.find_outside(connection, "account", normal)
        if account is not None:
            installed.set_outside(scope, connection, _PERSON, _person(visitor), account[1])
    return link


def entry(services: Services, visitor: Visitor, scope: Scope) -> str:
    """What lets the person who owns the workspace into the console once; "" for anybody else,
    who has to log in."""
    with services.database.reading() as connection:
        known = installed.find_outside(connection, _PERSON, _person(visitor))
    if known is None or known[0] != scope:
        return ""
    return one_time.issue(services, scope, _ENTER, life=ENTRY_LIFE, account_id=known[1])


def enter(services: Services, secret: str) -> str:
    """The token of a console session. Raises LinkRefused."""
    with services.database.writing() as connection:
        known = one_time.use(services, connection, secret, (_ENTER,), "link")
    return console.start_session(services, known.scope, known.account_id)


def _person(visitor: Visitor) -> str:
    return f"{visitor.platform}:{visitor.shop}:{visitor.user}"[:255]
