"""How fresh and how whole the answer is: age, shops in trouble, searches under way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from plugin.ports.store import HISTORY_DAYS
from ui.present.words import Tag, Words

if TYPE_CHECKING:
    from plugin.actions.launch import ConnectionHealth, Seat
    from plugin.actions.sidebar import Sidebar

_AGES = (
    (timedelta(days=1), "ui.age.days"),
    (timedelta(hours=1), "ui.age.hours"),
    (timedelta(minutes=1), "ui.age.minutes"),
)
_CLOSED = ("app_uninstalled", "grant_ended")  # no answer will come by itself
_STATE_TONES = {"cannot_ask": "bad", "arriving": "busy", "asking": "busy"}


@dataclass(frozen=True, slots=True)
class AgeView:
    """`at` is ISO text for the page's own clock; `updating` is said beside it."""

    text: str
    at: str
    updating: str


def age_view(sidebar: Sidebar, seat: Seat, now: datetime, words: Words) -> AgeView | None:
    """How old the oldest shown thing is; None if nothing is shown."""
    asking = any(look.state == "asking" for look in seat.lookups)
    updating = words.t("ui.updating") if asking else ""
    if sidebar.as_of is None:
        return AgeView("", "", updating) if asking and sidebar.state != "asking" else None
    text = age_text(now - sidebar.as_of, words)
    return AgeView(text, sidebar.as_of.isoformat(timespec="seconds"), updating)


def age_text(age: timedelta, words: Words) -> str:
    for unit, key in _AGES:
        if age >= unit:
            return words.t(key, count=age // unit)
    return words.t("ui.age.now")


def health_tags(seat: Seat, now: datetime, words: Words) -> Iterator[Tag]:
    """A line for each shop that is down, still arriving or silent."""
    looks = {look.connection_id: look for look in seat.lookups}
    for shop in seat.connections:
        yield from _sync(shop, words)
        look = looks.get(shop.id)
        if shop.failing_since:
            yield Tag(_down(shop, shop.failing_since, now, words), "bad")
        elif look is not None and look.state == "failed":
            yield Tag(words.t("ui.lookup_failed", shop=shop.label), "bad")


def state_tag(sidebar: Sidebar, seat: Seat, words: Words) -> Tag:
    """The sentence in the place of orders."""
    state = sidebar.state
    asked = {look.connection_id for look in seat.lookups if look.state == "asking"}
    names = [shop.label for shop in seat.connections if shop.id in asked]
    if state == "asking" and names:
        return Tag(words.t("ui.asking", shop=", ".join(names)), "busy")
    if state == "no_identifiers" and seat.proof == "login":
        return Tag(words.t("desk.nobody"), "calm")
    if state == "no_orders" and sidebar.people:
        return Tag(words.t("ui.state.customer_no_orders"), "calm")
    if state == "limited":
        days = [shop.options.get(HISTORY_DAYS, "") for shop in seat.connections]
        known = min(filter(str.isdecimal, days), key=int, default="0")
        return Tag(words.t("ui.state.limited", days=known), "calm")
    return Tag(words.t("ui.state." + state), _STATE_TONES.get(state, "calm"))


def _sync(shop: ConnectionHealth, words: Words) -> Iterator[Tag]:
    if shop.sync_state == "running":
        percent = shop.sync_percent or 0
        yield Tag(words.t("ui.history", shop=shop.label, percent=percent), "busy")
    elif shop.sync_state == "paused":
        yield Tag(words.t("ui.history_paused", shop=shop.label), "warn")
    elif shop.sync_state == "waiting":
        yield Tag(words.t("ui.history_waiting", shop=shop.label), "busy")
    elif shop.sync_state == "failed":
        yield Tag(words.t("ui.history_failed", shop=shop.label), "bad")
    days = shop.options.get(HISTORY_DAYS, "")
    if days:
        yield Tag(words.t("ui.history_days", shop=shop.label, days=days), "warn")


def _down(shop: ConnectionHealth, since: datetime, now: datetime, words: Words) -> str:
    if shop.failure_code in _CLOSED:
        return words.t("ui.shop_closed." + shop.failure_code, shop=shop.label)
    local = Words(words.locale, shop.timezone or words.zone)
    if now - since < timedelta(hours=20):
        return words.t("ui.shop_down", shop=shop.label, time=local.clock(since))
    return words.t(
        "ui.shop_down_on", shop=shop.label, date=local.day(since), time=local.clock(since)
    )
