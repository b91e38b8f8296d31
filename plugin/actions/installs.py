"""An install of the panel in a helpdesk: finding it, what its platform may check, what arrived."""

from __future__ import annotations

import msgspec

from plugin.db import connections as installed
from plugin.db.connections import InstallRow
from plugin.db.session import DbConnection, Scope
from plugin.errors import NotFound
from plugin.ports.helpdesk import HelpdeskPlatform, InstallSecrets, Launch
from plugin.services import Services

_decode_fields = msgspec.json.Decoder(dict[str, str]).decode


def frame_ancestors(services: Services, install_id: str) -> tuple[str, ...]:
    """Who may frame this install's panel. Raises NotFound("install_unknown")."""
    with services.database.reading() as connection:
        _, install = find_install(connection, install_id)
        return install.origins


def platform_of(services: Services, install_id: str) -> tuple[HelpdeskPlatform, InstallRow]:
    """Raises NotFound("install_unknown")."""
    with services.database.reading() as connection:
        _, install = find_install(connection, install_id)
    return services.helpdesks[install.helpdesk], install


def find_install(connection: DbConnection, install_id: str) -> tuple[Scope, InstallRow]:
    """Raises NotFound("install_unknown")."""
    found = installed.find_outside(connection, "install", install_id)
    install = installed.install_row(found[0], connection, found[1]) if found else None
    if found is None or install is None:
        raise NotFound("install_unknown")
    return found[0], install


def secrets_of(services: Services, install: InstallRow) -> InstallSecrets:
    """What the platform of an install may check with."""
    return InstallSecrets(
        id=install.id,
        secret=services.keys.open(install.secret),
        origins=install.origins,
        fields=_decode_fields(services.keys.open(install.fields)) if install.fields else {},
    )


def received(
    services: Services, scope: Scope, connection: DbConnection, install: InstallRow,
    launch: Launch,
) -> None:  # fmt: skip
    """Notes that the helpdesk reached us, and of what kinds its news was; no value of it."""
    seen = {
        "agent": bool(launch.agent.id),
        "agent_email": bool(launch.agent.email),
        "conversation": bool(launch.conversation),
        "email": bool(launch.writer.emails),
        "phone": bool(launch.writer.phones),
        "text": bool(launch.text),
    }
    seen = {name: known or bool((install.seen or {}).get(name)) for name, known in seen.items()}
    if install.first_launch_at is None or seen != install.seen:
        first = install.first_launch_at or services.clock()
        installed.change_install(scope, connection, install.id, seen=seen, first_launch_at=first)
