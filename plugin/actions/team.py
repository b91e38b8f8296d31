"""The people of a workspace: invited, given a role, sent away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.actions import one_time
from plugin.actions.answering import SERVER
from plugin.db import accounts as rows
from plugin.db import connections as installed
from plugin.db import pairings, people
from plugin.db.accounts import ACCOUNT
from plugin.db.session import DbConnection, Scope
from plugin.domain.identity import normal_email
from plugin.domain.policy import ROLES
from plugin.errors import Conflict, Forbidden, InvalidInput, NotFound
from plugin.ports.clock import new_id
from plugin.services import Services

INVITED = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody with an account; `invited`: the link has not been used yet."""

    id: str
    name: str
    email: str
    role: str
    active: bool
    invited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAgentView:
    """An agent whom a signed helpdesk named."""

    id: str
    name: str
    email: str
    role: str
    active: bool
    install: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserView:
    """A paired browser."""

    id: str
    agent: str
    email: str
    helpdesk: str
    browser: str
    since: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Everybody of a workspace, and in which browsers they act."""

    members: Sequence[Member]
    agents: Sequence[HostAgentView]
    browsers: Sequence[BrowserView]


def invite(services: Services, scope: Scope, *, email: str, name: str, role: str) -> str:
    """The link by which somebody chooses a password; for an account that is there already, another
    one. Raises InvalidInput(email_invalid, role_unknown), Conflict("account_elsewhere")."""
    normal = normal_email(email)
    if not normal:
        raise InvalidInput("email_invalid", field="email")
    if role not in ROLES or role == "owner":
        raise InvalidInput("role_unknown", field="role")
    with services.database.writing() as connection:
        known = installed.find_outside(connection, "account", normal)
        if known is not None and known[0] != scope:
            raise Conflict("account_elsewhere", email=normal)
        account_id = known[1] if known else new_id("us_")
        if known is None:
            _add(services, scope, connection, account_id, normal, name, role)
        secret = one_time.issue_in(
            services, connection, scope, "invite", life=INVITED, account_id=account_id
        )
    return f"{services.settings.public_url}/console/link/{secret}"


def team(services: Services, scope: Scope) -> Team:
    """Everybody."""
    with services.database.reading() as connection:
        accounts = rows.everyone(scope, connection)
        agents = people.agent_rows(scope, connection)
        installs = {row.id: row for row in installed.install_rows(scope, connection)}
        browsers = pairings.paired(scope, connection)
    labels = {key: row.label or services.helpdesks[row.helpdesk].label
              for key, row in installs.items() if row.helpdesk in services.helpdesks}  # fmt: skip
    return Team(
        members=[
            Member(
                id=row.id, name=row.name, email=row.email, role=row.role, active=row.active,
                invited=not row.password_hash,
            )
            for row in accounts
        ],
        agents=[
            HostAgentView(
                id=row.id, name=row.name, email=row.email, role=row.role, active=row.active,
                install=labels.get(row.install_id, row.install_id),
            )
            for row in agents
            if row.host_id != SERVER and not row.host_id.startswith(ACCOUNT)
        ],
        browsers=[
            BrowserView(
                id=row.id, agent=row.agent_name, email=row.agent_email,
                helpdesk=labels.get(row.install_id, row.helpdesk), browser=row.browser,
                since=row.confirmed_at, used_at=row.used_at,
            )
            for row in browsers
        ],
    )  # fmt: skip


def change_role(services: Services, scope: Scope, person_id: str, role: str) -> None:
    """Of an account, wherever it sits, or of a helpdesk's agent; effective with the next request.
    Raises InvalidInput("role_unknown"), Forbidden("owner_stays"), NotFound("agent_not_found")."""
    if role not in ROLES or role == "owner":
        raise InvalidInput("role_unknown", field="role")
    with services.database.writing() as connection:
        _change(scope, connection, person_id, role=role)


def set_active(services: Services, scope: Scope, person_id: str, active: bool) -> None:
    """Sent away, everywhere and at once; or back again. Raises as `change_role`."""
    with services.database.writing() as connection:
        _change(scope, connection, person_id, active=active)
        if not active:
            rows.end_sessions_of(scope, connection, person_id)


def _change(scope: Scope, connection: DbConnection, person_id: str, **values: object) -> None:
    account = rows.get(scope, connection, person_id)
    if account is not None and account.role == "owner":
        raise Forbidden("owner_stays")
    if account is not None:
        rows.change(scope, connection, person_id, **values)
        pairings.change_agents_of(scope, connection, ACCOUNT + person_id, **values)
    elif not people.change_agent(scope, connection, person_id, **values):
        raise NotFound("agent_not_found")
    pairings.access_decided(scope, connection, person_id)


def _add(
    services: Services, scope: Scope, connection: DbConnection, account_id: str, email: str,
    name: str, role: str,
) -> None:  # fmt: skip
    if not installed.claim_outside(scope, connection, "account", email, account_id):
        raise Conflict("account_exists", email=email)
    values = {
        "id": account_id,
        "email": email,
        "name": name.strip()[:200] or email.partition("@")[0],
        "password_hash": "",
        "role": role,
        "locale": installed.workspace(scope, connection).locale,
        "active": True,
        "created_at": services.clock(),
    }
    rows.add(scope, connection, values)
