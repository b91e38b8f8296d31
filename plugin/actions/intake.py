"""Webhooks come in: verified, and stored in one short transaction that others share.

A 200 is said after the commit, and nothing is done that could wait: the worker does it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from plugin.actions import apps, hear, privacy
from plugin.actions.credentials import opened
from plugin.db import deliveries as rows
from plugin.db import intake as book
from plugin.db.intake import Outside
from plugin.db.session import Database, Scope
from plugin.errors import DeliveryRefused, NotFound
from plugin.ports.store import StorePlatform
from plugin.ports.webhooks import Delivery, Request
from plugin.services import Services

MOST_SEEN = 1000
TRIES = 5
_seen: WeakKeyDictionary[Database, dict[Outside, Any]] = WeakKeyDictionary()
"""Living shops as they were found last, as looking them up costs more than storing."""
_LONGEST = {"topic": 100, "ref": 255}


def receive(services: Services, platform: str, connection_id: str, request: Request) -> None:
    """Verifies, stores once, wakes. Raises NotFound("connection_not_found") for an address that
    is none, DeliveryRefused."""
    known = services.stores.get(platform)
    if known is None or known.webhooks is None:
        raise NotFound("connection_not_found")
    name = connection_id or known.webhooks.route(request) or ""
    if not name:
        raise DeliveryRefused("delivery_invalid")
    kind, key = ("connection", name) if connection_id else ("shop", f"{platform}:{name}")
    outside = (kind, key, platform)
    seen = _seen.setdefault(services.database, {})
    if outside in seen and _taken_in(services, known, outside, seen[outside], request):
        return
    for _ in range(TRIES):
        with services.database.reading() as connection:
            row = book.addressee(connection, outside)
        seen.pop(outside, None)
        if row is not None and _lives(row):
            if len(seen) >= MOST_SEEN:
                seen.clear()
            seen[outside] = row
        if _take_in(services, known, outside, row, request):
            return
    raise RuntimeError("a shop that changes with every look")  # its sender tries again


def _taken_in(
    services: Services, platform: StorePlatform, outside: Outside, row: Any, request: Request
) -> bool:
    """With what was found the last time; the transaction that stores says whether it still holds.
    False: to be looked up again."""
    found = _addressee(services, platform, outside, row)
    try:
        heard = _heard(services, platform, found, request)
    except DeliveryRefused:
        return False  # the secret may be new
    if heard is None:
        return True
    return heard.demand is None and _store(services, outside, row, heard)


def _take_in(
    services: Services, platform: StorePlatform, outside: Outside, row: Any, request: Request
) -> bool:
    """False if the shop was changed meanwhile."""
    found = _addressee(services, platform, outside, row)
    heard = _heard(services, platform, found, request)
    if heard is None or found.scope is None:
        return True  # of a shop that was never here: nothing of it is kept
    if heard.demand is not None:
        _demanded(services, found.scope, found, heard)
        return True
    return not found.lives or _store(services, outside, row, heard)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Addressee:
    """Where a delivery belongs. A shop that is gone still has demands of the law."""

    shop: str
    scope: Scope | None = None
    connection_id: str = ""
    credentials: Mapping[str, str] = field(default_factory=dict)
    app_secrets: Sequence[str] = ()
    lives: bool = False


def _addressee(
    services: Services, platform: StorePlatform, outside: Outside, row: Any | None
) -> _Addressee:
    kind, key, _ = outside
    lives = row is not None and _lives(row)
    if kind == "connection" and (row is None or row.platform != platform.key or not lives):
        raise NotFound("connection_not_found")
    name = key.removeprefix(f"{platform.key}:")
    if row is None:
        return _Addressee(shop=name)
    gone = row.id is None  # an app's shops are, now and then, while their deliveries still come
    return _Addressee(
        shop=name if gone else row.label,
        scope=Scope(row.workspace_id),
        connection_id=row.target_id,
        credentials={} if gone else opened(services.keys, row.credentials),
        app_secrets=apps.secrets_among(opened(services.keys, row.secrets)) if row.secrets else (),
        lives=lives,
    )


def _lives(row: Any) -> bool:
    return row.id is not None and row.disconnected_at is None


def _heard(
    services: Services, platform: StorePlatform, found: _Addressee, request: Request
) -> Delivery | None:
    assert platform.webhooks is not None
    return platform.webhooks.hear(request, _secrets(services, platform, found))


def _secrets(services: Services, platform: StorePlatform, found: _Addressee) -> Sequence[str]:
    """Of the connection, the owner's own app, the installation; new ones and old ones."""
    names = platform.webhooks.secrets if platform.webhooks else ()
    own = [*(found.credentials.get(name, "") for name in names), *found.app_secrets]
    common = [services.settings.of_platforms.get(field.name, "") for field in platform.settings
              if field.secret]  # fmt: skip
    return [secret for secret in (*own, *common) if secret]


def _store(services: Services, outside: Outside, row: Any, heard: Delivery) -> bool:
    """False if the shop is not what it was when the delivery was verified."""
    values = _values(services, row.target_id, heard)
    if heard.kind != "unknown":
        values |= {"state": "waiting", "due": services.clock() + hear.LOST_WAKE}
    item = book.Item(outside=outside, found=row, values=values)
    stored = services.database.together(book.store_all, item)
    if stored.wakes:
        services.wake("hear", row.workspace_id, str(values["id"]))
    return not stored.outdated


def _demanded(services: Services, scope: Scope, found: _Addressee, heard: Delivery) -> None:
    """A demand of the law goes into its own book, whose day of reckoning is 30 days off."""
    assert heard.demand is not None
    values = {**_values(services, found.connection_id, heard), "state": "done"}
    request_id = privacy.request_of(str(values["id"]))
    with services.database.writing() as connection:
        if rows.store(scope, connection, values):
            privacy.record(
                services, scope, connection, heard.demand, request_id=request_id,
                connection_id=found.connection_id, shop=found.shop, origin="shop",
                triggered_at=heard.triggered_at,
            )  # fmt: skip
    services.wake("privacy", scope.workspace_id, request_id)


def _values(services: Services, connection_id: str, heard: Delivery) -> dict[str, object]:
    return {
        "id": rows.delivery_id(connection_id, heard.key),
        "connection_id": connection_id,
        "kind": heard.kind,
        "ref": heard.ref[: _LONGEST["ref"]],
        "topic": heard.topic[: _LONGEST["topic"]],
        "deleted": heard.deleted,
        "state": "ignored",
        "code": heard.code,
        "attempts": 0,
        "body": None,  # the hint is enough
        "triggered_at": heard.triggered_at,
        "received_at": services.clock(),
        "due": None,
    }
