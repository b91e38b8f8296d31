"""The sidebar as text. This is the hot path: a warm answer renders no template (but the form of an
unconfirmed match) and decodes no order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from markupsafe import escape

from plugin import messages
from ui import pages
from ui.look import Look, memo
from ui.memo import Pieces
from ui.present import people, states
from ui.present.inbox import count_for
from ui.rows import badge, list_html, row_facts

if TYPE_CHECKING:
    from plugin.actions.launch import Seat
    from plugin.actions.sidebar import PersonView, Sidebar


def side_html(look: Look, sidebar: Sidebar, limit: int) -> str:
    """The whole fragment. Its parts carry ids, so that the page swaps only what changed."""
    poll = "fast" if _moving(look.seat, sidebar) else "slow"
    stale = ' data-stale="1"' if sidebar.stale else ""
    untold = f' data-untold="{look.seat.untold}"' if look.seat.untold else ""
    return "".join((
        f'<div id="side" data-poll="{poll}" data-limit="{limit}"{stale}{untold}>',
        '<div id="waits">', _waits(look), "</div>",
        '<section id="who" class="who">', *_who(look, sidebar), "</section>",
        '<div id="health">', _age(look, sidebar), *_health(look), "</div>",
        '<div id="fact">', _fact(look, sidebar), "</div>",
        '<div id="orders">', _orders(look, sidebar), "</div>",
        '<div id="more">', _more(look, sidebar), "</div></div>",
    ))  # fmt: skip


def _waits(look: Look) -> str:
    """A badge where something waits for this agent, else nothing."""
    count = count_for(look.seat)
    if not count:
        return ""
    text = escape(look.words.t("ui.waits", count=count))
    return f'<button class="waits-go" type="button" data-get="inbox">{text}</button>'


def etag(seat: Seat, sidebar: Sidebar) -> str:
    """Everything the fragment depends on but the passing of time."""
    return f"{sidebar.etag}-{pages.version()}-{len(sidebar.orders)}-{seat.locale}"


def _moving(seat: Seat, sidebar: Sidebar) -> bool:
    """Whether something is about to change by itself."""
    return sidebar.state == "asking" or any(look.state == "asking" for look in seat.lookups)


def _who(look: Look, sidebar: Sidebar) -> Iterator[str]:
    for group in people.group(sidebar.people):
        head, facts, rest, zone = _person(look, group)
        why = badge(look.seat.locale, group[0].evidence)
        time = _local_time(look, zone)
        yield f'<div class="person">{head}{why}<p class="fine">{facts}{time}</p>{rest}</div>'
    if not sidebar.people:
        yield _guest(look, sidebar)
    if sidebar.totals:
        yield f'<p class="totals">{escape(people.totals_text(sidebar.totals, look.words))}</p>'


def _person(look: Look, group: Sequence[PersonView]) -> Pieces:
    key = tuple(
        ("person", look.shop(view.connection_id).space, view.customer.ref, view.version)
        for view in group
    )

    def render() -> Pieces:
        card = people.person_card(group, look.labels(), look.words)
        parts = ("person", "person_facts", "person_rest")
        made = (pages.macro("facts.html", look.seat.locale, part, card) for part in parts)
        return (*made, str(escape(people.zone_of(group, look.now))))

    return memo.pieces(key, render)


def _local_time(look: Look, zone: str) -> str:
    if not zone:
        return ""
    time = f'<time data-zone="{zone}">{messages.clock(look.now, zone)}</time>'
    return " · " + look.words.t("ui.local_time", time=time)


def _guest(look: Look, sidebar: Sidebar) -> str:
    """No registered customer: the name of the newest proven order, else of the ticket."""
    name = str(escape(look.seat.identifiers.name))
    proven = next((row for row in sidebar.orders if not row.masked), None)
    why = ""
    if proven is not None:
        name = row_facts(look, (proven,))[0][2] or name
        guest = look.words.t("ui.guest")
        why = badge(look.seat.locale, proven.evidence) + f'<p class="fine">{guest}</p>'
    if not name and not why:
        return ""
    name = name or look.words.t("ui.no_name")
    return f'<div class="person"><h2 class="name">{name}</h2>{why}</div>'


def _age(look: Look, sidebar: Sidebar) -> str:
    age = states.age_view(sidebar, look.seat, look.now, look.words)
    if age is None:
        return ""
    joint = " · " if age.text and age.updating else ""
    return (
        f'<p class="age"><time data-at="{age.at}">{age.text}</time>{joint}'
        f'<span class="busy">{age.updating}</span></p>'
    )


def _health(look: Look) -> Iterator[str]:
    for tag in states.health_tags(look.seat, look.now, look.words):
        yield f'<p class="line {tag.tone}">{escape(tag.text)}</p>'


def _fact(look: Look, sidebar: Sidebar) -> str:
    masked = next((row for row in sidebar.orders if row.masked), None)
    if masked is None:
        return ""
    kind = "number" if masked.evidence.reason == "number" else "text"
    reason = look.words.t("ui.weak." + kind)
    return pages.page("fact.html", look.seat.locale, reason=reason, tries=sidebar.tries_left)


def _orders(look: Look, sidebar: Sidebar) -> str:
    if not sidebar.orders:
        tag = states.state_tag(sidebar, look.seat, look.words)
        return f'<p class="empty {tag.tone}">{escape(tag.text)}</p>'
    proven = [row.evidence for row in sidebar.orders if not row.masked]
    beside_name = [person.evidence for person in sidebar.people] or proven
    usual = beside_name[0].reason if beside_name else ""
    return list_html(look, sidebar.orders, usual)


def _more(look: Look, sidebar: Sidebar) -> str:
    if not sidebar.more:
        return ""
    t, shown, count = look.words.t, len(sidebar.orders), sidebar.order_count
    button = f'<button class="link" type="button" data-more>{t("ui.more")}</button>'
    if count <= shown:
        return button
    return f'{button} <span class="fine">{t("ui.shown", shown=shown, count=count)}</span>'
