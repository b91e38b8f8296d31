"""Contract E: the panel as a page of our own. Nobody may frame it, and the agent is whoever is
logged in to the console; from there on everything is as in a frame."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from flask import Response, g, jsonify, redirect, request
from werkzeug.wrappers import Response as WsgiResponse

from plugin import messages, web
from plugin.actions import desk as desks
from plugin.actions.launch import Opened
from plugin.actions.pairing import Person
from plugin.errors import MostradorError, NotFound
from ui.document import document
from ui.panel import PAGE, load, panel_html, token_of
from ui.session import problem_html

FILES = Path(__file__).parent / "embed"
# Chromium takes the drawing, others want pictures of these sizes.
ICONS = {
    "icon.svg": ("any", "image/svg+xml"),
    "icon-192.png": ("192x192", "image/png"),
    "icon-512.png": ("512x512", "image/png"),
}


def desk() -> Response | WsgiResponse:
    """Nobody yet. What stands behind # is searched for by the page itself."""
    return _shown("")


def go(go: str) -> Response | WsgiResponse:
    """A link of a helpdesk that draws our answers itself."""
    return _shown(go)


def manifest() -> Response:
    """What a browser must know to install the page. It works online only and has no worker, which
    Chrome asks for no more (developer.chrome.com/blog/update-install-criteria)."""
    set_own()
    lang, home = web.locale_of(request), _home()
    response = jsonify(
        name="Mostrador",
        short_name="Mostrador",
        description=messages.labels(lang)("desk.about"),
        lang=lang,
        id=home,
        start_url=home,
        scope=f"{request.script_root}/",
        display="standalone",
        background_color="#ffffff",
        theme_color="#ffffff",
        icons=[
            {"src": f"{home}/{name}", "sizes": sizes, "type": kind}
            for name, (sizes, kind) in ICONS.items()
        ],
    )
    response.content_type = "application/manifest+json"
    return response


def icon(name: str) -> Response:
    set_own()
    if name not in ICONS:
        raise NotFound("page_not_found")
    return Response((FILES / name).read_bytes(), content_type=ICONS[name][1])


def set_own() -> None:
    """A page that nobody may frame."""
    g.origins = ()


def _home() -> str:
    return f"{request.script_root}/desk"


def _shown(go: str) -> Response | WsgiResponse:
    set_own()
    seat = web.known_seat()
    if seat is None:
        return redirect(f"{web.LOGIN}?next={quote(web.own_path(request.path), safe='/')}")
    person = Person(id=seat.account_id, name=seat.name, email=seat.email, role=seat.role)
    try:
        opened: Opened = (
            desks.open_go(web.services(), seat.scope, person, go)
            if go
            else desks.open_desk(web.services(), seat.scope, person, seat.locale)
        )
    except MostradorError as error:
        web.log_error(error)
        page = problem_html(error.code, seat.locale, **error.parameters)
        return Response(page, error.status, content_type="text/html; charset=utf-8")
    g.install, g.locale = opened.seat.install_id, opened.seat.locale
    html = panel_html(opened.seat, load(opened.seat, PAGE))
    boot = {**token_of(opened), "search": not go}
    return document(g.locale, html, boot, own=_home())
