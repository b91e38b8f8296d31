"""How far a backfill is: kept beside the connection, read by console, CLI and doctor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from plugin.db.connections import ConnectionRow
from plugin.ports.store import Batch, Part

PARTS: tuple[Part, ...] = ("customers", "orders", "products")
TURN = "turn"
"""Beside the parts in a connection's `sync`: {at, tries, code} of the next step."""
SILENT = timedelta(minutes=1)
_SMOOTH = 20.0

SyncState = Literal["waiting", "running", "paused", "done", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartProgress:
    """`unread` records were set aside, to be read by themselves. `rate` in records a second,
    smoothed over the last steps; `remaining_seconds` None while nothing can be said."""

    part: Part
    done: int
    estimated: int | None
    finished: bool
    unread: int
    rate: float
    remaining_seconds: int | None
    started_at: datetime | None
    step_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """`reason` is a message code: what is waited for, or what failed. `next_at`: when it goes on
    by itself; a failure without it waits for a person."""

    state: SyncState
    reason: str
    next_at: datetime | None
    tries: int
    parts: tuple[PartProgress, ...]


def progress_of(row: ConnectionRow, now: datetime) -> Progress:
    turn = row.sync.get(TURN, {})
    next_at = moment_of(turn.get("at"))
    state: Any = row.sync_state
    if state == "running" and next_at is not None and next_at > now:
        state = "waiting"
    return Progress(
        state=state,
        reason=turn.get("code", "") or ("sync_silent" if _is_silent(row, state, now) else ""),
        next_at=next_at if state in ("waiting", "failed") else None,
        tries=turn.get("tries", 0),
        parts=tuple(_part(part, row.sync.get(part, {})) for part in PARTS),
    )


def _is_silent(row: ConnectionRow, state: str, now: datetime) -> bool:
    """Its worker may be dead: another takes over when its lease ends."""
    steps = [moment_of(row.sync.get(part, {}).get("step_at")) for part in PARTS]
    last = max((step for step in steps if step is not None), default=None)
    return state == "running" and last is not None and now - last > SILENT


def _part(part: Part, known: Mapping[str, Any]) -> PartProgress:
    done, estimated = known.get("done", 0), known.get("estimated")
    finished, rate = bool(known.get("finished")), known.get("rate", 0.0)
    left: int | None = 0 if finished else None
    if not finished and estimated is not None and rate > 0:
        left = max(0, round((estimated - done) / rate))
    return PartProgress(
        part=part, done=done, estimated=estimated, finished=finished,
        unread=known.get("unread", 0), rate=round(rate, 1),
        remaining_seconds=left, started_at=moment_of(known.get("started_at")),
        step_at=moment_of(known.get("step_at")),
    )  # fmt: skip


def after(known: Mapping[str, Any], batch: Batch, since: datetime, now: datetime) -> dict[str, Any]:
    """A part's entry after a step that took from `since` to now."""
    afresh = not batch.cursor and not batch.finished
    done = 0 if afresh else known.get("done", 0) + len(batch.items)
    unread = 0 if afresh else known.get("unread", 0) + len(batch.unread)
    estimated = batch.estimated if batch.estimated is not None else known.get("estimated")
    began = known.get("started_at") or since.isoformat()
    return {
        "cursor": batch.cursor,
        "done": done,
        "estimated": done if batch.finished else estimated,
        "finished": batch.finished,
        "unread": unread,
        "rate": _rate(known.get("rate", 0.0), len(batch.items), (now - since).total_seconds()),
        "started_at": since.isoformat() if afresh else began,
        "step_at": now.isoformat(),
    }


def _rate(known: float, count: int, seconds: float) -> float:
    """A mean that forgets: a step weighs by how long it took."""
    if not count:
        return known
    latest = count / max(seconds, 0.001)
    if not known:
        return latest
    weight = min(1.0, max(seconds, 0.05) / _SMOOTH)
    return known + (latest - known) * weight


def moment_of(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
