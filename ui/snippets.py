"""Texts for the reply that an opened order gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response

from plugin import web
from ui import pages
from ui.calls import calls
from ui.present.snippets import snippet_views
from ui.present.words import Words
from ui.session import fragment, seated

if TYPE_CHECKING:
    from plugin.actions.launch import Seat


@seated
def snippets(seat: Seat, connection: str, ref: str) -> Response:
    """To insert or to copy; nothing is sent."""
    found = calls().replies(web.services(), seat, connection, ref)
    shop = seat.connection(connection)
    words = Words(seat.locale, (shop and shop.timezone) or seat.timezone)
    views = snippet_views(found, shop.label if shop else "", words)
    return fragment(pages.page("snippets.html", seat.locale, views=views, theirs=found.locale))
