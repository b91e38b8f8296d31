"""What waits for somebody: the list behind the badge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response

from plugin import web
from ui import pages
from ui.calls import calls
from ui.present import inbox as present
from ui.present.words import Words
from ui.session import fragment, seated

if TYPE_CHECKING:
    from plugin.actions.launch import Seat


@seated
def inbox(seat: Seat) -> Response:
    """Each entry opens what an approver needs."""
    found = calls().inbox(web.services(), seat)
    labels = {shop.id: shop.label for shop in seat.connections}
    view = present.inbox_view(found, labels, Words(seat.locale, seat.timezone))
    return fragment(pages.page("inbox.html", seat.locale, view=view))
