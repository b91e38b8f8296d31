"""An install of the panel in a helpdesk: finding it, what its platform may check, what arrived."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from secrets import token_urlsafe
from urllib.parse import urlsplit
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import msgspec

from plugin.actions.last_call import LastCall, last_call_of
from plugin.db import connections as installed
from plugin.db.connections import InstallRow
from plugin.db.session import DbConnection, Scope
from plugin.domain.policy import ROLES
from plugin.errors import InvalidInput, NotFound, SetupError
from plugin.ports.clock import new_id
from plugin.ports.helpdesk import HelpdeskPlatform, InstallSecrets, Launch, PackageFacts
from plugin.services import Services

_ORIGIN = re.compile(r"https?://(\*\.)?[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")
_decode_fields = msgspec.json.Decoder(dict[str, str]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A helpdesk install; `values` are what its set-up steps copy: url, fragment, lookup, secret,
    id and origin."""

    id: str
    url: str
    secret: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallView:
    """An install as its owner looks at it; `fields` without the secret ones. `arrived` and
    `missing` are kinds of news."""

    id: str
    platform: HelpdeskPlatform
    label: str
    origins: tuple[str, ...]
    default_role: str
    fields: Mapping[str, str]
    first_launch_at: datetime | None
    arrived: tuple[str, ...]
    missing: tuple[str, ...]
    last_call: LastCall | None = None


def install_helpdesk(
    services: Services, scope: Scope, *, helpdesk: str, label: str, origins: Sequence[str],
    default_role: str = "viewer", secret: str = "", fields: Mapping[str, str] | None = None,
) -> Installed:  # fmt: skip
    """Raises SetupError("helpdesk_unknown"), InvalidInput(origin_invalid, install_field_missing,
    role_unknown)."""
    platform = services.helpdesks.get(helpdesk)
    if platform is None:
        raise SetupError("helpdesk_unknown", helpdesk=helpdesk)
    given = {name: text.strip() for name, text in (fields or {}).items() if text.strip()}
    for each in platform.fields:
        if each.required and each.name not in given:
            raise InvalidInput("install_field_missing", field=each.name, name=each.label["en"])
    if default_role not in ROLES or default_role == "owner":
        raise InvalidInput("role_unknown", field="role")
    install_id, secret = new_id("in_"), secret or token_urlsafe(30)
    values = {
        "id": install_id,
        "helpdesk": helpdesk,
        "label": label.strip()[:100],
        "secret": services.keys.seal(secret.encode()),
        "origins": [checked_origin(origin) for origin in origins or platform.origins],
        "default_role": default_role,
        "fields": services.keys.seal(msgspec.json.encode(given)) if given else None,
        "created_at": services.clock(),
    }
    with services.database.writing() as connection:
        installed.add_install(scope, connection, values)
        installed.add_outside(scope, connection, "install", install_id, install_id)
    return describe(services, scope, install_id)


def describe(services: Services, scope: Scope, install_id: str) -> Installed:
    """An install with everything its helpdesk wants pasted. Raises NotFound("install_unknown")."""
    with services.database.reading() as connection:
        row = installed.install_row(scope, connection, install_id)
    if row is None:
        raise NotFound("install_unknown")
    url = f"{services.settings.public_url}/panel/{install_id}/v1"
    secret = services.keys.open(row.secret).decode()
    values = {
        "id": install_id,
        "url": url,
        "fragment": f"{url}/fragment",
        "lookup": f"{url}/lookup",
        "secret": secret,
        "origin": origin_of(services.settings.public_url),
    }
    return Installed(id=install_id, url=url, secret=secret, values=values)


def all_installs(services: Services, scope: Scope) -> list[InstallView]:
    """Those of a helpdesk; the page of our own is none."""
    with services.database.reading() as connection:
        rows = installed.install_rows(scope, connection)
    views = [_view(services, row) for row in rows if row.helpdesk in services.helpdesks]
    return [view for view in views if not view.platform.link]


def one_install(services: Services, scope: Scope, install_id: str) -> InstallView:
    """Raises NotFound("install_unknown")."""
    found = next((v for v in all_installs(services, scope) if v.id == install_id), None)
    if found is None:
        raise NotFound("install_unknown")
    return found


def change_install(services: Services, scope: Scope, install_id: str, *, default_role: str) -> None:
    """Raises InvalidInput("role_unknown")."""
    if default_role not in ROLES or default_role == "owner":
        raise InvalidInput("role_unknown", field="role")
    with services.database.writing() as connection:
        installed.change_install(scope, connection, install_id, default_role=default_role)


def fill_fields(
    services: Services, scope: Scope, install_id: str, fields: Mapping[str, str]
) -> None:
    """Values that the helpdesk only gives once its package is uploaded. An empty one of a secret
    field leaves what is known. Raises NotFound("install_unknown"), InvalidInput(
    install_field_missing, install_field_unknown)."""
    with services.database.writing() as connection:
        row = installed.install_row(scope, connection, install_id)
        if row is None:
            raise NotFound("install_unknown")
        known = {each.name: each for each in services.helpdesks[row.helpdesk].fields}
        values = dict(secrets_of(services, row).fields)
        for name, text in fields.items():
            if name not in known:
                raise InvalidInput("install_field_unknown", field=name, name=name)
            if text.strip() or not known[name].secret:
                values[name] = text.strip()
        for name, each in known.items():
            if each.required and not values.get(name):
                raise InvalidInput("install_field_missing", field=name, name=each.label["en"])
        sealed = services.keys.seal(msgspec.json.encode(values))
        installed.change_install(scope, connection, install_id, fields=sealed)


def _view(services: Services, row: InstallRow) -> InstallView:
    seen = dict(row.seen or {})
    platform, values = services.helpdesks[row.helpdesk], secrets_of(services, row).fields
    return InstallView(
        id=row.id,
        platform=platform,
        fields={f.name: values.get(f.name, "") for f in platform.fields if not f.secret},
        label=row.label,
        origins=row.origins,
        default_role=row.default_role,
        first_launch_at=row.first_launch_at,
        arrived=tuple(name for name, known in seen.items() if known),
        missing=tuple(name for name, known in seen.items() if not known),
        last_call=last_call_of(row),
    )


def package(services: Services, scope: Scope, install_id: str) -> tuple[str, bytes]:
    """Name and bytes of the archive that a helpdesk wants uploaded; the same for the same install.
    Raises NotFound("package_none" | "install_unknown")."""
    made = describe(services, scope, install_id)
    with services.database.reading() as connection:
        row = installed.install_row(scope, connection, install_id)
    assert row is not None
    platform = services.helpdesks[row.helpdesk]
    if platform.package is None:
        raise NotFound("package_none")
    facts = PackageFacts(
        install_id=install_id, url=made.url, origins=row.origins,
        fields=secrets_of(services, row).fields,
    )  # fmt: skip
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, content in sorted(platform.package(facts).items()):
            archive.writestr(ZipInfo(name), content, ZIP_DEFLATED)
    return platform.package_name or f"{platform.key}.zip", packed.getvalue()


def checked_origin(text: str) -> str:
    """Scheme and host, with "*." before it or a port if need be. Raises
    InvalidInput("origin_invalid")."""
    origin = text.strip().rstrip("/").lower()
    if not _ORIGIN.fullmatch(origin):
        raise InvalidInput("origin_invalid", field="origin", origin=text.strip()[:200])
    return origin


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


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
