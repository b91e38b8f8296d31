"""How well a shop is heard: by its webhooks, and by asking it what changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.actions.rights import Trouble
from plugin.db import deliveries, reconciliations
from plugin.db.connections import ConnectionRow
from plugin.db.deliveries import DeliveryRow
from plugin.db.session import Scope
from plugin.services import Services

LATE = timedelta(minutes=20)
BEHIND = timedelta(minutes=5)
_ASKED_INSTEAD = "webhooks_unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """`asked`: this shop is asked by the clock. `waiting_since` is when the oldest webhook came
    that is not worked on yet; `found` counts what no webhook had told."""

    asked: bool = False
    subscribed: bool = False
    subscription_code: str = ""
    last_webhook_at: datetime | None = None
    last_reconciled_at: datetime | None = None
    found: int = 0
    waiting_since: datetime | None = None
    parked: Sequence[DeliveryRow] = ()


def pulse_of(services: Services, scope: Scope, connection_id: str) -> Pulse:
    """Of a connection that is not there, an empty one."""
    with services.database.reading() as connection:
        row = reconciliations.get(scope, connection, connection_id)
        return Pulse(
            asked=bool(row and row.due),
            subscribed=bool(row and row.subscribed),
            subscription_code=row.subscription_code if row else "",
            last_webhook_at=deliveries.last_received(scope, connection, connection_id),
            last_reconciled_at=row.last_ok_at if row else None,
            found=row.found if row else 0,
            waiting_since=deliveries.waiting_since(scope, connection, connection_id),
            parked=deliveries.parked(scope, connection, connection_id),
        )


def troubles(pulse: Pulse, shop: ConnectionRow, now: datetime) -> Iterator[Trouble]:
    """What is wrong with it, and what to do. That a shop does not answer is said elsewhere."""
    if pulse.parked:
        yield "warning", "doctor.shop_parked", {"count": len(pulse.parked)}
    if not pulse.asked or shop.failing_since is not None:
        return
    asked = pulse.last_reconciled_at or shop.created_at
    if now - asked > LATE:
        yield "problem", "doctor.shop_not_asked", {"since": asked}
    if pulse.waiting_since is not None and now - pulse.waiting_since > BEHIND:
        minutes = (now - pulse.waiting_since) // timedelta(minutes=1)
        yield "warning", "doctor.shop_behind", {"minutes": minutes}
    if pulse.subscription_code == _ASKED_INSTEAD:
        yield "fine", "doctor.shop_polled", {}
    elif pulse.subscription_code:
        yield "warning", "doctor.shop_unheard", {"why": pulse.subscription_code}
