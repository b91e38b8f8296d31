"""Webhooks come in: verified, and stored in one short transaction that others share.

A 200 is said after the commit, and nothing is done that could wait: the worker does it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from plugin.actions import apps, hear, privacy
from plugin.actions.credentials import opened
from plugin.db import deliveries as rows
from plugin.db import intake as book
from plugin.db.session import Scope
from plugin.errors import DeliveryRefused, NotFound
from plugin.ports.store import StorePlatform
from plugin.ports.webhooks import Delivery, Request, Webhooks
from plugin.services import Services

_LONGEST = {"topic": 100, "ref": 255}


def receive(services: Services, platform: str, connection_id: str, request: Request) -> None:
    """Verifies, stores once, wakes. Raises NotFound("connection_not_found") for an address that
    is none, DeliveryRefused."""
    known = services.stores.get(platform)
    if known is None or known.webhooks is None:
        raise NotFound("connection_not_found")
    found = _addressee(services, known, known.webhooks, connection_id, request)
    heard = known.webhooks.hear(request, _secrets(services, known, found))
    if heard is None or found.scope is None:
        return  # of a shop that was never here: nothing of it is kept
    if heard.demand is not None:
        _demanded(services, found.scope, found, heard)
    elif found.lives:
        _store(services, found.scope, found.connection_id, heard)


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
    services: Services, platform: StorePlatform, webhooks: Webhooks, connection_id: str,
    request: Request,
) -> _Addressee:  # fmt: skip
    name = connection_id or webhooks.route(request) or ""
    if not name:
        raise DeliveryRefused("delivery_invalid")
    kind, key = ("connection", name) if connection_id else ("shop", f"{platform.key}:{name}")
    with services.database.reading() as connection:
        row = book.addressee(connection, kind, key, platform.key)
    lives = row is not None and row.id is not None and row.disconnected_at is None
    if connection_id and (row is None or row.platform != platform.key or not lives):
        raise NotFound("connection_not_found")
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


def _secrets(services: Services, platform: StorePlatform, found: _Addressee) -> Sequence[str]:
    """Of the connection, the owner's own app, the installation; new ones and old ones."""
    names = platform.webhooks.secrets if platform.webhooks else ()
    own = [*(found.credentials.get(name, "") for name in names), *found.app_secrets]
    common = [services.settings.of_platforms.get(field.name, "") for field in platform.settings
              if field.secret]  # fmt: skip
    return [secret for secret in (*own, *common) if secret]


def _store(services: Services, scope: Scope, connection_id: str, heard: Delivery) -> None:
    waits = heard.kind != "unknown"
    values = _values(services, connection_id, heard)
    if waits:
        values |= {"state": "waiting", "due": services.clock() + hear.LOST_WAKE}
    stored = services.database.together(book.store_all, (scope, values))
    if stored.wakes:
        services.wake("hear", scope.workspace_id, str(values["id"]))


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
