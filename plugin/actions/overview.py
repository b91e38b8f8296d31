"""Every connected shop as its owner looks at it: state, progress, health, what was parked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from plugin.actions.doctor import LOOKUPS_OF
from plugin.actions.findings import Finding, shop_findings
from plugin.actions.progress import Progress, progress_of
from plugin.actions.pulse import Pulse, pulse_of
from plugin.actions.shops import sync_percent
from plugin.db import connections as installed
from plugin.db import people
from plugin.db.connections import ConnectionRow
from plugin.db.session import Scope
from plugin.errors import NotFound
from plugin.ports.store import MISSING
from plugin.services import Services

State = Literal[
    "disconnected", "failing", "stopped", "paused", "arriving", "look_only", "connected"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """`state` is the one thing to say if only one is said. `look_only` maps what cannot be done to
    the code of the reason. Nothing of the credentials is in here."""

    id: str
    platform: str
    platform_label: str
    label: str
    address: str
    state: State
    failing_since: datetime | None
    disconnected_at: datetime | None
    progress: Progress
    percent: int | None
    look_only: Mapping[str, str]
    findings: Sequence[Finding]
    pulse: Pulse

    def lag(self, now: datetime) -> timedelta:
        """How far behind the oldest unread webhook is."""
        since = self.pulse.waiting_since
        return now - since if since else timedelta(0)


def all_shops(services: Services, scope: Scope) -> list[Overview]:
    """In the order they were connected."""
    now = services.clock()
    with services.database.reading() as connection:
        rows = installed.connection_rows(scope, connection)
        failed = people.failed_lookups(scope, connection, now - LOOKUPS_OF)
    return [_overview(services, scope, row, failed.get(row.id, 0)) for row in rows]


def one_shop(services: Services, scope: Scope, connection_id: str) -> Overview:
    """Raises NotFound("connection_not_found")."""
    with services.database.reading() as connection:
        row = installed.connection_row(scope, connection, connection_id)
    if row is None:
        raise NotFound("connection_not_found")
    return _overview(services, scope, row, 0)


def _overview(services: Services, scope: Scope, row: ConnectionRow, failed: int) -> Overview:
    missing = {name.removeprefix(MISSING): why for name, why in row.options.items()
               if name.startswith(MISSING)}  # fmt: skip
    pulse = pulse_of(services, scope, row.id)
    findings = shop_findings(services, scope, row, pulse, failed)
    platform = services.stores.get(row.platform)
    progress = progress_of(row, services.clock())
    return Overview(
        id=row.id,
        platform=row.platform,
        platform_label=platform.label if platform else row.platform,
        label=row.label,
        address=row.address,
        state=_state(row, progress, missing),
        failing_since=row.failing_since,
        disconnected_at=row.disconnected_at,
        progress=progress,
        percent=100 if row.sync_state == "done" else sync_percent(row.sync),
        look_only=missing,
        findings=list(findings),
        pulse=pulse,
    )


def _state(row: ConnectionRow, progress: Progress, missing: Mapping[str, str]) -> State:
    if not row.lives:
        return "disconnected"
    if row.failing_since is not None:
        return "failing"
    if progress.state in ("failed", "paused"):
        return "stopped" if progress.state == "failed" else "paused"
    if progress.state != "done":
        return "arriving"
    return "look_only" if missing else "connected"
