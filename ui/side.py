"""The sidebar as text: memoised facts of shops, joined with what belongs to this look only.

This is the hot path: a warm answer renders no template and decodes no order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from plugin import messages
from plugin.domain.identity import Evidence
from plugin.ports.store import Capability
from ui import pages
from ui.memo import Memo, Pieces
from ui.present import orders, people, states
from ui.present.words import Words, order_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from plugin.actions.launch import ConnectionHealth, Seat
    from plugin.actions.sidebar import OrderRow, PersonView, Sidebar

MEMO_BYTES = 64 * 1024 * 1024
memo = Memo(MEMO_BYTES)

_CHIPS = {"requested": "busy", "performing": "busy", "awaiting_approval": "busy",
          "unknown": "warn", "needs_person": "bad"}


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the panel: the seat, the time, and how to ask what an order allows."""

    seat: Seat
    now: datetime
    capability: Callable[[OrderRow], Capability]

    def words(self, connection_id: str = "") -> Words:
        """The agent's language with the clock of a shop, else of the workspace."""
        shop = self.seat.connection(connection_id) if connection_id else None
        return Words(self.seat.locale, (shop and shop.timezone) or self.seat.timezone)

    def shops(self) -> dict[str, str]:
        return {shop.id: shop.label for shop in self.seat.connections}


def side_html(look: Look, sidebar: Sidebar, limit: int) -> str:
    """The whole fragment. Its parts carry ids, so that the page swaps only what changed."""
    poll = "fast" if _moving(look.seat, sidebar) else "slow"
    stale = ' data-stale="1"' if sidebar.stale else ""
    return "".join((
        f'<div id="side" data-poll="{poll}" data-limit="{limit}"{stale}>',
        '<section id="who" class="who">', *_who(look, sidebar), "</section>",
        '<div id="health">', _age(look, sidebar), *_health(look), "</div>",
        '<div id="fact">', _fact(look, sidebar), "</div>",
        '<div id="orders">', *_orders(look, sidebar), "</div>",
        '<div id="more">', _more(look, sidebar), "</div></div>",
    ))


def facts_html(look: Look, row: OrderRow) -> str:
    """An opened order: why it is shown and what can be done, then the memoised facts."""
    return _bar(look, row) + _facts(look, row)


def etag(seat: Seat, sidebar: Sidebar) -> str:
    """Everything the fragment depends on; `tries_left` and health are in the sidebar's own."""
    return f"{sidebar.etag}-{pages.version()}-{len(sidebar.orders)}-{seat.locale}"


@dataclass(frozen=True, slots=True)
class _Shop:
    label: str
    zone: str


def _moving(seat: Seat, sidebar: Sidebar) -> bool:
    """Whether something is about to change by itself."""
    return sidebar.state == "asking" or any(look.state == "asking" for look in seat.lookups)


def _who(look: Look, sidebar: Sidebar) -> Iterator[str]:
    words = look.words()
    groups = people.group(sidebar.people)
    for group in groups:
        head, facts, rest, zone = _person(look, group, words)
        yield f'<div class="person">{head}{badge(words.locale, group[0].evidence)}'
        yield f'<p class="fine">{facts}{_local_time(look, zone, words)}</p>{rest}</div>'
    if not groups:
        yield from _guest(look, sidebar, words)
    if sidebar.totals:
        yield f'<p class="totals">{escape(people.totals_text(sidebar.totals, words))}</p>'


def _person(look: Look, group: Sequence[PersonView], words: Words) -> Pieces:
    shops = look.shops()
    key = ("person", look.seat.scope.workspace_id, words, pages.version()) + tuple(
        (view.connection_id, view.customer.ref, view.version, shops.get(view.connection_id))
        for view in group
    )

    def render() -> Pieces:
        card = people.person_card(group, shops, words)
        rows = pages.macros("rows.html", words.locale)
        zone = str(escape(people.zone_of(group, look.now)))
        parts = ("person", "person_facts", "person_rest")
        return (*(_call(rows, part, card).strip() for part in parts), zone)

    return memo.pieces(key, render)


def _local_time(look: Look, zone: str, words: Words) -> str:
    if not zone:
        return ""
    time = f'<time data-zone="{zone}">{messages.clock(look.now, zone)}</time>'
    return " · " + words.t("ui.local_time", time=time)


def _guest(look: Look, sidebar: Sidebar, words: Words) -> Iterator[str]:
    """No registered customer: the name of the newest proven order, else of the ticket."""
    proven = next((row for row in sidebar.orders if not row.masked), None)
    name = look.seat.identifiers.name
    if proven is not None:
        name = _row(look, proven)[2] or str(escape(name))
        note = f'<p class="fine">{words.t("ui.guest")}</p>'
        yield f'<div class="person"><h2 class="name">{name}</h2>'
        yield badge(words.locale, proven.evidence) + note + "</div>"
    elif name:
        yield f'<div class="person"><h2 class="name">{escape(name)}</h2></div>'


def _age(look: Look, sidebar: Sidebar) -> str:
    age = states.age_view(sidebar, look.seat, look.now, look.words())
    if age is None:
        return ""
    joint = " · " if age.text and age.updating else ""
    return (
        f'<p class="age"><time data-at="{age.at}">{age.text}</time>{joint}'
        f'<span class="busy">{age.updating}</span></p>'
    )


def _health(look: Look) -> Iterator[str]:
    for tag in states.health_tags(look.seat, look.now, look.words()):
        yield f'<p class="line {tag.tone}">{escape(tag.text)}</p>'


def _fact(look: Look, sidebar: Sidebar) -> str:
    masked = next((row for row in sidebar.orders if row.masked), None)
    if masked is None:
        return ""
    kind = "number" if masked.evidence.reason == "number" else "text"
    reason = look.words().t("ui.weak." + kind)
    return pages.page("fact.html", look.seat.locale, reason=reason, tries=sidebar.tries_left)


def _orders(look: Look, sidebar: Sidebar) -> Iterator[str]:
    if not sidebar.orders:
        tag = states.state_tag(sidebar, look.seat, look.words())
        yield f'<p class="empty {tag.tone}">{escape(tag.text)}</p>'
        return
    usual = sidebar.people[0].evidence.reason if sidebar.people else ""
    opened = next((row for row in sidebar.orders if not row.masked), None)
    for row in sidebar.orders:
        if row.masked:
            yield _masked(look, row)
        else:
            yield from _order(look, row, usual, opened=row is opened)


def _order(look: Look, row: OrderRow, usual: str, *, opened: bool) -> Iterator[str]:
    path, summary, _ = _row(look, row)
    reason = row.evidence.reason
    yield f'<details class="order" data-path="{path}"'
    yield f' data-v="{row.version}.{row.action_state}.{reason}"'
    yield " open><summary>" if opened else "><summary>"
    yield summary
    if reason != usual:
        yield badge(look.seat.locale, row.evidence)
    if row.action_state in _CHIPS:
        yield _chip(look.seat.locale, row.action_state)
    yield '</summary><div class="slot"></div><div class="facts">'
    if opened:
        yield facts_html(look, row)
    yield "</div></details>"


def _masked(look: Look, row: OrderRow) -> str:
    path, summary, _ = _row(look, row)
    t = look.words().t
    return (
        f'<div class="order masked" data-path="{path}" data-v="{row.version}">'
        f'<div class="summary">{summary}{badge(look.seat.locale, row.evidence)}'
        f'<span class="fine">{t("ui.masked")}</span></div></div>'
    )


def _row(look: Look, row: OrderRow) -> Pieces:
    shop = _shop_of(look.seat, row.connection_id)
    key = (
        "masked" if row.masked else "row", look.seat.scope.workspace_id, row.connection_id, row.ref,
        row.version, look.seat.locale, shop, pages.version(),
    )

    def render() -> Pieces:
        words = Words(look.seat.locale, shop.zone)
        order = row.order()
        view = orders.row_view(order, shop.label, words, masked=row.masked)
        rows = pages.macros("rows.html", words.locale)
        name = "" if row.masked else str(escape(order.customer_name))
        return order_path(row.connection_id, row.ref), _call(rows, "row", view), name

    return memo.pieces(key, render)


def _facts(look: Look, row: OrderRow) -> str:
    zone = _shop_of(look.seat, row.connection_id).zone
    key = (
        "facts", look.seat.scope.workspace_id, row.connection_id, row.ref, row.version,
        look.seat.locale, zone, pages.version(),
    )

    def render() -> Pieces:
        words = Words(look.seat.locale, zone)
        view = orders.order_view(row.order(), words)
        return (_call(pages.macros("rows.html", words.locale), "facts", view),)

    return memo.pieces(key, render)[0]


def _bar(look: Look, row: OrderRow) -> str:
    """The actions of an order, or why there are none."""
    t = look.words().t
    parts = [badge(look.seat.locale, row.evidence)]
    if row.action_state in _CHIPS:
        parts.append(f'<span class="hide" data-resume="actions/{escape(row.action_id)}"></span>')
    elif (can := look.capability(row)).available:
        path = order_path(row.connection_id, row.ref)
        parts.append(f'<button class="go" data-get="refund/{path}">{t("ui.refund")}</button>')
    elif can.reason and can.reason != "role_forbids":
        text = messages.sentence(can.reason, look.seat.locale, **can.parameters)
        parts.append(f'<span class="why">{escape(text)}</span>')
    return f'<div class="bar">{"".join(parts)}</div>'


def _more(look: Look, sidebar: Sidebar) -> str:
    if not sidebar.orders:
        return ""
    t = look.words().t
    shown = ""
    if sidebar.more and sidebar.order_count:
        text = t("ui.shown", shown=len(sidebar.orders), count=sidebar.order_count)
        shown = f'<span class="fine">{text}</span>'
    button = (
        f'<button class="link" type="button" data-more>{t("ui.more")}</button> '
        if sidebar.more
        else ""
    )
    return button + shown


@lru_cache(maxsize=64)
def badge(locale: str, evidence: Evidence) -> str:
    """Why, in a few words; of the evidence only its kind is shown, so few badges exist."""
    return _badge(locale, evidence.reason, evidence.strength)


@cache
def _badge(locale: str, reason: str, strength: str) -> str:
    tag = people.match_tag(Evidence(strength=strength, reason=reason), Words(locale, ""))  # type: ignore[arg-type]
    return f'<span class="badge {tag.tone}">{escape(tag.text)}</span>'


@cache
def _chip(locale: str, state: str) -> str:
    text = messages.labels(locale)("ui.chip." + state)
    return f'<span class="tag {_CHIPS[state]}">{escape(text)}</span>'


def _shop_of(seat: Seat, connection_id: str) -> _Shop:
    shop: ConnectionHealth | None = seat.connection(connection_id)
    if shop is None:
        return _Shop("", seat.timezone)
    return _Shop(shop.label, shop.timezone or seat.timezone)


def _call(rows: object, name: str, view: object) -> str:
    """A macro's text; it escaped everything it was given."""
    made: Markup = getattr(rows, name)(view)
    return str(made)
