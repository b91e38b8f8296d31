"""What is found about one shop, each thing with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from plugin.actions import rights
from plugin.actions.progress import progress_of
from plugin.actions.pulse import Pulse, troubles
from plugin.actions.rights import Level as Level
from plugin.actions.rights import Trouble
from plugin.actions.shops import sync_percent
from plugin.db.connections import ConnectionRow
from plugin.db.session import Scope
from plugin.messages import clock, day, label, sentence
from plugin.ports.store import MISSING
from plugin.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at. `code` is a key of the catalogue ("" if all is well)."""

    what: str
    level: Level = "fine"
    code: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)

    def text(self, locale: str, zone: str = "") -> str:
        """Times are said in a zone; a cause is a code that is said in the locale too."""
        known = {name: _said(name, value, locale, zone) for name, value in self.parameters.items()}
        return label(self.code or "doctor.fine", locale, **known)


def _said(name: str, value: object, locale: str, zone: str) -> object:
    if name == "why":
        return sentence(str(value), locale) if value else ""
    if isinstance(value, datetime):
        written = f"{day(value, locale, zone)}, {clock(value, zone)}"
        return written if zone else f"{written} UTC"
    return value


def shop_findings(
    services: Services, scope: Scope, row: ConnectionRow, pulse: Pulse, failed: int
) -> Iterator[Finding]:
    """All about one shop; `failed` is how many live searches failed there during the last day."""
    now = services.clock()
    found = [
        *_troubles(row, failed, now),
        *_rights(services, scope, row),
        *troubles(pulse, row, now),
    ]
    yield from _shop(row, found)
    if row.lives:
        yield _heard(row, pulse, now)


def _rights(services: Services, scope: Scope, row: ConnectionRow) -> Iterator[Trouble]:
    return rights.troubles(services, scope, row) if row.lives else iter(())


def _shop(row: ConnectionRow, found: Sequence[Trouble]) -> Iterator[Finding]:
    what = f"shop {row.label}"
    for level, code, parameters in found:
        known = {"shop": row.label, **parameters}
        yield Finding(what=what, level=level, code=code, parameters=known)
    if row.lives and all(level == "fine" for level, _, _ in found):
        answered = row.last_ok_at or ""
        yield Finding(what=what, code="doctor.shop_fine", parameters={"since": answered})


def _heard(row: ConnectionRow, pulse: Pulse, now: datetime) -> Finding:
    """Nothing wrong by itself: when the shop spoke and was asked last, and what still waits."""
    waited = now - pulse.waiting_since if pulse.waiting_since else timedelta(0)
    known = {
        "heard": pulse.last_webhook_at or "",
        "asked": pulse.last_reconciled_at or "",
        "minutes": waited // timedelta(minutes=1) or "",
    }
    return Finding(what=f"shop {row.label}", code="doctor.shop_heard", parameters=known)


def _troubles(row: ConnectionRow, failed: int, now: datetime) -> Iterator[Trouble]:
    if row.disconnected_at is not None:
        yield "fine", "doctor.shop_disconnected", {"since": row.disconnected_at}
        return
    if row.failing_since is not None:
        known = {"since": row.failing_since, "why": row.failure_code}
        yield "problem", "doctor.shop_failing", known
    yield from _arriving(row, now)
    if any(name.startswith(MISSING) for name in row.options):
        yield "warning", "doctor.shop_look_only", {}
    if failed:
        yield "warning", "doctor.shop_lookups", {"failed": failed}


def _arriving(row: ConnectionRow, now: datetime) -> Iterator[Trouble]:
    """The first copy, while it is under way, and why it stands still."""
    progress = progress_of(row, now)
    if progress.state == "done":
        return
    known = {"id": row.id, "percent": sync_percent(row.sync) or 0, "why": progress.reason}
    if progress.state == "failed":
        yield "problem", "doctor.shop_sync_failed", known
    elif progress.state == "paused":
        yield "warning", "doctor.shop_sync_paused", known
    else:
        yield "warning", "doctor.shop_syncing", known
