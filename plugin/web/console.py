"""Who is logged in to the console, and pages inside its frame.

A view takes `@signed_in` or `@owner_only` and gets the seat as its first argument. Whatever is not
a GET must bring the session's `csrf`, as a form field of that name or as the header X-CSRF-Token,
and must come from a page of ours.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import quote, urlsplit

from flask import Response, abort, current_app, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from plugin.actions import attention, console
from plugin.actions.console import ConsoleSeat
from plugin.domain.policy import OVERSEEING
from plugin.errors import Forbidden, LaunchRefused
from plugin.web.base import DOCUMENT_HEADERS, services

PAGES = "mostrador_console"
"""The extension under which the console leaves its renderer."""

LOGIN, HOME = "/console/login", "/console"
_SAFE = ("GET", "HEAD")
_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")


class Pages(Protocol):
    """How the console renders a template of a folder inside its frame."""

    def __call__(self, folder: Path, name: str, locale: str, /, **context: Any) -> str: ...


def signed_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """Only for somebody who is logged in; others are sent to the login page and come back."""

    @wraps(view)
    def guarded(**values: Any) -> Any:
        return view(console_seat(), **values)

    guarded.guarded = "console"  # type: ignore[attr-defined]
    return guarded


def owner_only(view: Callable[..., Any]) -> Callable[..., Any]:
    """Only for an owner of the workspace."""

    @wraps(view)
    def guarded(**values: Any) -> Any:
        seat = console_seat()
        if not seat.is_owner:
            raise Forbidden("owner_only")
        return view(seat, **values)

    guarded.guarded = "console"  # type: ignore[attr-defined]
    return guarded


def overseers_only(view: Callable[..., Any]) -> Callable[..., Any]:
    """Only for who approves, and closes what needs a person."""

    @wraps(view)
    def guarded(**values: Any) -> Any:
        seat = console_seat()
        if seat.role not in OVERSEEING:
            raise Forbidden("role_forbids")
        return view(seat, **values)

    guarded.guarded = "console"  # type: ignore[attr-defined]
    return guarded


def console_seat() -> ConsoleSeat:
    """Who is logged in. A page that is opened without that leads to the login; a form or a
    fragment raises LaunchRefused("session_missing"). Raises Forbidden: csrf_missing, csrf_wrong,
    page_elsewhere."""
    seat = known_seat()
    if seat is None:
        if request.method not in _SAFE or "X-Fragment" in request.headers:
            raise LaunchRefused("session_missing")
        back = own_path(request.full_path.rstrip("?"))
        abort(redirect(f"{LOGIN}?next={quote(back, safe='/')}" if back else LOGIN))
    if request.method not in _SAFE:
        check_origin()
        check_csrf(seat.csrf)
    return seat


def known_seat() -> ConsoleSeat | None:
    """Who is logged in, for pages that are there for others too. It checks no form."""
    if "console_seat" not in g:
        g.console_seat = console.read_seat(services(), request.cookies.get(cookie_name(), ""))
    return cast("ConsoleSeat | None", g.console_seat)


def check_csrf(expected: str) -> None:
    given = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
    if not given:
        raise Forbidden("csrf_missing")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Forbidden("csrf_wrong")


def check_origin() -> None:
    """Forms of the console are sent by its own pages, also those that need no session (else a
    stranger's page could log a visitor in as somebody else). What is no browser says nothing."""
    site = request.headers.get("Sec-Fetch-Site", "")
    origin = request.headers.get("Origin", "")
    if site:
        ours = site in ("same-origin", "none")
    else:
        ours = not origin or urlsplit(origin).netloc == request.host
    if not ours:
        raise Forbidden("page_elsewhere")


def own_path(text: str) -> str:
    """A way back that stays on this site, "" for anything else."""
    return text if _PATH.fullmatch(text) and not text.startswith(LOGIN) else ""


def start_session(response: AnyResponse, token: str) -> None:
    """Gives a browser its session; the one it had before ends."""
    before = known_seat()
    if before is not None:
        console.log_out(services(), before)
    response.set_cookie(
        cookie_name(), token, max_age=int(console.SESSION_LIFE.total_seconds()), path="/",
        secure=_secure(), httponly=True, samesite="Lax",
    )  # fmt: skip


def end_session(response: AnyResponse) -> None:
    response.delete_cookie(cookie_name(), path="/", secure=_secure(), httponly=True, samesite="Lax")


def cookie_name() -> str:
    """With the prefix browsers keep subdomains and plain http from setting it."""
    return "__Host-mostrador" if _secure() else "mostrador"


def nonce() -> str:
    """This document's nonce, for its own style and script."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def console_page(
    folder: Path, name: str, *, seat: ConsoleSeat | None, locale: str, status: int = 200,
    form_targets: Sequence[str] = (), **context: Any,
) -> Response:  # fmt: skip
    """A template of `folder` inside the console's frame: it extends "console/frame.html" and fills
    the blocks `title` and `main`. It finds `t`, `lang`, `seat`, `csrf` and `nonce`. `form_targets`
    are CSP sources that its forms may end at beside ourselves ("https:" before a redirect to a
    shop). Nobody may frame it."""
    pages = cast(Pages, current_app.extensions[PAGES])
    html = pages(
        folder, name, locale, seat=seat, csrf=seat.csrf if seat else "", nonce=nonce(),
        here=_way_back(), place=request.path, waits=_waits(seat), **context,
    )  # fmt: skip
    response = Response(html, status, content_type="text/html; charset=utf-8")
    response.headers.update(DOCUMENT_HEADERS)
    protect(response, form_targets)
    return response


def _waits(seat: ConsoleSeat | None) -> int | None:
    """How many things wait for this person, None for who may not act on them."""
    if seat is None or seat.role not in OVERSEEING:
        return None
    return attention.count_at_console(services(), seat)


def _way_back() -> str:
    """This page's address, if it can be opened by it: the answer to a form cannot."""
    here = own_path(request.full_path.rstrip("?")) if request.method in _SAFE else ""
    return here or HOME


def protect(response: Response, form_targets: Sequence[str] = ()) -> None:
    """The headers of everything in the console. Forms need the referrer's origin: without it a
    browser would say that they come from nowhere."""
    allowed = f"'nonce-{g.nonce}'" if "nonce" in g else "'none'"
    targets = " ".join(("'self'", *form_targets))
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src {allowed}; style-src {allowed}; img-src 'self' data:; "
        f"connect-src 'self'; base-uri 'none'; form-action {targets}; frame-ancestors 'none'"
    )
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Cookie"


def _secure() -> bool:
    return not services().settings.development
