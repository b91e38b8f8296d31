"""The app under which a platform's shops let us in: the owner's own, or the installation's."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from plugin.db import apps as rows
from plugin.db import connections as installed
from plugin.db.session import DbConnection, Scope
from plugin.errors import Conflict, InvalidInput, SetupError
from plugin.ports.store import AppKeys
from plugin.services import Services

KIND = "app"
_NAMES = ("client_secret", "client_secret_old")


def save_app(
    services: Services, scope: Scope, platform: str, *, client_id: str, secret: str = ""
) -> None:
    """The owner's own app. An empty `secret` keeps the one that is there; another one makes that
    the old one, which counts during a rotation. Raises InvalidInput("app_keys_missing"),
    Conflict("app_taken") for an app that another workspace has."""
    client_id, secret = client_id.strip(), secret.strip()
    with services.database.writing() as connection:
        before = rows.get(scope, connection, platform)
        known = _opened(services, before) if before and before.client_id == client_id else {}
        if not client_id or not (secret or known):
            raise InvalidInput("app_keys_missing", field="client_id" if secret else "secret")
        _claim(services, scope, connection, platform, client_id)
        if secret and secret != known.get(_NAMES[0]):
            known = dict(zip(_NAMES, (secret, known.get(_NAMES[0], "")), strict=True))
        values = {
            "client_id": client_id,
            "secrets": services.keys.seal(msgspec.json.encode(known)),
            "asked": dict(before.asked) if before else {},
            "changed_at": services.clock(),
        }
        rows.put(scope, connection, platform, values)


def _claim(
    services: Services, scope: Scope, connection: DbConnection, platform: str, client_id: str
) -> None:
    """Whoever named an app first has it: what it signs must not be read by somebody else."""
    outside = f"{platform}:{client_id}"[:255]
    found = installed.find_outside(connection, KIND, outside)
    ours = common_keys(services, platform)
    if (found and found[0] != scope) or (ours and ours.client_id == client_id):
        raise Conflict("app_taken")
    if found is None:
        installed.add_outside(scope, connection, KIND, outside, platform)


def own_app(
    services: Services, scope: Scope, platform: str
) -> tuple[AppKeys, Mapping[str, str]] | None:
    """The owner's own app, and what they say they have asked for ("asked" by name)."""
    with services.database.reading() as connection:
        row = rows.get(scope, connection, platform)
    return (_keys(services, row), row.asked) if row else None


def note_asked(services: Services, scope: Scope, platform: str, asked: Mapping[str, str]) -> None:
    """What the owner says they have asked the platform for. Raises SetupError("app_missing")."""
    with services.database.writing() as connection:
        row = rows.get(scope, connection, platform)
        if row is None:
            raise SetupError("app_missing")
        values = {
            "client_id": row.client_id,
            "secrets": row.secrets,
            "asked": dict(asked),
            "changed_at": row.changed_at,
        }
        rows.put(scope, connection, platform, values)


def app_keys(services: Services, scope: Scope, platform: str, client_id: str = "") -> AppKeys:
    """The app with this id, or the one new shops come in by. Raises SetupError("app_missing")."""
    own = own_app(services, scope, platform)
    candidates = [*([own[0]] if own else []), common_keys(services, platform)]
    for keys in candidates:
        if keys is not None and client_id in ("", keys.client_id):
            return keys
    raise SetupError("app_missing")


def common_keys(services: Services, platform: str) -> AppKeys | None:
    """The app of the whole installation, None where the settings name none."""
    names = services.stores[platform].app_settings
    known = {
        part: services.settings.of_platforms.get(name, "").strip() for part, name in names.items()
    }
    secrets = tuple(known[name] for name in _NAMES if known.get(name))
    if not known.get("client_id") or not secrets:
        return None
    return AppKeys(client_id=known["client_id"], secrets=secrets)


def app_named(
    services: Services, platform: str, client_id: str
) -> tuple[AppKeys, Scope | None] | None:
    """Whose app this is, before anybody is known: the installation's (no workspace), an owner's,
    or nobody's."""
    ours = common_keys(services, platform)
    if ours is not None and ours.client_id == client_id:
        return ours, None
    with services.database.reading() as connection:
        outside = f"{platform}:{client_id}"[:255]
        found = installed.find_outside(connection, KIND, outside) if client_id else None
        row = rows.get(found[0], connection, platform) if found else None
    if found is None or row is None or row.client_id != client_id:
        return None
    return _keys(services, row), found[0]


def app_of_shop(services: Services, platform: str, shop: str) -> AppKeys | None:
    """The app under which a shop, called so by its platform, is connected, or would be."""
    with services.database.reading() as connection:
        found = installed.find_outside(connection, "shop", f"{platform}:{shop}"[:255])
        row = rows.get(found[0], connection, platform) if found else None
    return _keys(services, row) if row else common_keys(services, platform)


def secrets_among(known: Mapping[str, str]) -> tuple[str, ...]:
    """Of an opened app, new and old, to check what it signed."""
    return tuple(known[name] for name in _NAMES if known.get(name))


def _keys(services: Services, row: rows.AppRow) -> AppKeys:
    known = _opened(services, row)
    return AppKeys(client_id=row.client_id, secrets=secrets_among(known))


def _opened(services: Services, row: rows.AppRow) -> dict[str, str]:
    return msgspec.json.decode(services.keys.open(row.secrets), type=dict[str, str])
