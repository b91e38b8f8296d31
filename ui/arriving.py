"""Pairing and contexts: how a frame whose agent no helpdesk proves gets to show something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from flask import Response, g, jsonify, make_response, request

from plugin import messages, web
from plugin.actions.arrive import read_said
from plugin.errors import InvalidInput, LaunchRefused, MostradorError
from plugin.ports.helpdesk import Answer
from ui import pages
from ui.browsers import browser_of
from ui.calls import calls
from ui.document import document
from ui.panel import PAGE, load, panel_html, token_of
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


T = TypeVar("T")


class Signed(msgspec.Struct, kw_only=True):
    """A challenge signed by the frame's key, and for whom a token is wanted."""

    pairing: str
    challenge: str
    signature: str
    context: msgspec.Raw = msgspec.Raw(b"")
    ref: str = ""


class Held(msgspec.Struct, kw_only=True):
    """The public key of a frame that a signed launch opened."""

    key: dict[str, Any]


class Begun(msgspec.Struct, kw_only=True):
    """A frame's public key, the agent its helpdesk names, and the language it speaks."""

    key: dict[str, Any]
    email: str = ""
    locale: str = ""


def begin() -> Response:
    """A frame asks to be paired: {id, html}; the html holds the link and the code to compare."""
    set_origins()
    asked = _body(Begun)
    g.locale = messages.known_locale(asked.locale) if asked.locale else locale()
    made = calls().arrivals.begin(
        web.services(), g.install, asked.key, claimed_email=asked.email,
        browser=browser_of(request.user_agent.string), visitor=web.visitor(),
    )  # fmt: skip
    url = f"{web.services().settings.public_url}/pair/{made.id}"
    html = pages.page("pair.html", locale(), code=made.code, url=url)
    return jsonify(id=made.id, html=html, lang=locale())


def challenge() -> Response:
    """{challenge}: something to sign."""
    set_origins()
    return jsonify(**_next())


def pair_token() -> Response:
    """{state: waiting} until a person confirmed; then a token, for the same writer as the one that
    was sent along."""
    set_origins()
    opened = _redeem(_body(Signed), bearer())
    if opened is None:
        return jsonify(state="waiting", **_next())
    sit(opened.seat)
    return jsonify(state="paired", **token_of(opened), **_next())


def context() -> Response:
    """What the helpdesk says of the conversation, signed by the paired browser: a token and the
    panel for it."""
    set_origins()
    signed = _body(Signed)
    opened = _redeem(signed, "")
    if opened is None:
        return jsonify(state="waiting", **_next())
    arrivals = calls().arrivals
    if bytes(signed.context):
        opened = arrivals.open_context(
            web.services(), opened.seat, read_said(bytes(signed.context))
        )
    else:
        opened = arrivals.open_handed(web.services(), opened.seat, signed.ref)
    sit(opened.seat)
    html = panel_html(opened.seat, load(opened.seat, PAGE))
    return jsonify(
        state="paired", html=html, lang=opened.seat.locale, **token_of(opened), **_next()
    )


@seated
def hold(seat: Seat) -> Response:
    """{pairing}: a signed launch is not repeated when a frame was unseen for long; by its own key
    the frame goes on."""
    return jsonify(pairing=calls().arrivals.hold(web.services(), seat, _body(Held).key))


@seated
def told(seat: Seat) -> Response:
    """What the helpdesk's page says of the conversation, where a signed launch proved the agent and
    named nobody who writes: a token of its own and the panel for it."""
    opened = calls().arrivals.open_told(web.services(), seat, read_said(request.get_data()))
    sit(opened.seat)
    html = panel_html(opened.seat, load(opened.seat, PAGE))
    return jsonify(html=html, lang=opened.seat.locale, **token_of(opened))


def handoff(code: str) -> Response:
    """The frame inside a fragment: its address works once."""
    set_origins()
    try:
        ref = calls().arrivals.take_handoff(web.services(), g.install, code)
    except MostradorError as error:
        web.log_error(error)
        text = problem_html(error.code, locale(), **error.parameters)
        return document(locale(), text, {}, status=error.status)
    return document(locale(), "", {"ref": ref})


def helpdesk_fragment() -> Response:
    """Contract C: HTML for the helpdesk's own page, a frame and nothing of anybody in it. A GET is
    a call that lost its body to a redirect, and is told so."""
    set_origins()
    services = web.services()
    platform, _ = calls().arrivals.platform_of(services, g.install)
    if platform.fragment is None:
        raise LaunchRefused("launch_unsigned")
    try:
        code = calls().arrivals.hand_over(services, g.install, host_request())
    except MostradorError as error:
        web.log_error(error)
        text = messages.sentence(error.code, locale(), **error.parameters)
        html = pages.page(
            "fragment.html", locale(), problem=text, code=error.code, url="", height=0
        )
        return _answered(platform.fragment.wrap(html), platform.fragment.refusal)
    url = f"{services.settings.public_url}/panel/{g.install}/v1/handoff/{code}"
    html = pages.page(
        "fragment.html", locale(), problem="", code="", url=url, height=platform.fragment.height
    )
    return _answered(platform.fragment.wrap(html), 200)


@seated
def access(seat: Seat) -> Response:
    """A viewer asks to be let act."""
    calls().arrivals.ask_for_access(web.services(), seat)
    text = messages.label("ui.access_asked", seat.locale)
    return fragment(pages.page("notice.html", seat.locale, text=text, tone="calm"))


def _answered(answer: Answer, status: int) -> Response:
    response = make_response(answer.body, status if status != 200 else answer.status)
    response.content_type = answer.content_type
    return response


def _redeem(signed: Signed, token: str) -> Opened | None:
    return calls().arrivals.redeem(
        web.services(), g.install, signed.pairing,
        challenge=signed.challenge, signature=signed.signature, token=token,
    )  # fmt: skip


def _next() -> dict[str, str]:
    return {"challenge": calls().arrivals.challenge(web.services(), g.install)}


def _body(kind: type[T]) -> T:
    try:
        return msgspec.json.decode(request.get_data(), type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput("request_invalid") from error
