"""Whose installation this is: the set-up link, owners, passwords.

A fresh installation belongs to nobody. Who uses its set-up link owns it; the mark of that is one
row of the directory, so that of two links used at once only one can win.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from argon2 import PasswordHasher

from plugin.actions import one_time
from plugin.actions.connect import create_workspace_in
from plugin.actions.one_time import OneTime
from plugin.actions.workspaces import NewWorkspace
from plugin.db import accounts as rows
from plugin.db import connections as installed
from plugin.db import one_time as keys
from plugin.db.session import NOBODY, DbConnection, Scope
from plugin.domain.identity import normal_email
from plugin.errors import Conflict, InvalidInput, LinkRefused, NotFound, SetupError
from plugin.messages import known_locale
from plugin.ports.clock import new_id
from plugin.services import Services

LINK_LIFE = timedelta(hours=1)
LEAST_PASSWORD, MOST_PASSWORD = 10, 200
LINK_PURPOSES = ("setup", "login", "invite")
OWNED = ("installation", "owned")

# 19 MB and two rounds: a server of 1 GB lets eight people in at once
hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """What the page behind a link asks for. `purpose` is setup, login or invite; `email` is the
    account's; `new_workspace`: the workspace is made by it too."""

    purpose: str
    email: str = ""
    name: str = ""
    locale: str = ""
    workspace_name: str = ""
    new_workspace: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """As typed by whoever opened a link. For login and invite only the password counts."""

    password: str
    email: str = ""
    name: str = ""
    locale: str = "es"


def is_owned(services: Services) -> bool:
    """Whether anybody may log in here at all."""
    with services.database.reading() as connection:
        return installed.find_outside(connection, *OWNED) is not None


def setup_link(services: Services) -> str:
    """The link that makes the first owner (single use, one hour), of the workspace that the
    operator made or of one it makes too. Raises Conflict("installation_owned"),
    SetupError("workspace_ambiguous")."""
    with services.database.writing() as connection:
        if installed.find_outside(connection, *OWNED) is not None:
            raise Conflict("installation_owned")
        scopes = installed.all_scopes(connection)
        if len(scopes) > 1:
            raise SetupError("workspace_ambiguous")
        scope = scopes[0] if scopes else NOBODY
        return _url(
            services, one_time.issue_in(services, connection, scope, "setup", life=LINK_LIFE)
        )


def owner_link(services: Services, email: str = "") -> str:
    """A set-up link while nobody owns this, else one by which an owner chooses a new password.
    Raises NotFound("account_not_found"), Conflict("owner_ambiguous")."""
    if not is_owned(services):
        return setup_link(services)
    with services.database.writing() as connection:
        scope, account_id = _owner(connection, email)
        return _login_link(services, connection, scope, account_id, "login")


def first_owner_link(services: Services, scope: Scope, email: str, name: str) -> str:
    """For a workspace that a shop's install made: its owner's account, without a password yet,
    and the link by which one is chosen. Raises InvalidInput("email_invalid"),
    Conflict("account_elsewhere")."""
    normal = _email(email)
    with services.database.writing() as connection:
        known = installed.find_outside(connection, "account", normal)
        if known is not None and known[0] != scope:
            raise Conflict("account_elsewhere", email=normal)
        locale = installed.workspace(scope, connection).locale
        account_id = known[1] if known else _add(
            services, connection, scope, Person(password="", email=normal, name=name, locale=locale)
        )  # fmt: skip
        return _login_link(services, connection, scope, account_id, "invite")


def add_owner(services: Services, scope: Scope, person: Person) -> str:
    """An owner without any link; with an empty password a link has to follow. Returns the
    account's id. Raises InvalidInput, Conflict("account_exists")."""
    password_hash = hash_password(person) if person.password else ""
    with services.database.writing() as connection:
        return _add(services, connection, scope, person, password_hash)


def look_at_link(services: Services, secret: str) -> LinkView:
    """What a link is for, without using it. Raises LinkRefused."""
    with services.database.reading() as connection:
        known = one_time.look(services, connection, secret, LINK_PURPOSES, "link")
        _check_still_free(connection, known)
        if known.scope == NOBODY:
            return LinkView(purpose=known.purpose, new_workspace=True)
        place = installed.workspace(known.scope, connection)
        account = rows.get(known.scope, connection, known.account_id)
    return LinkView(
        purpose=known.purpose,
        email=account.email if account else "",
        name=account.name if account else "",
        locale=account.locale if account else place.locale,
        workspace_name=place.name,
    )


def use_link(
    services: Services, secret: str, person: Person, workspace: NewWorkspace | None
) -> tuple[Scope, str]:
    """Makes what the link is for and chooses the password; whoever was logged in to the account
    is not any more. Returns the account. Raises LinkRefused, InvalidInput, Conflict."""
    view = look_at_link(services, secret)
    if view.email:
        person = Person(password=person.password, email=view.email, name=view.name)
    password_hash = hash_password(person)
    with services.database.writing() as connection:
        known = one_time.use(services, connection, secret, LINK_PURPOSES, "link")
        _check_still_free(connection, known)
        if known.purpose != "setup":
            _set_password(services, connection, known, password_hash)
            return known.scope, known.account_id
        scope = known.scope
        if scope == NOBODY:
            if workspace is None:
                raise InvalidInput("request_invalid", field="workspace")
            scope = create_workspace_in(
                services, connection, name=workspace.name, locale=known_locale(person.locale),
                country=workspace.country, timezone=workspace.timezone,
                own_domains=workspace.own_domains,
            )  # fmt: skip
        if not installed.claim_outside(scope, connection, *OWNED, ""):
            raise LinkRefused("link_used")
        return scope, _add(services, connection, scope, person, password_hash)


def hash_password(person: Person) -> str:
    """Raises InvalidInput: password_short, password_long, password_guessable."""
    password = person.password
    if len(password) < LEAST_PASSWORD:
        raise InvalidInput("password_short", field="password", least=LEAST_PASSWORD)
    if len(password) > MOST_PASSWORD:
        raise InvalidInput("password_long", field="password", most=MOST_PASSWORD)
    known = {person.email.lower(), person.name.lower(), person.email.partition("@")[0].lower()}
    if len(set(password)) < 4 or password.lower() in known:
        raise InvalidInput("password_guessable", field="password")
    return hasher.hash(password)


def _check_still_free(connection: DbConnection, known: OneTime) -> None:
    """A set-up link is over as soon as another one was used."""
    if known.purpose == "setup" and installed.find_outside(connection, *OWNED) is not None:
        raise LinkRefused("link_used")


def _set_password(
    services: Services, connection: DbConnection, known: OneTime, password_hash: str
) -> None:
    rows.change(known.scope, connection, known.account_id, password_hash=password_hash)
    rows.end_sessions_of(known.scope, connection, known.account_id)
    keys.use_all_of(known.scope, connection, known.account_id, services.clock())


def _add(
    services: Services, connection: DbConnection, scope: Scope, person: Person,
    password_hash: str = "",
) -> str:  # fmt: skip
    email, account_id = _email(person.email), new_id("us_")
    if not installed.claim_outside(scope, connection, "account", email, account_id):
        raise Conflict("account_exists", email=email)
    values = {
        "id": account_id,
        "email": email,
        "name": person.name.strip()[:200] or email.partition("@")[0],
        "password_hash": password_hash,
        "role": "owner",
        "locale": known_locale(person.locale),
        "active": True,
        "created_at": services.clock(),
    }
    rows.add(scope, connection, values)
    installed.claim_outside(scope, connection, *OWNED, account_id)
    return account_id


def _email(text: str) -> str:
    email = normal_email(text)
    if not email or len(email) > 255:
        raise InvalidInput("email_invalid", field="email")
    return email


def _owner(connection: DbConnection, email: str) -> tuple[Scope, str]:
    if email:
        found = installed.find_outside(connection, "account", normal_email(email))
        account = rows.get(found[0], connection, found[1]) if found else None
        if found is None or account is None or not account.active:
            raise NotFound("account_not_found")
        return found
    owners = [
        (scope, row.id)
        for scope in installed.all_scopes(connection)
        for row in rows.with_role(scope, connection, "owner")
    ]
    if len(owners) != 1:
        raise Conflict("owner_ambiguous") if owners else NotFound("account_not_found")
    return owners[0]


def _login_link(
    services: Services, connection: DbConnection, scope: Scope, account_id: str, purpose: str
) -> str:
    secret = one_time.issue_in(
        services, connection, scope, purpose, life=LINK_LIFE, account_id=account_id
    )
    return _url(services, secret)


def _url(services: Services, secret: str) -> str:
    return f"{services.settings.public_url}/console/link/{secret}"
