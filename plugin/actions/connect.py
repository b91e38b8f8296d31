"""Making a workspace, connecting shops, installing helpdesks, naming agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from plugin.actions import belonging
from plugin.actions.pending import begin as begin
from plugin.actions.pending import finish as finish
from plugin.actions.pending import make_claim_code as make_claim_code
from plugin.actions.pending import redeem_claim_code as redeem_claim_code
from plugin.actions.shops import connection_of, unsealed
from plugin.actions.sync import nudge
from plugin.db import connections as installed
from plugin.db import people, reconciliations
from plugin.db.connections import ConnectionRow
from plugin.db.session import DbConnection, Scope
from plugin.errors import NotFound, SetupError
from plugin.ports.clock import new_id
from plugin.ports.store import MISSING, Capability, Connection, Proven
from plugin.services import Services


def create_workspace(
    services: Services, *, name: str, locale: str, country: str, timezone: str,
    own_domains: Sequence[str] = (),
) -> Scope:  # fmt: skip
    """`country` (ISO alpha-2) reads national phone numbers, `own_domains` never write tickets."""
    with services.database.writing() as connection:
        return create_workspace_in(
            services, connection, name=name, locale=locale, country=country, timezone=timezone,
            own_domains=own_domains,
        )  # fmt: skip


def create_workspace_in(
    services: Services, connection: DbConnection, *, name: str, locale: str, country: str,
    timezone: str, own_domains: Sequence[str] = (),
) -> Scope:  # fmt: skip
    """`create_workspace` inside a transaction that does more."""
    scope = Scope(new_id("ws_"))
    values = {
        "name": name,
        "locale": locale,
        "country": country,
        "timezone": timezone,
        "own_domains": list(own_domains),
        "created_at": services.clock(),
    }
    installed.add_workspace(scope, connection, values)
    return scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A connected shop. `renewed`: it was connected before and keeps its mirror. `missing` is what
    its credentials cannot do, `notices` are codes of what works but should be known."""

    id: str
    name: str
    address: str
    renewed: bool
    missing: tuple[Capability, ...]
    notices: tuple[str, ...]


def connect_shop(
    services: Services, scope: Scope, *, platform: str, label: str, address: str,
    credentials: Mapping[str, str], options: Mapping[str, str] | None = None,
) -> str:  # fmt: skip
    """`attach_shop`, of which only the connection's id is wanted."""
    return attach_shop(
        services, scope, platform=platform, label=label, address=address,
        credentials=credentials, options=options,
    ).id  # fmt: skip


def attach_shop(
    services: Services, scope: Scope, *, platform: str, label: str, address: str,
    credentials: Mapping[str, str], options: Mapping[str, str] | None = None, key: str = "",
) -> Attached:  # fmt: skip
    """Proves address and credentials by calls, stores them sealed, wakes the backfill. A shop that
    is connected already gets the new credentials and keeps everything else. It must be the one
    that its platform calls `key`, if that is given. Raises SetupError("platform_unknown" |
    "install_other_shop"), Conflict("shop_elsewhere"), PlatformError and what the platform's `prove`
    says."""
    if platform not in services.stores:
        raise SetupError("platform_unknown", platform=platform)
    known = Connection(
        workspace_id=scope.workspace_id,
        id=new_id("co_"),
        platform=platform,
        label=label,
        address=address.rstrip("/"),
        credentials={name: value.strip() for name, value in credentials.items()},
        options=dict(options or {}),
    )
    proven = _prove(services, known)
    if key and proven.shop.key != key:
        raise SetupError("install_other_shop")
    learnt = {**proven.options, **_without(proven.missing)}
    known = replace(known, address=proven.address.rstrip("/"))
    before = _connected_before(services, scope, known)
    if before is None:
        _add(services, scope, known, proven, learnt)
    else:
        known = replace(known, id=before.id)
        _renew(services, scope, known, before, proven, learnt)
    nudge(services, scope, known.id)
    return Attached(
        id=known.id,
        name=label or (before.label if before else proven.shop.name),
        address=known.address,
        renewed=before is not None,
        missing=proven.missing,
        notices=proven.notices,
    )


def reattach_shop(services: Services, scope: Scope, connection_id: str) -> Attached:
    """Tries the stored credentials again, as `attach_shop` does; of a shop in trouble this tells
    the cause. Raises what `attach_shop` raises, NotFound("connection_not_found")."""
    with services.database.reading() as connection:
        known = connection_of(services, scope, connection, connection_id)
    return attach_shop(
        services, scope, platform=known.platform, label=known.label, address=known.address,
        credentials=known.credentials,
    )  # fmt: skip


def _prove(services: Services, known: Connection) -> Proven:
    prove = services.stores[known.platform].prove
    if prove is None or services.http is None:
        return Proven(address=known.address, shop=services.open_store(known).shop())
    return prove(known, services.http)


def _without(missing: Sequence[Capability]) -> dict[str, str]:
    return {f"{MISSING}{capability.name}": capability.reason for capability in missing}


def _connected_before(services: Services, scope: Scope, known: Connection) -> ConnectionRow | None:
    """The same shop: same platform, same address, be it with https or without."""
    with services.database.reading() as connection:
        rows = installed.connection_rows(scope, connection)
    place = known.address.rpartition("://")[2]
    same = (row for row in rows if row.platform == known.platform)
    return next((row for row in same if row.address.rpartition("://")[2] == place), None)


def _add(
    services: Services, scope: Scope, known: Connection, proven: Proven, learnt: Mapping[str, str]
) -> None:
    now = services.clock()
    values = {
        "id": known.id,
        "platform": known.platform,
        "label": known.label or proven.shop.name,
        "address": known.address,
        "credentials": _sealed(services, known),
        "options": _kept({**known.options, **learnt}),
        "currency": proven.shop.currency,
        "timezone": proven.shop.timezone,
        "last_ok_at": now,
        "sync_state": "waiting",
        "sync": {},
        "created_at": now,
        "connected_at": now,
    }
    with services.database.writing() as connection:
        installed.add_connection(scope, connection, values)
        # its turn comes at once: webhooks are subscribed then, so that the backfill misses nothing
        reconciliations.add(scope, connection, known.id, services.clock())
        # so that what the platform sends under the shop's name finds it at once
        belonging.take(services, scope, connection, known.platform, proven.shop.key, known.id)


def _renew(
    services: Services, scope: Scope, known: Connection, before: ConnectionRow, proven: Proven,
    learnt: Mapping[str, str],
) -> None:  # fmt: skip
    """New credentials for a known shop; what was learnt with the old ones is forgotten."""
    old = {n: v for n, v in before.options.items() if not n.startswith(MISSING)}
    values: dict[str, object] = {
        "address": known.address,
        "credentials": _sealed(services, _still_heard(services, known, before)),
        "options": _kept({**old, **known.options, **learnt}),
        "label": known.label or before.label,
    }
    if before.sync_state == "failed":
        values["sync_state"] = "waiting"
    # of whatever was before this moment, no demand to erase counts any more; what changed at the
    # shop meanwhile is asked for from where its last answer ended
    values |= {"disconnected_at": None, "connected_at": services.clock()}
    with services.database.writing() as connection:
        installed.change_connection(scope, connection, known.id, **values)
        installed.mark_answered(scope, connection, known.id, services.clock())
        reconciliations.add(scope, connection, known.id, services.clock())
        belonging.take(services, scope, connection, known.platform, proven.shop.key, known.id)
        # new rights may make webhooks that the old ones could not
        reconciliations.change(scope, connection, known.id, tended_at=None, due=services.clock())


def _still_heard(services: Services, known: Connection, before: ConnectionRow) -> Connection:
    """The webhooks that are there go on signing with the secret they were made with."""
    old: dict[str, str] = msgspec.json.decode(services.keys.open(before.credentials))
    kept = {name: text for name, text in old.items() if name.startswith("webhook_secret")}
    return replace(known, credentials={**kept, **known.credentials})


def _kept(options: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in options.items() if value}


def _sealed(services: Services, known: Connection) -> bytes:
    return services.keys.seal(msgspec.json.encode(known.credentials))


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
