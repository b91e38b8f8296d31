"""The list of orders and an opened one: memoised facts, joined with what is of this look."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import escape

from plugin import messages
from plugin.domain.identity import Evidence
from ui import pages
from ui.look import Look, Shop, memo
from ui.memo import Pieces
from ui.menu import menu_html
from ui.present import orders, people
from ui.present.words import Words, order_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugin.actions.sidebar import OrderRow

_SPECIAL = re.compile("[&<>\"']").search
_CHIPS = {
    "requested": "busy",
    "performing": "busy",
    "awaiting_approval": "busy",
    "unknown": "warn",
    "needs_person": "bad",
    "owed": "warn",
}


def list_html(look: Look, rows: Sequence[OrderRow], usual: str) -> str:
    """All rows, the newest that may be opened open. `usual` is the evidence that needs no
    mention in a row, being the person's own."""
    facts = row_facts(look, rows)
    opened = next((row for row in rows if not row.masked), None)
    parts = []
    for row, (path, summary, _) in zip(rows, facts, strict=True):
        extra = _extra(look.seat.locale, row, usual)
        if row.masked:
            parts.append(_masked(look, row, path, summary + extra))
            continue
        inside = facts_html(look, row, path) if row is opened else ""
        parts.append(
            f'<details class="order" data-path="{path}"'
            f' data-v="{row.version}.{row.action_state}.{row.evidence.reason}"'
            f"{' open' if inside else ''}><summary>{summary}{extra}</summary>"
            f'<div class="slot"></div><div class="facts">{inside}</div></details>'
        )
    return "".join(parts)


def facts_html(look: Look, row: OrderRow, path: str = "") -> str:
    """An opened order: why it is shown and what can be done, then the memoised facts. `path` is
    its escaped address if known."""
    path = path or str(escape(order_path(row.connection_id, row.ref)))
    return _bar(look, row, path) + _facts(look, row) + _history(look.seat.locale, path)


def row_facts(look: Look, rows: Sequence[OrderRow]) -> list[Pieces]:
    """For each row its path, its summary and the customer's name as the order has it."""
    keys = [_key(look, row) for row in rows]
    return [
        pieces or memo.keep(key, _row(look.shop(row.connection_id), row))
        for row, key, pieces in zip(rows, keys, memo.many(keys), strict=True)
    ]


def badge(locale: str, evidence: Evidence) -> str:
    """Why, in a few words: the kind of evidence, never what matched."""
    return _badge(locale, evidence.reason, evidence.strength)


def _key(look: Look, row: OrderRow) -> tuple[str, str, str, int]:
    kind = "masked" if row.masked else "row"
    return kind, look.shop(row.connection_id).space, row.ref, row.version


def _row(shop: Shop, row: OrderRow) -> Pieces:
    head = row.head()
    view = orders.row_view(head, shop.label, shop.words, masked=row.masked)
    name = "" if row.masked else _safe(head.customer_name)
    return _safe(order_path(row.connection_id, row.ref)), _summary(view), name


def _summary(view: orders.RowView) -> str:
    tags = "".join(f'<span class="tag {tag.tone}">{_safe(tag.text)}</span>' for tag in view.tags)
    goods = f'<span class="what">{_safe(view.goods)}</span>' if view.goods else ""
    return (
        f'<span class="row"><b class="no">#{_safe(view.number)}</b>'
        f'<span class="date">{_safe(view.date)}</span>'
        f'<span class="sum">{_safe(view.amount)}</span><span class="states">{tags}</span>'
        f'<span class="shop">{_safe(view.shop)}</span>{goods}</span>'
    )


def _safe(text: str) -> str:
    """Escaped; most texts need nothing, and asking that first is four times quicker."""
    return str(escape(text)) if _SPECIAL(text) else text


def _extra(locale: str, row: OrderRow, usual: str) -> str:
    why = badge(locale, row.evidence) if row.evidence.reason != usual else ""
    return why + _chip(locale, row.action_state) if row.action_state in _CHIPS else why


def _masked(look: Look, row: OrderRow, path: str, summary: str) -> str:
    return (
        f'<div class="order masked" data-path="{path}" data-v="{row.version}">'
        f'<div class="summary">{summary}<span class="fine">{look.words.t("ui.masked")}</span>'
        "</div></div>"
    )


def _facts(look: Look, row: OrderRow) -> str:
    shop = look.shop(row.connection_id)

    def render() -> Pieces:
        view = orders.order_view(row.order(), shop.words)
        return (pages.macro("facts.html", shop.words.locale, "facts", view),)

    return memo.pieces(("facts", shop.space, row.ref, row.version), render)[0]


def _bar(look: Look, row: OrderRow, path: str) -> str:
    """What can be done with an order, or why nothing can."""
    why = badge(look.seat.locale, row.evidence)
    if row.action_state in _CHIPS:
        what = f'<span class="hide" data-resume="actions/{escape(row.action_id)}"></span>'
        if row.action_state == "owed":  # it may take days, and keeps nobody from anything else
            what += menu_html(look.offers(row), path, look.words)
    else:
        what = menu_html(look.offers(row), path, look.words)
    text = escape(look.words.t("snippet.open"))
    what += f'<button class="link texts" type="button" data-get="snippets/{path}">{text}</button>'
    return f'<div class="bar">{why}{what}</div>'


def _history(locale: str, path: str) -> str:
    """Filled when it is opened, so that a list costs nothing for it."""
    title = escape(messages.labels(locale)("activity.history"))
    return (
        f'<details class="history" data-path="{path}"><summary>{title}</summary>'
        '<div aria-live="polite"></div></details>'
    )


@cache
def _badge(locale: str, reason: str, strength: str) -> str:
    tag = people.match_tag(reason, strength, Words(locale, ""))
    return f'<span class="badge {tag.tone}">{escape(tag.text)}</span>'


@cache
def _chip(locale: str, state: str) -> str:
    text = messages.labels(locale)("ui.chip." + state)
    return f'<span class="tag {_CHIPS[state]}">{escape(text)}</span>'
