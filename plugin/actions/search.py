"""The panel's box: an e-mail, a phone, an order number, words of a product, or a whole message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from plugin.actions.launch import Opened, Seat, identified, open_typed
from plugin.actions.records import words_of
from plugin.actions.sidebar import Sidebar, load_sidebar
from plugin.actions.stock import ask_for_products
from plugin.db import mirror, panel
from plugin.domain.identity import Identifiers, normal_email, normal_number, normal_phone
from plugin.domain.products import Product
from plugin.errors import InvalidInput
from plugin.ports.helpdesk import Launch, Writer
from plugin.services import Services

MOST = 8000
_MOST_WORDS = 200
_PASTED = re.compile(r"\S\s+\S")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductView:
    connection_id: str
    product: Product
    fetched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """`people`: a second session (`opened`) for what was typed, and its first look.
    `products`: matches of the mirror, perhaps none, the oldest of `as_of`; `asking` = the shops
    are being asked, so that the same search soon says more."""

    kind: Literal["people", "products"]
    opened: Opened | None = None
    sidebar: Sidebar | None = None
    products: tuple[ProductView, ...] = ()
    as_of: datetime | None = None
    asking: bool = False


def search(services: Services, seat: Seat, text: str, *, limit: int = 20) -> SearchResult:
    """Raises InvalidInput: search_empty, email_invalid."""
    text = text.strip()[:MOST]
    if not text:
        raise InvalidInput("search_empty", field="q")
    identifiers = typed_identifiers(text, seat.country) or _pasted(services, seat, text)
    if identifiers is None:
        return _search_products(services, seat, text[:_MOST_WORDS], limit)
    opened = open_typed(services, seat, identifiers)
    sidebar = load_sidebar(services, opened.seat, limit=limit)
    return SearchResult(kind="people", opened=opened, sidebar=sidebar)


def typed_identifiers(text: str, country: str) -> Identifiers | None:
    """The one thing that was typed; None = words. Raises InvalidInput("email_invalid")."""
    if "@" in text and not _PASTED.search(text):
        email = normal_email(text)
        if not email:
            raise InvalidInput("email_invalid", field="q")
        return Identifiers(source="typed", emails=(email,))
    digits = re.sub(r"\D", "", text)
    if re.fullmatch(r"#?\s*[A-Za-z]{0,4}-?\d{3,8}", text):
        return Identifiers(source="typed", numbers=(normal_number(text),))
    if len(digits) >= 7 and not re.search(r"[A-Za-z]", text):
        phone = normal_phone(text, country)
        if phone:
            return Identifiers(source="typed", phones=(phone,))
    return None


def _pasted(services: Services, seat: Seat, text: str) -> Identifiers | None:
    """What a pasted message names; all of it is weak, as anybody could have written it. None =
    nothing. Raises InvalidInput("email_invalid") if there is only what looks like an address."""
    launch = Launch(writer=Writer(), source="typed", text=text)
    with services.database.reading() as connection:
        found = identified(seat.scope, connection, launch)
    if not found.empty:
        return found
    if "@" in text and len(text) <= _MOST_WORDS:
        raise InvalidInput("email_invalid", field="q")
    return None


def _search_products(services: Services, seat: Seat, text: str, limit: int) -> SearchResult:
    words = words_of(text)[:6]
    found = _products(services, seat, words, limit)
    return SearchResult(
        kind="products",
        products=found,
        as_of=min((view.fetched_at for view in found), default=None),
        asking=bool(words) and ask_for_products(services, seat, words),
    )


def _products(
    services: Services, seat: Seat, words: tuple[str, ...], limit: int
) -> tuple[ProductView, ...]:
    if not words:
        return ()
    with services.database.reading() as connection:
        shops = [shop.id for shop in seat.connections]
        rows = panel.find_products(seat.scope, connection, shops, words, limit)
    return tuple(
        ProductView(
            connection_id=row.connection_id,
            product=mirror.decode_product(row.doc),
            fetched_at=row.fetched_at,
        )
        for row in rows
    )
