"""Making a workspace, connecting shops, installing helpdesks, naming agents."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from plugin.actions.shops import unsealed
from plugin.db import connections as installed
from plugin.db import people
from plugin.db.session import Scope
from plugin.errors import NotFound, SetupError
from plugin.ports.clock import new_id
from plugin.ports.store import Connection
from plugin.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A helpdesk install; `secret` is shown once, to be pasted into the helpdesk."""

    id: str
    url: str
    secret: str


def create_workspace(
    services: Services, *, name: str, locale: str, country: str, timezone: str,
    own_domains: Sequence[str] = (),
) -> Scope:  # fmt: skip
    """`country` (ISO alpha-2) reads national phone numbers, `own_domains` never write tickets."""
    scope = Scope(new_id("ws_"))
    values = {
        "name": name,
        "locale": locale,
        "country": country,
        "timezone": timezone,
        "own_domains": list(own_domains),
        "created_at": services.clock(),
    }
    with services.database.writing() as connection:
        installed.add_workspace(scope, connection, values)
    return scope


def connect_shop(
    services: Services, scope: Scope, *, platform: str, label: str, address: str,
    credentials: Mapping[str, str], options: Mapping[str, str] | None = None,
) -> str:  # fmt: skip
    """Proves the credentials by a call, stores them sealed, wakes the backfill; returns the
    connection's id. Raises SetupError("platform_unknown"), PlatformError."""
    if platform not in services.stores:
        raise SetupError("platform_unknown", platform=platform)
    known = Connection(
        workspace_id=scope.workspace_id,
        id=new_id("co_"),
        platform=platform,
        label=label,
        address=address.rstrip("/"),
        credentials=dict(credentials),
        options=dict(options or {}),
    )
    shop = services.open_store(known).shop()
    now = services.clock()
    values = {
        "id": known.id,
        "platform": platform,
        "label": label or shop.name,
        "address": known.address,
        "credentials": services.keys.seal(msgspec.json.encode(known.credentials)),
        "options": known.options,
        "currency": shop.currency,
        "timezone": shop.timezone,
        "last_ok_at": now,
        "sync_state": "waiting",
        "sync": {},
        "created_at": now,
    }
    with services.database.writing() as connection:
        installed.add_connection(scope, connection, values)
    services.wake("backfill", scope.workspace_id, known.id)
    return known.id


def install_helpdesk(
    services: Services, scope: Scope, *, helpdesk: str, label: str, origins: Sequence[str],
    default_role: str = "viewer", secret: str = "",
) -> Installed:  # fmt: skip
    """Raises SetupError("helpdesk_unknown")."""
    if helpdesk not in services.helpdesks:
        raise SetupError("helpdesk_unknown", helpdesk=helpdesk)
    install_id, secret = new_id("in_"), secret or secrets.token_urlsafe(32)
    values = {
        "id": install_id,
        "helpdesk": helpdesk,
        "label": label,
        "secret": services.keys.seal(secret.encode()),
        "origins": list(origins),
        "default_role": default_role,
        "created_at": services.clock(),
    }
    with services.database.writing() as connection:
        installed.add_install(scope, connection, values)
        installed.add_outside(scope, connection, "install", install_id, install_id)
    url = f"{services.settings.public_url}/panel/{install_id}/v1"
    return Installed(id=install_id, url=url, secret=secret)


def name_agent(
    services: Services, scope: Scope, *, install_id: str, host_id: str, name: str, role: str
) -> str:
    """An agent of a signed host before its first launch; returns the agent's id."""
    values = {
        "id": new_id("ag_"),
        "install_id": install_id,
        "host_id": host_id,
        "name": name,
        "email": "",
        "role": role,
        "active": True,
        "created_at": services.clock(),
    }
    with services.database.writing() as connection:
        people.add_agent(scope, connection, values)
        row = people.agent_by_host(scope, connection, install_id, host_id)
    if row is None:
        raise NotFound("agent_not_found")
    return str(row.id)


def set_role(services: Services, scope: Scope, agent_id: str, role: str) -> None:
    """Effective with the agent's next request. Raises NotFound("agent_not_found")."""
    with services.database.writing() as connection:
        if not people.change_agent(scope, connection, agent_id, role=role):
            raise NotFound("agent_not_found")


def all_connections(services: Services, scope: Scope) -> list[Connection]:
    with services.database.reading() as connection:
        rows = installed.connection_rows(scope, connection)
    return [unsealed(services, scope, row) for row in rows]
