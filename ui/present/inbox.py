"""What waits for somebody, as a badge and as a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plugin.domain.policy import OVERSEEING
from ui.present.words import Tag, Words

if TYPE_CHECKING:
    from plugin.actions.attention import Inbox, Item
    from plugin.actions.launch import Seat

_TONES = {"awaiting_approval": "busy", "unknown": "warn", "needs_person": "bad", "done": "warn"}
_STATES = {"done": "owed"}  # done here; a person still has to pay


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`what` is the action with its amount, `order` number and shop, `since` who and when."""

    id: str
    what: str
    state: Tag
    order: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxView:
    """`more` says how many are shown, where there are more."""

    title: str
    entries: tuple[Entry, ...]
    broken: tuple[str, ...]
    more: str


def count_for(seat: Seat) -> int:
    """How many things wait for this agent: none for who may not act on them."""
    if seat.role not in OVERSEEING:
        return 0
    return seat.waiting + sum(shop.failing_since is not None for shop in seat.connections)


def inbox_view(found: Inbox, labels: Mapping[str, str], words: Words) -> InboxView:
    broken = tuple(
        words.t("ui.waits.broken", shop=labels.get(shop, ""), time=words.moment(since))
        for shop, since, _code in found.broken
    )
    shown, count = len(found.items), found.count
    return InboxView(
        title=words.t("ui.waits.title"),
        entries=tuple(_entry(item, labels, words) for item in found.items),
        broken=broken,
        more=words.t("ui.shown", shown=shown, count=count) if shown < count else "",
    )


def _entry(item: Item, labels: Mapping[str, str], words: Words) -> Entry:
    what = words.t(f"ui.act.{item.kind}")
    shop = labels.get(item.connection_id, "")
    number = words.t("ui.act.title", number=item.order_number.lstrip("#"))
    return Entry(
        id=item.id,
        what=f"{what} {words.money(item.amount)}" if item.amount else what,
        state=Tag(words.t("ui.chip." + _STATES.get(item.state, item.state)), _TONES[item.state]),
        order=f"{number} · {shop}" if shop else number,
        since=words.t("ui.act.by", who=item.agent_name, time=words.moment(item.since)),
    )
