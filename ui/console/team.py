"""The Team page: who may act, in which browsers, and who asks to be let."""

from __future__ import annotations

from flask import Response, redirect, request
from werkzeug.wrappers import Response as WsgiResponse

from plugin import web
from plugin.actions import access, pairing, team
from plugin.actions.console import ConsoleSeat
from plugin.errors import MostradorError
from ui.console.helpdesks import CHOICES
from ui.console.pages import TEMPLATES
from ui.present.words import Words

HERE = "/console/team"


@web.owner_only
def show_team(seat: ConsoleSeat) -> Response:
    return _page(seat)


@web.owner_only
def invite(seat: ConsoleSeat) -> Response:
    """The link is shown in the answer itself: in an address it would stay in the history."""
    form = request.form
    try:
        link = team.invite(
            web.services(), seat.scope, email=form.get("email", ""), name=form.get("name", ""),
            role=form.get("role", ""),
        )  # fmt: skip
    except MostradorError as error:
        return _page(seat, error=error)
    return _page(seat, link=link)


@web.owner_only
def change_person(seat: ConsoleSeat, person: str) -> WsgiResponse:
    """Another role, or sent away, or back."""
    services, form = web.services(), request.form
    if "active" in form:
        team.set_active(services, seat.scope, person, active=form["active"] == "1")
    else:
        team.change_role(services, seat.scope, person, form.get("role", ""))
    return redirect(f"{HERE}#people")


@web.owner_only
def decide_access(seat: ConsoleSeat) -> WsgiResponse:
    """Granted to one or to all who ask; or not."""
    services, form = web.services(), request.form
    if form.get("answer") == "all":
        waiting = access.access_asked(services, seat.scope)
        access.grant_access(services, seat.scope, [each.agent_id for each in waiting])
    elif form.get("answer") == "no":
        access.refuse_access(services, seat.scope, form.get("agent", ""))
    else:
        access.grant_access(services, seat.scope, [form.get("agent", "")])
    return redirect(HERE)


@web.owner_only
def revoke(seat: ConsoleSeat, browser: str) -> WsgiResponse:
    """This browser acts no more."""
    pairing.revoke(web.services(), seat.scope, browser)
    return redirect(f"{HERE}#browsers")


def _page(seat: ConsoleSeat, link: str = "", error: MostradorError | None = None) -> Response:
    services = web.services()
    return web.console_page(
        TEMPLATES, "console/team.html", seat=seat, locale=seat.locale, link=link, error=error,
        team=team.team(services, seat.scope), asked=access.access_asked(services, seat.scope),
        roles=CHOICES, form=request.form, words=Words(seat.locale, seat.timezone),
        status=error.status if error else 200,
    )  # fmt: skip
