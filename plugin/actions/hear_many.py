"""Orders of one shop that were told about together: one claim, one reading, one writing for many.

Only what comes for the first time is taken so. Whatever goes wrong with many (an order that no list
has, a record that breaks its reader) is left to be looked at by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from plugin.actions.records import save_orders
from plugin.actions.shops import open_shop
from plugin.db import claims
from plugin.db import connections as installed
from plugin.db import deliveries as rows
from plugin.db.claims import Taken
from plugin.db.session import DbConnection, Scope
from plugin.domain.orders import Order
from plugin.errors import BadAnswer, MostradorError, PlatformError
from plugin.log import logger
from plugin.services import Services

AT_A_TIME = 50
ROUNDS = 50  # then others have their turn
log = logger("hear")


def work_off(
    services: Services, scope: Scope, connection_id: str, lease: timedelta, wait: timedelta
) -> list[str]:
    """Returns one delivery for each order that is to be looked at by itself. A shop that is away
    is asked again after `wait`."""
    if len(_fresh(services, scope, connection_id)) < 2:
        return []
    alone: list[str] = []
    taken: Taken | None = None
    for left in reversed(range(ROUNDS)):
        taken = taken or _take(services, scope, connection_id, lease)
        if not taken.ids:
            return alone
        found, started = _read(services, scope, taken, alone, wait)
        more = lease if left else None
        taken = (
            None if found is None else _save(services, scope, taken, found, started, alone, more)
        )
    fresh = _fresh(services, scope, connection_id)
    if fresh:
        services.wake("hear", scope.workspace_id, fresh[0].id)
    return alone


def _fresh(services: Services, scope: Scope, connection_id: str) -> list[Any]:
    with services.database.reading() as connection:
        return claims.fresh_orders(scope, connection, connection_id, services.clock(), 2)


def _take(services: Services, scope: Scope, connection_id: str, lease: timedelta) -> Taken:
    with services.database.writing() as connection:
        return _taken(services, scope, connection, connection_id, lease)


def _taken(
    services: Services, scope: Scope, connection: DbConnection, connection_id: str,
    lease: timedelta,
) -> Taken:  # fmt: skip
    now = services.clock()
    return claims.take_orders(scope, connection, connection_id, now, now + lease, AT_A_TIME)


def _read(
    services: Services, scope: Scope, taken: Taken, alone: list[str], wait: timedelta
) -> tuple[Sequence[Order] | None, datetime]:
    """What the shop answers, and when it was asked. None where it said nothing of use."""
    started = services.clock()
    try:
        store = open_shop(services, scope, taken.connection_id)
        started = services.clock()
        return store.orders_among(list(taken.ids)), started
    except BadAnswer as error:
        log.info("many_unread", connection=taken.connection_id, code=error.code)
        alone += _let_go(services, scope, taken)
    except MostradorError as error:
        _put_off(services, scope, taken, error, started, wait)
    except Exception:  # one of them breaks its reader: which one is seen when each is read alone
        log.exception("many_broken", connection=taken.connection_id)
        alone += _let_go(services, scope, taken)
    return None, started


def _save(
    services: Services, scope: Scope, taken: Taken, found: Sequence[Order], started: datetime,
    alone: list[str], more: timedelta | None,
) -> Taken | None:  # fmt: skip
    """The next ones are taken in the same transaction, so that they share its commit."""
    there = {order.ref for order in found}
    done = [one for ref, ids in taken.ids.items() if ref in there for one in ids]
    with services.database.writing() as connection:
        country = installed.country_of(scope, connection)
        save_orders(scope, connection, taken.connection_id, found, country, started)
        claims.finish(scope, connection, done, services.clock())
        claims.release_orders(scope, connection, taken)
        installed.mark_answered(scope, connection, taken.connection_id, services.clock())
        shop = taken.connection_id
        following = None if more is None else _taken(services, scope, connection, shop, more)
    alone += [ids[0] for ref, ids in taken.ids.items() if ref not in there]
    return following


def _let_go(services: Services, scope: Scope, taken: Taken) -> list[str]:
    with services.database.writing() as connection:
        claims.release_orders(scope, connection, taken)
    return [ids[0] for ids in taken.ids.values()]


def _put_off(
    services: Services, scope: Scope, taken: Taken, error: MostradorError, asked_at: datetime,
    wait: timedelta,
) -> None:  # fmt: skip
    """The shop is away or refuses us, which every panel is to say."""
    ids = [delivery_id for some in taken.ids.values() for delivery_id in some]
    now = services.clock()
    with services.database.writing() as connection:
        claims.release_orders(scope, connection, taken)
        rows.change(scope, connection, ids, due=now + wait, code=error.code)
        if isinstance(error, PlatformError):
            shop = taken.connection_id
            installed.mark_failing(scope, connection, shop, now, error.code, asked_at)
