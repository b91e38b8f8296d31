"""The page on which a person lets a browser frame act for them."""

from __future__ import annotations

from flask import Response, request

from plugin import web
from plugin.actions import pairing
from plugin.actions.console import ConsoleSeat
from plugin.actions.pairing import PairingView, Person
from plugin.domain.identity import normal_email
from plugin.errors import MostradorError, NotFound
from ui.console.pages import TEMPLATES


def show_pairing(pairing_id: str) -> Response:
    """Asks whoever is logged in; whoever is not logs in first, with the address the helpdesk says
    already filled in."""
    view = pairing.look(web.services(), pairing_id)
    seat = web.known_seat()
    if seat is None:
        return web.console_page(
            TEMPLATES, "console/login.html", seat=None, locale=web.locale_of(request),
            next=web.own_path(request.path), code="", email=view.claimed_email,
        )  # fmt: skip
    return _page(seat, view)


@web.signed_in
def decide_pairing(seat: ConsoleSeat, pairing_id: str) -> Response:
    """Allowed, or not this person's browser."""
    services = web.services()
    view = pairing.look(services, pairing_id)
    try:
        if request.form.get("answer") == "allow":
            person = Person(id=seat.account_id, name=seat.name, email=seat.email, role=seat.role)
            code = request.form.get("code", "")
            pairing.confirm(services, seat.scope, pairing_id, code, person)
        else:
            pairing.decline(services, seat.scope, pairing_id)
    except MostradorError as error:
        return _page(seat, view, error)
    return _page(seat, pairing.look(services, pairing_id))


def _page(seat: ConsoleSeat, view: PairingView, error: MostradorError | None = None) -> Response:
    if view.scope != seat.scope:
        raise NotFound("pairing_unknown")
    wrong = bool(view.claimed_email) and view.claimed_email != normal_email(seat.email)
    return web.console_page(
        TEMPLATES, "console/pair.html", seat=seat, locale=seat.locale, view=view, error=error,
        wrong=wrong, status=error.status if error else 200,
    )  # fmt: skip
