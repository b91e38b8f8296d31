"""How a connected shop reads: words, figures and times of one owner's language and zone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from babel.numbers import format_decimal

from plugin import messages
from plugin.actions.findings import Finding
from plugin.actions.overview import Overview
from plugin.actions.progress import PartProgress, Progress
from plugin.actions.rights import LET_IN_UNTIL
from ui.present.words import Tag, Words, web_url

_TONES = {
    "failing": "bad", "stopped": "bad", "paused": "calm", "arriving": "busy", "look_only": "warn",
    "connected": "good", "disconnected": "calm",
}  # fmt: skip
_LEVELS = {"problem": "bad", "warning": "warn", "fine": "calm"}
# said by the state, the bar, the look-only box or the list of parked ones already
_SHOWN = frozenset(
    {
        "doctor.shop_fine",
        "doctor.shop_heard",
        "doctor.shop_syncing",
        "doctor.shop_sync_paused",
        "doctor.shop_look_only",
        "doctor.shop_parked",
        LET_IN_UNTIL,
    }
)
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """`percent` is None while nothing can be said; `pace` and `reason` are "" likewise. `button` is
    what can be done about it: pause or resume."""

    percent: int | None
    text: str
    parts: Sequence[str]
    pace: str
    reason: str
    button: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    id: str
    at: str
    what: str
    topic: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A shop on the page; `lines` say what is wrong and what to do."""

    id: str
    label: str
    platform: str
    platform_label: str
    address: str
    url: str
    state: Tag
    lives: bool
    lines: Sequence[Tag]
    look_only: Sequence[str]
    bar: Bar | None
    facts: Sequence[tuple[str, str]]
    parked: Sequence[Parked]
    parked_title: str


def card(shop: Overview, now: datetime, words: Words) -> Card:
    t = words.t
    lives = shop.disconnected_at is None
    since = _when(shop.failing_since if lives else shop.disconnected_at, now, words)
    count = len(shop.pulse.parked)
    return Card(
        id=shop.id,
        label=shop.label,
        platform=shop.platform,
        platform_label=shop.platform_label,
        address=shop.address,
        url=web_url(shop.address),
        state=Tag(t(f"console.state.{shop.state}", since=since), _TONES[shop.state]),
        lives=lives,
        lines=[_line(finding, words) for finding in shop.findings if finding.code not in _SHOWN],
        look_only=[words_of(code, words) for code in dict.fromkeys(shop.look_only.values())],
        bar=_bar(shop, now, words) if lives and shop.progress.state != "done" else None,
        facts=list(_facts(shop, now, words)) if lives else (),
        parked=[
            Parked(
                id=row.id, at=_when(row.received_at, now, words), topic=row.topic,
                what=f"{_kind(row.kind, words)} {row.ref}".strip(),
                reason=words_of(row.code, words),
            )
            for row in shop.pulse.parked
        ],
        parked_title=t("console.parked", count=count) if count else "",
    )  # fmt: skip


def words_of(code: str, words: Words, **known: Any) -> str:
    return messages.sentence(code or "generic", words.locale, **known)


def _line(finding: Finding, words: Words) -> Tag:
    """In the console's own words where the doctor's speak of the command line."""
    own = f"console.{finding.code}"
    if messages.has(own):
        finding = Finding(what="", level=finding.level, code=own, parameters=finding.parameters)
    return Tag(finding.text(words.locale, words.zone or "UTC"), _LEVELS[finding.level])


def _bar(shop: Overview, now: datetime, words: Words) -> Bar:
    t, progress, known = words.t, shop.progress, shop.percent is not None
    reason = words_of(progress.reason, words) if progress.reason else ""
    if progress.next_at is not None and progress.reason:
        reason = t("console.goes_on", reason=reason, at=_when(progress.next_at, now, words))
    return Bar(
        percent=shop.percent,
        text=t("console.history.percent", percent=shop.percent) if known else t("console.history"),
        parts=[_part(part, words) for part in progress.parts if part.started_at or part.done],
        pace=_pace(progress, words),
        reason=reason,
        button="resume" if progress.state in ("paused", "failed") else "pause",
    )


def _part(part: PartProgress, words: Words) -> str:
    what, done = words.t(f"console.part.{part.part}"), number(part.done, words)
    if part.estimated and not part.finished:
        estimated = number(max(part.estimated, part.done), words)
        return words.t("console.part.of", what=what, done=done, estimated=estimated)
    return words.t("console.part.done", what=what, done=done)


def _pace(progress: Progress, words: Words) -> str:
    """Of the part that arrives now."""
    part = next((part for part in progress.parts if not part.finished and part.rate), None)
    if part is None or progress.state in ("paused", "failed"):
        return ""
    pace = words.t("console.pace", rate=number(max(1, round(part.rate)), words))
    if not part.remaining_seconds:
        return pace
    return words.t("console.pace.left", pace=pace, span=span(part.remaining_seconds, words))


def _kind(kind: str, words: Words) -> str:
    key = f"console.kind.{kind}"
    return words.t(key if messages.has(key) else "console.kind.unknown")


def _facts(shop: Overview, now: datetime, words: Words) -> Iterator[tuple[str, str]]:
    t, pulse = words.t, shop.pulse
    never = t("console.never")
    heard = "on" if pulse.subscribed else "off" if pulse.last_reconciled_at else "soon"
    yield t("console.fact.webhooks"), t(f"console.fact.webhooks.{heard}")
    yield t("console.fact.last_webhook"), _when(pulse.last_webhook_at, now, words) or never
    yield t("console.fact.last_asked"), _when(pulse.last_reconciled_at, now, words) or never
    lag = shop.lag(now)
    behind = span(lag.total_seconds(), words) if lag > timedelta(minutes=1) else t("console.none")
    yield t("console.fact.lag"), behind
    yield t("console.fact.found"), number(pulse.found, words)
    for finding in shop.findings:
        if finding.code == LET_IN_UNTIL:
            end = datetime.fromisoformat(str(finding.parameters["until"])).replace(tzinfo=UTC)
            until = messages.day(end, words.locale)
            yield t("console.fact.access"), t("console.fact.access.until", until=until)


def span(seconds: float, words: Words) -> str:
    """About how long, in the largest unit that says something."""
    for unit, key in ((_DAY, "days"), (_HOUR, "hours"), (_MINUTE, "minutes")):
        if seconds >= unit:
            return words.t(f"console.span.{key}", count=round(seconds / unit))
    return words.t("console.span.soon")


def number(value: int, words: Words) -> str:
    return str(format_decimal(value, locale=words.locale))


def _when(moment: datetime | None, now: datetime, words: Words) -> str:
    """The hour today, else the day too."""
    if moment is None:
        return ""
    today = words.day(moment) == words.day(now)
    return words.clock(moment) if today else words.moment(moment)
