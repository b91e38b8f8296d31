"""The search box: people open a second session of their own, products are a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, request

from plugin import web
from ui import pages, side
from ui.calls import calls
from ui.panel import PAGE, look_of, token_of
from ui.present.products import product_cards
from ui.present.snippets import product_text
from ui.present.states import age_text, health_tags
from ui.present.words import Words
from ui.session import seated

if TYPE_CHECKING:
    from plugin.actions.launch import Seat
    from plugin.actions.search import SearchResult
    from plugin.domain.identity import Identifiers


@seated
def search(seat: Seat) -> Response:
    """JSON {kind, html}; for people also {token, expires_in}: orders found by typing are looked
    at under that token, never under the conversation's. `picked` says what a pasted message
    names."""
    text = " ".join(request.values.get("q", "").split())
    found = calls().search(web.services(), seat, text)
    if found.kind == "people" and found.opened is not None and found.sidebar is not None:
        look = look_of(found.opened.seat)
        answer: dict[str, Any] = token_of(found.opened)
        answer["picked"] = _picked(seat, found.opened.seat.identifiers)
        return jsonify(kind="people", html=side.side_html(look, found.sidebar, PAGE), **answer)
    return jsonify(kind="products", html=_products(seat, found, text))


def _picked(seat: Seat, known: Identifiers) -> str:
    """What it names, by one click on our own page: there the agent alone knows which of it is the
    sender's. Beside a ticket a stranger's word stays weak."""
    numbers = [f"#{number}" for number in known.numbers]
    items = [*known.text_emails, *known.text_phones, *numbers]
    pasted = known.text_emails or known.text_phones or len(known.numbers) > 1
    own = seat.proof == "login" and (seat.identifiers.empty or seat.identifiers.source == "typed")
    return pages.page("picked.html", seat.locale, items=items, own=own) if pasted else ""


def _products(seat: Seat, found: SearchResult, text: str) -> str:
    """With the age of the stock shown, and whether asking again will soon say more."""
    words, now = Words(seat.locale, seat.timezone), web.services().clock()
    notes = [tag.text for tag in health_tags(seat, now, words)]
    nothing = "" if found.products or found.asking else words.t("ui.search_nothing", text=text)
    if nothing and not notes:
        return pages.page("notice.html", seat.locale, text=nothing, tone="calm")
    if found.as_of is not None:
        notes.append(age_text(now - found.as_of, words))
    if found.asking:
        notes.append(words.t("ui.updating"))
    shops = {shop.id: shop.label for shop in seat.connections}
    cards = product_cards(found.products, shops, words)
    return pages.page(
        "products.html",
        seat.locale,
        cards=list(zip(cards, _replies(seat, found, shops), strict=True)),
        heading=words.t("ui.search_products", count=len(cards)) if cards else nothing,
        notes=notes,
        again=found.asking,
    )


def _replies(seat: Seat, found: SearchResult, shops: dict[str, str]) -> list[str]:
    """What can be told about each product."""
    if not found.products:
        return []
    said = calls().wording(web.services(), seat, "product", "")
    theirs = Words(said.locale, seat.timezone)
    return [
        product_text(view.product, shops.get(view.connection_id, ""), said.text, theirs)
        for view in found.products
    ]
