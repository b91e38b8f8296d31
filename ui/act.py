"""Acting on an order: form, preview, confirm, and watching what becomes of it; any kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import Response, request

from plugin import messages, web
from plugin.domain.policy import OVERSEEING
from plugin.errors import Forbidden, InvalidInput, NotFound
from plugin.ports.store import Capability
from ui import pages
from ui.calls import calls
from ui.faces import FACES, Face
from ui.present import act
from ui.present.words import Words, order_path
from ui.session import fragment, seated

if TYPE_CHECKING:
    from plugin.actions.launch import Seat
    from plugin.actions.views import ActionView


@seated
def form(seat: Seat, kind: str, connection: str, ref: str) -> Response:
    """What can be done, from what is stored; or why it cannot."""
    return _form(seat, kind, connection, ref, {})


@seated
def reform(seat: Seat) -> Response:
    """The same form after an answer that changes what else is asked (another country)."""
    return _form(seat, *_asked())


@seated
def preview(seat: Seat) -> Response:
    """Asks the shop and shows every consequence. Nothing has happened yet."""
    return _shown(seat, calls().preview(web.services(), seat, *_asked()))


@seated
def confirm(seat: Seat) -> Response:
    """The same id twice gives the same answer, so a double click happens once."""
    action_id = request.form.get("action", "")
    if not action_id:
        raise InvalidInput("request_invalid")
    comment = request.form.get("comment")
    return _shown(seat, calls().confirm(web.services(), seat, action_id, comment))


@seated
def decide(seat: Seat) -> Response:
    """An approver's answer; the first one counts."""
    action_id, decision = request.form.get("action", ""), request.form.get("decision")
    if not action_id or decision not in ("approve", "decline"):
        raise InvalidInput("request_invalid")
    reason = request.form.get("reason", "")
    approve = decision == "approve"
    done = calls().decide(web.services(), seat, action_id, approve=approve, reason=reason)
    return _shown(seat, done)


@seated
def settle(seat: Seat) -> Response:
    """How it really ended, as a supervisor saw it at the shop."""
    action_id, outcome = request.form.get("action", ""), request.form.get("outcome")
    if not action_id:
        raise InvalidInput("request_invalid")
    if outcome not in ("done", "not-done"):
        raise InvalidInput("outcome_missing", field="outcome")
    proof, done = request.form.get("proof", ""), outcome == "done"
    return _shown(seat, calls().settle(web.services(), seat, action_id, done=done, proof=proof))


@seated
def owed(seat: Seat) -> Response:
    """What a person had to pay: it was paid, or is not to be."""
    action_id, outcome = request.form.get("action", ""), request.form.get("outcome")
    if not action_id:
        raise InvalidInput("request_invalid")
    if outcome not in ("done", "not-done"):
        raise InvalidInput("outcome_missing", field="outcome")
    proof, paid = request.form.get("proof", ""), outcome == "done"
    return _shown(seat, calls().close_owed(web.services(), seat, action_id, paid=paid, proof=proof))


@seated
def account(seat: Seat) -> Response:
    """The whole account; that it was looked at is written down, so it is asked for by a form."""
    action_id = request.form.get("action", "")
    known = calls().payee(web.services(), seat, action_id)
    shown = {"id": action_id, "account": known.account, "holder": known.holder}
    return fragment(pages.page("act/account.html", seat.locale, **shown))


@seated
def action(seat: Seat, action_id: str) -> Response:
    """How an action stands; the page asks until it is final."""
    return _shown(seat, calls().action_view(web.services(), seat, action_id))


@seated
def greet(seat: Seat) -> Response:
    """What became of an action that its agent confirmed elsewhere; 204 once that was told."""
    told = calls().greet(web.services(), seat, request.form.get("action", ""))
    if told is None:
        return Response(status=204)
    view = act.greeting_view(told, _words(seat, told.connection_id))
    return fragment(pages.page("greeting.html", seat.locale, view=view))


def form_path(kind: str, connection_id: str, order_ref: str) -> str:
    """Where the form of a kind is asked for."""
    return f"act/{kind}/{order_path(connection_id, order_ref)}"


def _asked() -> tuple[str, str, str, dict[str, str]]:
    """Kind, connection, order, and what was typed."""
    typed = request.form.to_dict(flat=True)
    kind, connection, ref = (typed.pop(name, "") for name in ("kind", "connection", "order"))
    if not kind or not connection or not ref:
        raise InvalidInput("request_invalid")
    return kind, connection, ref, typed


def _form(seat: Seat, kind: str, connection: str, ref: str, typed: Mapping[str, str]) -> Response:
    known = calls().action_form(web.services(), seat, kind, connection, ref, typed)
    if not known.capability.available:
        return _cannot(seat, known.capability)
    words = _words(seat, connection)
    head, view = act.head_view(known, words), FACES[known.kind].form(known, words)
    html = pages.page(f"act/{known.kind}_form.html", seat.locale, head=head, form=view)
    return fragment(html)


def _shown(seat: Seat, action: ActionView) -> Response:
    words = _words(seat, action.connection_id)
    again = form_path(action.kind, action.connection_id, action.order_ref)
    if action.state == "previewed":
        told = FACES[action.kind].consequences(action.plan, words)
        view = act.preview_view(action, told, words)
        return fragment(pages.page("act/preview.html", seat.locale, view=view, again=again))
    if action.waiting is not None and action.waiting.may_decide:
        told = FACES[action.kind].consequences(action.plan, words)
        shop = seat.connection(action.connection_id)
        decision = act.decision_view(action, told, shop.label if shop else "", words)
        return fragment(pages.page("act/decide.html", seat.locale, view=decision))
    listed = not action.mine and seat.role in OVERSEEING
    face = FACES[action.kind]
    result = act.result_view(
        action, words, outcome=face.outcome(action.receipt, words),
        standing=face.standing(action, words), reply=_reply(seat, action, face, words),
        listed=listed,
    )  # fmt: skip
    return fragment(pages.page("act/result.html", seat.locale, view=result, again=again))


def _reply(seat: Seat, action: ActionView, face: Face, words: Words) -> str:
    """What can be told the customer of this conversation; nothing of anybody else's order."""
    if action.state != "done":
        return ""
    if face.worded is None:
        reply = face.reply(action, words)
    else:
        locale = action.customer_locale or words.locale
        said = calls().wording(web.services(), seat, action.kind, locale)
        reply = face.worded(action, words, said.text)
    return reply if reply and _is_here(seat, action) else ""


def _is_here(seat: Seat, action: ActionView) -> bool:
    try:
        calls().order_view(web.services(), seat, action.connection_id, action.order_ref)
    except (NotFound, Forbidden):
        return False
    return True


def _cannot(seat: Seat, capability: Capability) -> Response:
    text = messages.sentence(
        capability.reason or "unsupported", seat.locale, **capability.parameters
    )
    return fragment(pages.page("notice.html", seat.locale, text=text, tone="warn"), 422)


def _words(seat: Seat, connection_id: str) -> Words:
    shop = seat.connection(connection_id)
    return Words(seat.locale, (shop and shop.timezone) or seat.timezone)
