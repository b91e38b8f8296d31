"""The document, the sidebar and opened orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flask import Response, g, jsonify, request
from markupsafe import Markup

from plugin import web
from plugin.errors import InvalidInput, MostradorError
from plugin.ports.store import Capability
from ui import pages, side
from ui.calls import calls
from ui.document import document
from ui.look import Look
from ui.present.history import whole_history
from ui.present.words import Words
from ui.rows import facts_html
from ui.session import (
    bearer,
    fragment,
    host_request,
    locale,
    problem_html,
    seated,
    set_origins,
    sit,
)

if TYPE_CHECKING:
    from plugin.actions.launch import Opened, Seat
    from plugin.actions.sidebar import OrderRow, Sidebar

PAGE = 20
MOST = 500
_AGES = ("ui.age.now", "ui.age.minutes", "ui.age.hours", "ui.age.days")


def show() -> Response:
    """The document that waits: it knows nobody until its parent sends a launch. Where the address
    itself is signed, the document with the first answer in it."""
    set_origins()
    platform, _ = calls().arrivals.platform_of(web.services(), g.install)
    if platform.by_query and request.args:
        return launch_document()
    if platform.claimed is not None and platform.claimed.check is not None:
        calls().arrivals.check_frame(web.services(), g.install, host_request())
    return document(locale(), "", {})


def launch_document() -> Response:
    """The document with the first answer in it, for hosts that sign the request for the frame."""
    set_origins()
    try:
        opened = _open()
    except MostradorError as error:
        web.log_error(error)
        text = problem_html(error.code, locale(), **error.parameters)
        return document(locale(), text, {"refused": True}, status=error.status)
    boot = token_of(opened)
    platform, _ = calls().arrivals.platform_of(web.services(), g.install)
    if platform.bridge and platform.claimed is not None:
        # the signature names the agent; who writes, the page tells
        return document(opened.seat.locale, "", {**boot, "told": True})
    return document(opened.seat.locale, panel_html(opened.seat, load(opened.seat, PAGE)), boot)


def launch() -> Response:
    """A launch the waiting document received from its parent; also another conversation."""
    set_origins()
    opened = _open()
    html = panel_html(opened.seat, load(opened.seat, PAGE))
    return jsonify(html=html, lang=opened.seat.locale, **token_of(opened))


@seated
def renew(seat: Seat) -> Response:
    """A fresh token for the same agent and conversation."""
    return jsonify(**token_of(calls().renew(web.services(), seat)))


def sidebar() -> Response:
    """The list; 304 while nothing changed but the hour. Asked most of all, so that token and list
    are read at once."""
    limit = limit_of(request.args.get("limit", ""))
    seat, found = calls().take_look(web.services(), g.install, bearer(), limit=limit)
    sit(seat)
    return side_response(seat, found, limit)


sidebar.guarded = True  # type: ignore[attr-defined]


@seated
def refresh(seat: Seat) -> Response:
    """Asks the shops in the background; the page polls the sidebar meanwhile."""
    calls().refresh(web.services(), seat)
    return Response(status=202)


@seated
def order(seat: Seat, connection: str, ref: str) -> Response:
    """One order opened."""
    row = calls().order_view(web.services(), seat, connection, ref)
    return fragment(facts_html(look_of(seat), row))


@seated
def history(seat: Seat, connection: str, ref: str) -> Response:
    """What was done with an opened order, asked for when somebody wants to see it."""
    found = calls().order_history(web.services(), seat, connection, ref)
    known = calls().order_view(web.services(), seat, connection, ref).order()
    entries = whole_history(found, known, look_of(seat).shop(connection).words)
    return fragment(pages.page("history.html", seat.locale, entries=entries))


@seated
def fact(seat: Seat) -> Response:
    """One purchase detail typed to confirm a weak match; answers the new sidebar."""
    sidebar = calls().confirm_fact(web.services(), seat, request.form.get("fact", ""))
    return fragment(side.side_html(look_of(seat), sidebar, PAGE))


def limit_of(text: str) -> int:
    """How many orders the page wants: 20 unless told, at most 500."""
    if text and not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise InvalidInput("request_invalid", field="limit")
    return max(1, min(int(text or PAGE), MOST))


def look_of(seat: Seat) -> Look:
    """What the fragments are made from."""
    services = web.services()

    def offers(row: OrderRow) -> Sequence[Capability]:
        return calls().offers(services, seat, row)

    return Look(seat, services.clock(), offers)


def side_response(seat: Seat, sidebar: Sidebar, limit: int) -> Response:
    """With its ETag, 304 if the page has just that."""
    tag = f'"{side.etag(seat, sidebar)}"'
    if request.headers.get("If-None-Match") == tag:
        response = Response(status=304)
    else:
        response = fragment(side.side_html(look_of(seat), sidebar, limit))
    response.headers["ETag"] = tag
    return response


def panel_html(seat: Seat, sidebar: Sidebar) -> str:
    """Search box and sidebar: what stands in the document for one conversation."""
    t = Words(seat.locale, "").t
    ask = "prove" if seat.proof == "replayable" else "access" if seat.role == "viewer" else ""
    ages = "|".join(t(key, count="{n}") for key in _AGES)
    html = Markup(side.side_html(look_of(seat), sidebar, PAGE))  # noqa: S704 every piece escaped
    own = seat.proof == "login" and seat.identifiers.empty
    keyword = f"{web.services().settings.public_url}/go#q=%s"
    return pages.page(
        "panel.html", seat.locale, side=html, ages=ages, ask=ask, own=own, keyword=keyword
    )


def token_of(opened: Opened) -> dict[str, Any]:
    """The token and how many seconds it lives, for the page's memory only; `place` tells agents and
    conversations apart there."""
    left = opened.expires_at - web.services().clock()
    seat = opened.seat
    return {
        "token": opened.token,
        "expires_in": max(0, int(left.total_seconds())),
        "proof": seat.proof,
        "place": f"{seat.agent_id}:{seat.conversation}",
    }


def _open() -> Opened:
    opened = calls().open_panel(web.services(), g.install, host_request())
    g.origins, g.locale = opened.seat.origins, opened.seat.locale
    return opened


def load(seat: Seat, limit: int) -> Sidebar:
    """What the mirror has for this seat."""
    return calls().load_sidebar(web.services(), seat, limit=limit)
