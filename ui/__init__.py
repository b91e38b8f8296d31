"""The panel: the document agents see inside their helpdesk. The console: the owner's pages."""

from __future__ import annotations

from flask import Blueprint, Response

from plugin.actions import (
    access,
    activity,
    answering,
    arrive,
    attention,
    browser_keys,
    fact,
    greet,
    installs,
    launch,
    lookup,
    owed,
    pairing,
    sidebar,
)
from plugin.actions import act as acting
from plugin.actions import search as searching
from plugin.actions import snippets as texts
from plugin.errors import NotFound
from ui import act as act_views
from ui import answers, arriving
from ui import desk as desk_views
from ui import inbox as inbox_views
from ui import panel as panel_views
from ui import search as search_views
from ui import snippets as snippet_views
from ui.calls import EXTENSION, Arrivals, Calls
from ui.console import create_blueprint as create_console
from ui.session import guard, set_origins
from ui.vendors import create_blueprint as create_embed

__all__ = ["CORE", "create_blueprint", "create_console", "create_embed"]

CORE = Calls(
    arrivals=Arrivals(
        platform_of=installs.platform_of,
        check_frame=arrive.check_frame,
        begin=pairing.begin,
        challenge=browser_keys.challenge,
        hold=pairing.hold,
        redeem=pairing.redeem,
        open_context=arrive.open_context,
        open_told=arrive.open_told,
        open_handed=arrive.open_handed,
        hand_over=arrive.hand_over,
        take_handoff=arrive.take_handoff,
        answer_call=answering.answer_call,
        ask_for_access=access.ask_for_access,
    ),
    frame_ancestors=installs.frame_ancestors,
    open_panel=launch.open_panel,
    take_seat=launch.take_seat,
    renew=launch.renew,
    load_sidebar=sidebar.load_sidebar,
    take_look=sidebar.take_look,
    order_view=sidebar.order_view,
    order_history=activity.order_history,
    refresh=lookup.refresh,
    search=searching.search,
    replies=texts.replies,
    wording=texts.wording,
    confirm_fact=fact.confirm_fact,
    offers=acting.offers,
    action_form=acting.form_of,
    preview=acting.preview,
    confirm=acting.confirm,
    decide=acting.decide,
    settle=acting.settle,
    close_owed=acting.close_owed,
    payee=owed.payee,
    inbox=attention.inbox,
    action_view=acting.view_of,
    greet=greet.greet,
)

_ALL = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_ORDER = "<connection>/<path:ref>"
_ROUTES = (
    ("GET", "", panel_views.show),
    ("POST", "", panel_views.launch_document),
    ("POST", "/launch", panel_views.launch),
    ("POST", "/pair", arriving.begin),
    ("POST", "/pair/challenge", arriving.challenge),
    ("POST", "/pair/token", arriving.pair_token),
    ("POST", "/context", arriving.context),
    ("POST", "/hold", arriving.hold),
    ("POST", "/told", arriving.told),
    ("GET", "/handoff/<code>", arriving.handoff),
    ("GET", "/fragment", arriving.helpdesk_fragment),
    ("POST", "/fragment", arriving.helpdesk_fragment),
    ("GET", "/lookup", answers.lookup),
    ("POST", "/lookup", answers.lookup),
    ("POST", "/access", arriving.access),
    ("POST", "/renew", panel_views.renew),
    ("GET", "/sidebar", panel_views.sidebar),
    ("POST", "/refresh", panel_views.refresh),
    ("GET", f"/orders/{_ORDER}", panel_views.order),
    ("GET", f"/snippets/{_ORDER}", snippet_views.snippets),
    ("GET", f"/history/{_ORDER}", panel_views.history),
    ("POST", "/fact", panel_views.fact),
    ("GET", "/search", search_views.search),
    ("POST", "/search", search_views.search),
    ("GET", f"/act/<kind>/{_ORDER}", act_views.form),
    ("POST", "/act/form", act_views.reform),
    ("POST", "/act/preview", act_views.preview),
    ("POST", "/act/confirm", act_views.confirm),
    ("POST", "/act/decide", act_views.decide),
    ("POST", "/act/settle", act_views.settle),
    ("POST", "/act/owed", act_views.owed),
    ("POST", "/act/account", act_views.account),
    ("GET", "/actions/<action_id>", act_views.action),
    ("POST", "/greet", act_views.greet),
    ("GET", "/inbox", inbox_views.inbox),
)
_OWN = (
    ("/desk", desk_views.desk),
    ("/desk/app.webmanifest", desk_views.manifest),
    ("/desk/<name>", desk_views.icon),
    ("/go", desk_views.desk),
    ("/go/<go>", desk_views.go),
)


def create_blueprint(calls: Calls = CORE) -> Blueprint:
    """Everything under /panel. `calls` are the core's own functions, or fakes of them."""
    blueprint = Blueprint("panel", __name__)
    guard(blueprint)
    for method, rule, view in _ROUTES:
        blueprint.add_url_rule(
            f"/panel/<install>/v1{rule}",
            endpoint=view.__name__,
            view_func=view,
            methods=[method],
            provide_automatic_options=False,
        )
    for rule, own in _OWN:
        blueprint.add_url_rule(rule, own.__name__, own, methods=["GET"])
    for rule in ("/panel/<install>/<path:rest>", "/panel/<install>/", "/panel/<install>"):
        blueprint.add_url_rule(rule, "nowhere", _nowhere, methods=_ALL)
    blueprint.record(lambda state: state.app.extensions.__setitem__(EXTENSION, calls))
    return blueprint


def _nowhere(rest: str = "") -> Response:
    """Any other address under an install: a page with our headers, not the server's."""
    set_origins()
    raise NotFound("page_not_found", rest=rest)
