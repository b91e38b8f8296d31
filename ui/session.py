"""Who may ask: the token of every request, the headers of every answer, errors as fragments."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import HTTPException

from plugin import messages, web
from plugin.errors import MostradorError, NotFound, RateLimited, TooMany
from plugin.ports.helpdesk import Request
from ui import pages
from ui.calls import calls

if TYPE_CHECKING:
    from plugin.actions.launch import Seat

MAX_BODY = 64 * 1024
_ORIGIN = re.compile(r"https?://[A-Za-z0-9*.\-]+(:\d{1,5})?|https?://\[[0-9a-fA-F:]+\](:\d{1,5})?")
_LOOPBACK_IMAGES = " http://127.0.0.1:* http://localhost:*"


def guard(blueprint: Blueprint) -> None:
    """Gives a blueprint under /panel/<install> its headers and its errors."""
    blueprint.url_value_preprocessor(_arrive)
    blueprint.after_request(_headers)
    blueprint.register_error_handler(MostradorError, _refused)
    blueprint.register_error_handler(HTTPException, _http)
    blueprint.register_error_handler(Exception, _unforeseen)


def seated(view: Callable[..., Response]) -> Callable[..., Response]:
    """Only with a token of this install; the seat is the view's first argument."""

    @wraps(view)
    def guarded(**values: Any) -> Response:
        services = web.services()
        seat = calls().take_seat(services, g.install, bearer())
        sit(seat)
        return view(seat, **values)

    guarded.guarded = True  # type: ignore[attr-defined]
    return guarded


def sit(seat: Seat) -> None:
    """From now on the answer is for this seat."""
    g.origins, g.locale = seat.origins, seat.locale


def bearer() -> str:
    """The token of the Authorization header, "" if there is none."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def host_request() -> Request:
    """The request as helpdesk adapters take it: nothing parsed, nothing dropped."""
    return Request(
        headers=dict(request.headers),
        query=list(request.args.items(multi=True)),
        body=request.get_data(cache=True, parse_form_data=False),
    )


def nonce() -> str:
    """This document's nonce; fragments never ask and so allow no script and no style."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def fragment(html: str, status: int = 200) -> Response:
    """HTML to be put into the document."""
    return Response(html, status, content_type="text/html; charset=utf-8")


def problem(code: str, status: int, locale: str, /, **parameters: Any) -> Response:
    """A sentence as a fragment, with the code beside it for the page."""
    return fragment(problem_html(code, locale, **parameters), status)


def problem_html(code: str, locale: str, /, **parameters: Any) -> str:
    text = messages.sentence(code, locale, **parameters)
    field = str(parameters.get("field", ""))
    return pages.page("problem.html", locale, code=code, text=text, field=field)


def locale() -> str:
    """The agent's language once known, else the browser's."""
    return str(g.get("locale") or web.locale_of(request))


def set_origins() -> None:
    """Who may frame the answer, when no seat has told. Raises NotFound("install_unknown")."""
    g.origins = calls().frame_ancestors(web.services(), g.install)


def _arrive(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.install = (values or {}).pop("install", "")
    request.max_content_length = MAX_BODY


def _headers(response: Response) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = _policy()
    headers["Cache-Control"] = "no-store"
    headers["Vary"] = "Authorization"
    return response


def _policy() -> str:
    allowed = f"'nonce-{g.nonce}'" if "nonce" in g else "'none'"
    development = web.services().settings.development
    return f"script-src {allowed}; style-src {allowed}; {_fixed(_origins(), development)}"


@lru_cache(maxsize=256)
def _fixed(origins: tuple[str, ...], development: bool) -> str:
    """What does not change from answer to answer. An origin that is none is left out, so that
    nothing a person typed can add a directive."""
    ancestors = " ".join(origin for origin in origins if _ORIGIN.fullmatch(origin)) or "'none'"
    images = "https:" + (_LOOPBACK_IMAGES if development else "")
    return (
        f"default-src 'none'; img-src {images}; connect-src 'self'; manifest-src 'self'; "
        f"base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    )


def _origins() -> tuple[str, ...]:
    if "origins" not in g:
        try:
            set_origins()
        except NotFound:
            g.origins = ()
    return tuple(g.origins)


def _refused(error: MostradorError) -> Response:
    web.log_error(error)
    response = problem(error.code, error.status, locale(), **error.parameters)
    if isinstance(error, RateLimited):
        response.headers["Retry-After"] = str(max(1, round(error.after)))
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(60 * error.minutes)
    return response


def _http(error: HTTPException) -> Response:
    return problem(web.http_code(error), error.code or 500, locale())


def _unforeseen(error: Exception) -> Response:
    web.log_unforeseen(error)
    return problem("internal", 500, locale())
