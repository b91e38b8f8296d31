"""The refund: form, preview, confirm, and watching what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, request

from plugin import messages, web
from plugin.errors import InvalidInput
from plugin.ports.store import Capability
from ui import pages
from ui.calls import calls
from ui.present import refunds
from ui.present.words import Words, order_path
from ui.session import fragment, seated

if TYPE_CHECKING:
    from plugin.actions.launch import Seat
    from plugin.actions.refund import ActionView


@seated
def form(seat: Seat, connection: str, ref: str) -> Response:
    """What can go back, from the mirror; or why nothing can."""
    known = calls().refund_form(web.services(), seat, connection, ref)
    if not known.capability.available:
        return _cannot(seat, known.capability)
    view = refunds.form_view(known, _words(seat, connection))
    return fragment(pages.page("refund_form.html", seat.locale, form=view))


@seated
def preview(seat: Seat) -> Response:
    """Asks the shop and shows every consequence. Nothing has moved yet."""
    typed = request.form.to_dict(flat=True)
    connection, ref = typed.pop("connection", ""), typed.pop("order", "")
    if not connection or not ref:
        raise InvalidInput("request_invalid")
    action = calls().preview_refund(web.services(), seat, connection, ref, typed)
    return _shown(seat, action)


@seated
def confirm(seat: Seat) -> Response:
    """The same id twice gives the same answer, so a double click is one refund."""
    action_id = request.form.get("action", "")
    if not action_id:
        raise InvalidInput("request_invalid")
    return _shown(seat, calls().confirm_refund(web.services(), seat, action_id))


@seated
def action(seat: Seat, action_id: str) -> Response:
    """How an action stands; the page asks until it is final."""
    return _shown(seat, calls().action_view(web.services(), seat, action_id))


def _shown(seat: Seat, action: ActionView) -> Response:
    words = _words(seat, action.connection_id)
    path = order_path(action.connection_id, action.order_ref)
    if action.state == "previewed":
        view = refunds.preview_view(action, words)
        return fragment(pages.page("preview.html", seat.locale, view=view, path=path))
    result = refunds.result_view(action, words)
    return fragment(pages.page("result.html", seat.locale, view=result, path=path))


def _cannot(seat: Seat, capability: Capability) -> Response:
    text = messages.sentence(
        capability.reason or "unsupported", seat.locale, **capability.parameters
    )
    return fragment(pages.page("notice.html", seat.locale, text=text, tone="warn"), 422)


def _words(seat: Seat, connection_id: str) -> Words:
    shop = seat.connection(connection_id)
    return Words(seat.locale, (shop and shop.timezone) or seat.timezone)
