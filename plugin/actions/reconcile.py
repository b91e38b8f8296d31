"""Asking shops what changed, by the clock: finds what no webhook told, and what is gone.

How far a shop is known is kept in its own time (the newest stamp that was read), so that a clock
that is wrong, theirs or ours, hides nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import msgspec

from plugin.actions import belonging, gone, rights
from plugin.actions.pulse import pulse_of
from plugin.actions.records import save_customers, save_orders, save_products
from plugin.actions.shops import open_shop, watched
from plugin.actions.unread import set_aside
from plugin.db import connections as installed
from plugin.db import deliveries, reconciliations, upkeep
from plugin.db.connections import ConnectionRow
from plugin.db.reconciliations import ReconciliationRow
from plugin.db.session import Scope
from plugin.errors import (
    BadAnswer,
    Conflict,
    GrantRevoked,
    NotFound,
    PlatformError,
    SetupError,
    Unsupported,
)
from plugin.log import logger
from plugin.messages import time_zone
from plugin.ports.store import Page, Part, Store
from plugin.ports.webhooks import Subscribed
from plugin.services import Services

PERIOD = timedelta(minutes=5)
POLL = timedelta(minutes=1)
RETRY = timedelta(minutes=1)
LEASE = timedelta(seconds=120)
OVERLAP = timedelta(minutes=10)
BEGINNING = timedelta(days=1)  # before the connection was made, for clocks that differ
TENDED = timedelta(hours=1)
WALKED = ".walked"  # in `since`, beside a part: when all of it was looked at
COMPARED_TO = ".compared"  # likewise: up to where the mirror was looked through for what is gone
NIGHT = range(1, 6)
SHORTEST_WALK = timedelta(hours=12)
LONGEST_WALK = timedelta(hours=36)
PARTS: tuple[Part, ...] = ("customers", "orders", "products")
_BESIDE: tuple[Part, ...] = ("customers", "products")
log = logger("reconcile")


def sweep(services: Services) -> int:
    """Wakes the shops whose turn it is; after a time of standstill that is all of them at once."""
    now = services.clock()
    with services.database.reading() as connection:
        due = reconciliations.due_everywhere(connection, now, 200)
    for item in due:
        scope, name = Scope(item.workspace_id), item.connection_id
        with services.database.writing() as connection:
            ours = reconciliations.postpone(scope, connection, name, item.due, now + LEASE)
        if ours:
            services.wake("reconcile", scope.workspace_id, name)
    return len(due)


def watch_all(services: Services) -> None:
    """Every connection is asked, also those made before there was anything to ask."""
    now = services.clock()
    with services.database.reading() as connection:
        unwatched = [
            (scope, row.id)
            for scope in installed.all_scopes(connection)
            for row in installed.connection_rows(scope, connection)
            if row.lives and reconciliations.get(scope, connection, row.id) is None
        ]
    for scope, connection_id in unwatched:
        with services.database.writing() as connection:
            reconciliations.add(scope, connection, connection_id, now)


def reconcile(services: Services, scope: Scope, connection_id: str) -> None:
    """The job: subscribes or mends what the shop turned off, reads what changed, compares."""
    lease = f"reconcile:{connection_id}"[:64]
    started = services.clock()
    with services.database.writing() as connection:
        if not upkeep.take(connection, lease, started, started + LEASE):
            return
    try:
        next_due = _run(services, scope, connection_id, started, lease)
    except (PlatformError, SetupError) as error:
        log.info("reconcile_later", connection=connection_id, code=error.code)
        next_due = services.clock() + RETRY
    finally:
        with services.database.writing() as connection:
            upkeep.take(connection, lease, started, services.clock(), again=True)
    with services.database.writing() as connection:
        reconciliations.change(scope, connection, connection_id, due=next_due)


def _run(
    services: Services, scope: Scope, connection_id: str, started: datetime, lease: str
) -> datetime | None:
    """Returns when the shop is asked next, None if it is no longer connected."""
    with services.database.writing() as connection:
        shop = installed.connection_row(scope, connection, connection_id)
        if shop is None:
            reconciliations.remove(scope, connection, connection_id)
        if shop is None or not shop.lives:
            return None
        reconciliations.add(scope, connection, connection_id, started)
        known = reconciliations.get(scope, connection, connection_id)
    assert known is not None
    with watched(services, scope, connection_id, unhurried=True):
        store = open_shop(services, scope, connection_id)
        subscribed = _tended(services, scope, shop, known, store)
        since = {**known.since}
        walked = services.stores[shop.platform].walked
        for part in sorted(PARTS, key=walked.__contains__):  # what takes long comes last
            if part in walked:
                if not _is_turn_to_walk(shop, known.since.get(part + WALKED, ""), started):
                    continue
                since[part + WALKED] = started.isoformat()
            since[part] = _read_changes(services, scope, shop, known, store, part, lease)
        compared = gone.compare(services, scope, shop.id, "orders", known.compared, store)
        for part in _BESIDE:
            after = known.since.get(part + COMPARED_TO, "")
            since[part + COMPARED_TO] = gone.compare(services, scope, shop.id, part, after, store)
    with services.database.writing() as connection:
        reconciliations.change(
            scope, connection, connection_id, since={k: v for k, v in since.items() if v},
            compared=compared, last_ok_at=services.clock(),
        )  # fmt: skip
    return started + (PERIOD if subscribed else POLL)


# -- what changed


def _is_turn_to_walk(shop: ConnectionRow, last: str, now: datetime) -> bool:
    """Once a night of the shop, or at last after a day and a half; never while it still arrives."""
    if shop.sync_state != "done":
        return False
    waited = now - (datetime.fromisoformat(last) if last else shop.installed_at)
    night = now.astimezone(time_zone(shop.timezone)).hour in NIGHT
    return waited >= LONGEST_WALK or (night and waited >= SHORTEST_WALK)


def _read_changes(
    services: Services, scope: Scope, shop: ConnectionRow, known: ReconciliationRow, store: Store,
    part: Part, lease: str,
) -> str:  # fmt: skip
    """The newest stamp of this part, to begin at the next time; "" where the shop cannot tell."""
    text = known.since.get(part, "")
    newest = datetime.fromisoformat(text) if text else shop.created_at - BEGINNING
    moment = newest - OVERLAP
    cursor: str | None = None
    while True:
        started = services.clock()
        try:
            page = store.changed_since(part, moment, cursor)
        except Unsupported:
            return ""
        _save(services, scope, shop.id, part, page, started)
        stamps: list[datetime] = [item.updated_at for item in page.items]
        newest = max([newest, *stamps])
        cursor = page.cursor
        if cursor is None:
            return newest.isoformat()
        with services.database.writing() as connection:
            upkeep.take(connection, lease, started, services.clock() + LEASE, again=True)


def _save(
    services: Services, scope: Scope, connection_id: str, part: Part, page: Page[Any],
    started: datetime,
) -> None:  # fmt: skip
    if not page.items and not page.unread:
        return
    with services.database.writing() as connection:
        country = installed.country_of(scope, connection)
        items = page.items
        if part == "products":
            changed = save_products(scope, connection, connection_id, items, started)
        else:
            save = save_orders if part == "orders" else save_customers
            changed = save(scope, connection, connection_id, items, country, started)
        set_aside(services, scope, connection, connection_id, part, page.unread, len(items))
        if changed:
            reconciliations.count_found(scope, connection, connection_id, changed)


# -- subscribing


def _tended(
    services: Services, scope: Scope, shop: ConnectionRow, known: ReconciliationRow, store: Store
) -> bool:
    """Whether the shop tells us by itself; looked after once an hour."""
    now = services.clock()
    if known.tended_at is not None and now - known.tended_at < TENDED:
        return known.subscribed
    announce(services, scope, shop.id, shop.platform, store.shop().key)
    with suppress(BadAnswer):  # what we may do is worth knowing, not worth stopping for
        rights.measure(services, scope, shop.id)
    result = _subscribed(services, scope, shop, store)
    if result.mended:
        log.warning("webhooks_mended", connection=shop.id, topics=result.mended)
    with services.database.writing() as connection:
        reconciliations.change(
            scope, connection, shop.id, subscribed=result.active, subscription_code=result.code,
            tended_at=now,
        )  # fmt: skip
    return result.active


def announce(services: Services, scope: Scope, connection_id: str, platform: str, key: str) -> None:
    """Opens the ways by which a webhook finds its connection."""
    with services.database.writing() as connection:
        installed.set_outside(scope, connection, "connection", connection_id, connection_id)
        with suppress(Conflict):  # an older release let two workspaces in: the first one hears
            belonging.take(services, scope, connection, platform, key, connection_id)


def _subscribed(services: Services, scope: Scope, shop: ConnectionRow, store: Store) -> Subscribed:
    webhooks = services.stores[shop.platform].webhooks
    if webhooks is None:
        return Subscribed(active=False)
    if not webhooks.subscribes:
        # the app's own subscriptions: they work if anything ever came
        with services.database.reading() as connection:
            heard = deliveries.last_received(scope, connection, shop.id)
        return Subscribed(active=heard is not None)
    ours = services.settings.public_url
    if not webhooks.reaches(ours, shop.address):
        return Subscribed(active=False, code="webhooks_unreachable")
    url = f"{ours}/webhooks/{shop.platform}/{shop.id}"
    try:
        return store.subscribe(url, _secret(services, scope, shop.id))
    except (Unsupported, GrantRevoked, BadAnswer) as error:
        # a firewall, or a right the key lacks: no reason not to ask what changed
        return Subscribed(active=False, code=error.code)


def _secret(services: Services, scope: Scope, connection_id: str) -> str:
    """The connection's own, made at its first use. Raises NotFound."""
    with services.database.writing() as connection:
        row = installed.connection_row(scope, connection, connection_id, lock=True)
        if row is None:
            raise NotFound("connection_not_found")
        credentials: dict[str, str] = msgspec.json.decode(services.keys.open(row.credentials))
        known = credentials.get("webhook_secret", "")
        if known:
            return known
        made = secrets.token_hex(32)
        sealed = services.keys.seal(msgspec.json.encode({**credentials, "webhook_secret": made}))
        installed.change_connection(scope, connection, connection_id, credentials=sealed)
        return made


def ask_now(services: Services, scope: Scope, connection_id: str) -> None:
    """Out of turn, because somebody looks: what the shop lets us do, its webhooks, what changed.
    Raises NotFound("connection_not_found")."""
    with services.database.writing() as connection:
        if installed.connection_row(scope, connection, connection_id) is None:
            raise NotFound("connection_not_found")
        # once it is waked its turn is a while off, so that the sweep does not wake it again
        due = services.clock() + LEASE
        reconciliations.change(scope, connection, connection_id, tended_at=None, due=due)
    services.wake("reconcile", scope.workspace_id, connection_id)


def state_of(services: Services, scope: Scope, connection_id: str) -> Mapping[str, object]:
    """How well a shop is heard, for whoever looks after it."""
    known = pulse_of(services, scope, connection_id)
    with services.database.reading() as connection:
        counts = deliveries.counts(scope, connection, connection_id)
    return {
        "subscribed": known.subscribed,
        "subscription_code": known.subscription_code,
        "last_webhook_at": known.last_webhook_at,
        "last_reconciled_at": known.last_reconciled_at,
        "found_by_reconciliation": known.found,
        "deliveries": dict(counts),
    }
