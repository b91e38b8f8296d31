"""Disconnecting a shop: its webhooks go, its credentials are overwritten, no job opens it again.

What was mirrored is kept, unseen by agents, for the day the shop is connected again; or it is
erased. The journal stays in both cases. A shop that does not answer holds nobody up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from plugin.actions import journal, privacy
from plugin.actions.shops import close_shop, open_shop, unsealed
from plugin.db import connections as installed
from plugin.db import deliveries, personal, reconciliations
from plugin.db.connections import ConnectionRow
from plugin.db.session import DbConnection, Scope
from plugin.errors import MostradorError, NotFound
from plugin.messages import label, sentence
from plugin.ports.clock import new_id
from plugin.ports.store import Store
from plugin.ports.webhooks import Demand
from plugin.services import Services

Data = Literal["keep", "erase"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """`removed` webhooks at the shop; `leftover` is the code of why some may be left there.
    `todo` is the code of what the owner still has to do at the shop, with its `parameters`.
    `actions_open` have no final outcome: they put off the erasing (`request`), nothing else."""

    id: str
    shop: str
    data: Data
    removed: int = 0
    leftover: str = ""
    todo: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    actions_open: int = 0
    request: str = ""


def disconnect(
    services: Services, scope: Scope, connection_id: str, *, data: Data, who: str = "operator"
) -> Parted:
    """Of a shop that is disconnected already, only its data may still be erased. Raises
    NotFound("connection_not_found")."""
    with services.database.reading() as connection:
        shop = installed.connection_row(scope, connection, connection_id)
    if shop is None:
        raise NotFound("connection_not_found")
    todo, parameters = _todo(services, scope, shop)
    leave = _way_out(services, scope, shop)  # while there are credentials
    with services.database.writing() as connection:
        still_open = personal.unfinished(scope, connection, connection_id)
        if _close(services, scope, connection, shop, data):
            facts = {"connection": shop.id, "platform": shop.platform, "data": data}
            said = {"shop": shop.label, "who": who}
            journal.record(
                scope, connection, services.keys, services.clock(), "shop:disconnected", facts, said
            )
        request = _ask_to_erase(services, scope, connection, shop) if data == "erase" else ""
    # last, when no job can make webhooks any more
    removed, leftover = leave()
    if request:
        services.wake("privacy", scope.workspace_id, request)
    return Parted(
        id=shop.id, shop=shop.label, data=data, removed=removed, leftover=leftover, todo=todo,
        parameters=parameters, actions_open=len(still_open), request=request,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What remains to be known or done after a shop has gone."""

    code: str
    parameters: Mapping[str, object]

    def text(self, locale: str) -> str:
        known = dict(self.parameters)
        if "why" in known:
            known["why"] = sentence(str(known["why"]), locale)
        return label(self.code, locale, **known)


def notes_of(parted: Parted) -> list[Note]:
    """What may be left at the shop, what to do there, what became of the data."""
    known: dict[str, object] = {**parted.parameters, "shop": parted.shop}
    notes: list[tuple[str, dict[str, object]]] = []
    if parted.leftover:
        notes.append(("leftover", {**known, "why": parted.leftover}))
    if parted.todo:
        notes.append((parted.todo, known))
    if parted.actions_open:
        waits = "erase_waits" if parted.data == "erase" else "actions_open"
        notes.append((waits, {**known, "count": parted.actions_open}))
    notes.append((f"data_{parted.data}", known))
    return [Note(code=f"disconnect.{code}", parameters=values) for code, values in notes]


def _todo(services: Services, scope: Scope, shop: ConnectionRow) -> tuple[str, Mapping[str, str]]:
    """Asked before the credentials go: the owner may have to find a key by its last letters."""
    platform = services.stores[shop.platform]
    if not shop.lives or platform.farewell is None:
        return "", {}
    try:
        credentials = unsealed(services, scope, shop).credentials
    except MostradorError:  # its key is lost; the owner still has to clear up over there
        credentials = {}
    return platform.farewell(shop.address, credentials)


def _way_out(
    services: Services, scope: Scope, shop: ConnectionRow
) -> Callable[[], tuple[int, str]]:
    """What takes our webhooks away at the shop: how many, and why some may be left."""
    webhooks = services.stores[shop.platform].webhooks
    if not shop.lives or webhooks is None or not webhooks.subscribes:
        return lambda: (0, "")
    url = f"{services.settings.public_url}/webhooks/{shop.platform}/{shop.id}"
    try:
        store = open_shop(services, scope, shop.id)
    except MostradorError as error:
        code = error.code
        return lambda: (0, code)
    return partial(_unsubscribe, store, url)


def _unsubscribe(store: Store, url: str) -> tuple[int, str]:
    try:
        return store.unsubscribe(url), ""
    except MostradorError as error:
        return 0, error.code


def _close(
    services: Services, scope: Scope, connection: DbConnection, shop: ConnectionRow, data: Data
) -> bool:
    """False if it was closed before. Secrets that demands of the law are signed with outlast it
    as long as there is something to erase."""
    webhooks = services.stores[shop.platform].webhooks
    lawful = webhooks is not None and webhooks.demand is not None and data == "keep"
    keep = webhooks.secrets if webhooks is not None and lawful else ()
    closed = close_shop(services, scope, connection, shop.id, keep=keep)
    deliveries.ignore_waiting(scope, connection, shop.id, "shop_disconnected")
    reconciliations.change(scope, connection, shop.id, due=None, subscribed=False)
    if data == "erase":
        # if it is connected again before all has gone, everything has to arrive anew
        installed.change_connection(scope, connection, shop.id, sync={}, sync_state="waiting")
        reconciliations.change(scope, connection, shop.id, since={}, compared="")
    return closed


def _ask_to_erase(
    services: Services, scope: Scope, connection: DbConnection, shop: ConnectionRow
) -> str:
    request_id = new_id("pr_")
    privacy.record(
        services, scope, connection, Demand(kind="erase_shop"), request_id=request_id,
        connection_id=shop.id, shop=shop.label, origin="owner", triggered_at=services.clock(),
    )  # fmt: skip
    return request_id
