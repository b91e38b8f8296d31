"""The Waiting page: what somebody has to decide or close, each with the preview that was frozen."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, request
from werkzeug.wrappers import Response as WsgiResponse

from plugin import web
from plugin.actions import act, attention, connect, owed
from plugin.actions.console import ConsoleSeat
from plugin.actions.overseer import Overseer, at_console
from plugin.actions.owed import Payee
from plugin.actions.views import ActionView
from plugin.errors import InvalidInput, MostradorError
from ui.console.pages import TEMPLATES
from ui.faces import FACES
from ui.present import act as present
from ui.present.inbox import inbox_view
from ui.present.words import Words

HERE = "/console/waiting"


@web.overseers_only
def show_waiting(seat: ConsoleSeat) -> Response:
    """The oldest first."""
    services = web.services()
    found = attention.at_console(services, seat)
    labels = {shop.id: shop.label for shop in connect.all_connections(services, seat.scope)}
    return web.console_page(
        TEMPLATES, "console/waiting.html", seat=seat, locale=seat.locale,
        view=inbox_view(found, labels, Words(seat.locale, seat.timezone)),
        shops=[shop for shop, _since, _code in found.broken], mail=services.mail is not None,
    )  # fmt: skip


@web.overseers_only
def show_one(seat: ConsoleSeat, action: str) -> Response:
    who = at_console(web.services(), seat)
    return _page(seat, attention.one(web.services(), who, action))


@web.overseers_only
def decide(seat: ConsoleSeat, action: str) -> Response | WsgiResponse:
    """Yes or no; the first answer counts, and nobody answers for themselves."""
    who, decision = at_console(web.services(), seat), request.form.get("decision")
    try:
        if decision not in ("approve", "decline"):
            raise InvalidInput("request_invalid")
        reason = request.form.get("reason", "")
        act.decide(web.services(), who, action, approve=decision == "approve", reason=reason)
    except MostradorError as error:
        return _again(seat, who, action, error)
    return redirect(f"{HERE}/{action}")


@web.overseers_only
def close(seat: ConsoleSeat, action: str) -> Response | WsgiResponse:
    """How it ended, as it was seen at the shop or the bank."""
    services, form = web.services(), request.form
    who, outcome = at_console(services, seat), form.get("outcome")
    try:
        if outcome not in ("done", "not-done"):
            raise InvalidInput("outcome_missing", field="outcome")
        known, done = attention.one(services, who, action), outcome == "done"
        if known.payment == "due":
            act.close_owed(services, who, action, paid=done, proof=form.get("proof", ""))
        else:
            act.settle(services, who, action, done=done, proof=form.get("proof", ""))
    except MostradorError as error:
        return _again(seat, who, action, error)
    return redirect(f"{HERE}/{action}")


@web.overseers_only
def show_account(seat: ConsoleSeat, action: str) -> Response:
    """The whole account; that it was looked at is written down, so it is asked for by a form."""
    services = web.services()
    who = at_console(services, seat)
    payee = owed.payee(services, who, action)
    return _page(seat, attention.one(services, who, action), payee=payee)


def _again(seat: ConsoleSeat, who: Overseer, action: str, error: MostradorError) -> Response:
    """What could not be done, beside how it stands now."""
    web.log_error(error)
    return _page(seat, attention.one(web.services(), who, action), error=error)


def _page(
    seat: ConsoleSeat, action: ActionView, *, error: MostradorError | None = None,
    payee: Payee | None = None,
) -> Response:  # fmt: skip
    shops = connect.all_connections(web.services(), seat.scope)
    shop = next((shop.label for shop in shops if shop.id == action.connection_id), "")
    words, number = Words(seat.locale, seat.timezone), action.order_number.lstrip("#")
    return web.console_page(
        TEMPLATES, "console/waiting_one.html", seat=seat, locale=seat.locale, id=action.id,
        title=present.kind_text(action.kind, "title", words, number=number),
        shop=shop, payee=payee, error=error, typed=request.form,
        status=error.status if error else 200,
        **_views(action, shop, words),
    )  # fmt: skip


def _views(action: ActionView, shop: str, words: Words) -> dict[str, Any]:
    """`decision` where this person decides, else `result`; and the preview as it was frozen."""
    face = FACES[action.kind]
    known = action.plan is not None
    told = face.consequences(action.plan, words) if known else present.Consequences()
    if action.waiting is not None and action.waiting.may_decide:
        decision = present.decision_view(action, told, shop, words)
        return {"decision": decision, "result": None, "told": told}
    result = present.result_view(
        action, words, outcome=face.outcome(action.receipt, words),
        standing=face.standing(action, words),
    )  # fmt: skip
    return {"decision": None, "result": result, "told": told}
