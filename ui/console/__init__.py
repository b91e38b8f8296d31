"""The console: the owner's own pages, under /console."""

from __future__ import annotations

from flask import Blueprint, Response, redirect
from flask_limiter import Limiter
from werkzeug.wrappers import Response as WsgiResponse

from plugin import web
from plugin.domain.policy import OVERSEEING
from ui.console import (
    activity,
    connecting,
    demands,
    helpdesks,
    limits,
    login,
    pairing,
    shops,
    snippets,
    team,
    waiting,
)
from ui.console.pages import render

# An owner who mistypes is let in again soon; a machine that guesses is not.
_PER_VISITOR = "10 per minute; 60 per hour"
_PER_ACCOUNT = "20 per hour"


def create_blueprint() -> Blueprint:
    """Also leaves the renderer of the frame for pages that platforms have of their own."""
    blueprint = Blueprint("console", __name__)
    limiter = Limiter(key_func=web.visitor, storage_uri=web.COUNTED)
    for method, rule, view in _ROUTES:
        name = view.__name__
        if view is login.log_in:
            guess = limiter.limit(_PER_ACCOUNT, key_func=login.account, deduct_when=_refused)
            view = guess(limiter.limit(_PER_VISITOR, deduct_when=_refused)(view))
        blueprint.add_url_rule(rule, name, view, methods=[method])
    blueprint.record(lambda state: state.app.extensions.__setitem__(web.PAGES, render))
    web.limit(blueprint, limiter)
    blueprint.after_request(_headers)
    return blueprint


def home() -> WsgiResponse:
    """The address a person types, and where a login leads: agents have nothing to set up."""
    seat = web.known_seat()
    works = seat is not None and seat.role not in OVERSEEING
    return redirect("/desk" if works else "/console/shops")


_ROUTES = (
    ("GET", "/", home),
    ("GET", "/console", home),
    ("GET", "/console/login", login.show_login),
    ("POST", "/console/login", login.log_in),
    ("POST", "/console/logout", login.log_out),
    ("POST", "/console/language", login.change_language),
    ("GET", "/console/link/<secret>", login.show_link),
    ("POST", "/console/link/<secret>", login.use_link),
    ("GET", "/console/shops", shops.show_shops),
    ("POST", "/console/shops/code", shops.claim_code),
    ("GET", "/console/shops/connect/<platform>", connecting.keys_form),
    ("POST", "/console/shops/connect/<platform>", connecting.connect_by_keys),
    ("POST", "/console/shops/<shop>/again", shops.try_again),
    ("POST", "/console/shops/<shop>/pause", shops.pause),
    ("POST", "/console/shops/<shop>/resume", shops.resume),
    ("GET", "/console/shops/<shop>/disconnect", shops.ask_disconnect),
    ("POST", "/console/shops/<shop>/disconnect", shops.disconnect_shop),
    ("POST", "/console/shops/<shop>/replay", shops.replay),
    ("GET", "/console/helpdesks", helpdesks.show_helpdesks),
    ("POST", "/console/helpdesks", helpdesks.change_domains),
    ("GET", "/console/helpdesks/add/<platform>", helpdesks.add_form),
    ("POST", "/console/helpdesks/add/<platform>", helpdesks.add_helpdesk),
    ("GET", "/console/helpdesks/<install>", helpdesks.show_install),
    ("POST", "/console/helpdesks/<install>", helpdesks.change_install),
    ("POST", "/console/helpdesks/<install>/test", helpdesks.try_install),
    ("GET", "/console/helpdesks/<install>/package", helpdesks.download_package),
    ("GET", "/console/privacy", demands.show_demands),
    ("POST", "/console/privacy", demands.demand),
    ("POST", "/console/privacy/<demand_id>", demands.fetch_report),
    ("GET", "/console/snippets", snippets.show_snippets),
    ("POST", "/console/snippets/<name>/<locale>", snippets.change_snippet),
    ("GET", "/console/limits", limits.show_limits),
    ("POST", "/console/limits/roles/<role>", limits.change_role),
    ("POST", "/console/limits/fuses", limits.change_fuses),
    ("POST", "/console/limits/reasons/<kind>", limits.change_reasons),
    ("GET", "/console/waiting", waiting.show_waiting),
    ("GET", "/console/waiting/<action>", waiting.show_one),
    ("POST", "/console/waiting/<action>/decide", waiting.decide),
    ("POST", "/console/waiting/<action>/close", waiting.close),
    ("POST", "/console/waiting/<action>/account", waiting.show_account),
    ("GET", "/console/activity", activity.show_activity),
    ("GET", "/console/activity/limits", activity.show_limit_changes),
    ("GET", "/console/activity/journal.csv", activity.download_csv),
    ("GET", "/console/activity/journal.jsonl", activity.download_lines),
    ("POST", "/console/activity/verify", activity.verify),
    ("GET", "/console/activity/<action>", activity.show_action),
    ("GET", "/console/team", team.show_team),
    ("POST", "/console/team/invite", team.invite),
    ("POST", "/console/team/access", team.decide_access),
    ("POST", "/console/team/people/<person>", team.change_person),
    ("POST", "/console/team/browsers/<browser>/revoke", team.revoke),
    ("GET", "/pair/<pairing_id>", pairing.show_pairing),
    ("POST", "/pair/<pairing_id>", pairing.decide_pairing),
)


def _refused(response: Response) -> bool:
    """Only what did not fit is counted."""
    return response.status_code == 401


def _headers(response: Response) -> Response:
    if "Content-Security-Policy" not in response.headers:
        web.protect(response)
    return response
