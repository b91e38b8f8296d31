"""Orders of one shop that were told about together: one claim, one reading, one writing for many.

Only what comes for the first time is taken so. Whatever goes wrong with many (an order that no list
has, a record that breaks its reader) is left to be looked at by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from plugin.actions.records import save_orders
from plugin.actions.shops import open_shop
from plugin.db import claims
from plugin.db import connections as installed
from plugin.db import deliveries as rows
from plugin.db.claims import Taken
from plugin.db.session import Scope
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
    alone: list[str] = []
    for _ in range(ROUNDS):
        until = services.clock() + lease
        taken = _take(services, scope, connection_id, until)
        if taken is None:
            return alone
        alone += _work(services, scope, taken, wait)
    left = _fresh(services, scope, connection_id)
    if left:
        services.wake("hear", scope.workspace_id, left[0].delivery_id)
    return alone


def _fresh(services: Services, scope: Scope, connection_id: str) -> list[claims.Fresh]:
    with services.database.reading() as connection:
        return claims.fresh_orders(scope, connection, connection_id, services.clock(), AT_A_TIME)


def _take(services: Services, scope: Scope, connection_id: str, until: datetime) -> Taken | None:
    """None where there are not several."""
    fresh = _fresh(services, scope, connection_id)
    if len(fresh) < 2:
        return None
    refs = sorted(item.ref for item in fresh)
    with services.database.writing() as connection:
        taken = claims.take_orders(scope, connection, connection_id, refs, services.clock(), until)
    return taken if taken.ids else None


def _work(services: Services, scope: Scope, taken: Taken, wait: timedelta) -> list[str]:
    started = services.clock()
    try:
        store = open_shop(services, scope, taken.connection_id)
        started = services.clock()
        found = store.orders_among(list(taken.ids))
    except BadAnswer as error:
        log.info("many_unread", connection=taken.connection_id, code=error.code)
        return _let_go(services, scope, taken)
    except MostradorError as error:
        _put_off(services, scope, taken, error, started, wait)
        return []
    except Exception:  # one of them breaks its reader: which one is seen when each is read alone
        log.exception("many_broken", connection=taken.connection_id)
        return _let_go(services, scope, taken)
    return _save(services, scope, taken, found, started)


def _save(
    services: Services, scope: Scope, taken: Taken, found: Sequence[Order], started: datetime
) -> list[str]:
    there = [order.ref for order in found]
    done = [delivery_id for ref in there for delivery_id in taken.ids.get(ref, ())]
    with services.database.writing() as connection:
        country = installed.workspace(scope, connection).country
        save_orders(scope, connection, taken.connection_id, found, country, started)
        rows.change(
            scope, connection, done, state="done", code="", due=None, finished_at=services.clock()
        )
        claims.release_orders(scope, connection, taken)
        installed.mark_answered(scope, connection, taken.connection_id, services.clock())
    return [ids[0] for ref, ids in taken.ids.items() if ref not in there]


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
