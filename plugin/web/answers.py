"""Makes an app ours: request ids, common headers, errors as plain answers or as pages."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask, Response, current_app, g, jsonify, request
from werkzeug.exceptions import HTTPException

from plugin import messages
from plugin.errors import MostradorError, RateLimited
from plugin.ports.clock import new_id
from plugin.services import Services
from plugin.web.base import (
    EXTENSION,
    HEADERS,
    http_code,
    locale_of,
    log_error,
    log_unforeseen,
    request_id,
)
from plugin.web.console import PAGES, console_page, known_seat

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def add_to(app: Flask, services: Services) -> None:
    """Services, request ids, common headers, errors as plain answers. Who reads pages gets a page
    with the sentence, others JSON."""
    app.extensions[EXTENSION] = services
    app.before_request(_take_request_id)
    app.after_request(_common_headers)
    app.register_error_handler(MostradorError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def _take_request_id() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else new_id()


def _common_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-Id"] = request_id()
    return response


def _ours(error: MostradorError) -> Response:
    log_error(error)
    response = _problem(error.code, error.status, **error.parameters)
    if isinstance(error, RateLimited):
        response.headers["Retry-After"] = str(max(1, round(error.after)))
    return response


def _http(error: HTTPException) -> Response | HTTPException:
    if (error.code or 500) < 400:  # a redirect to the spelling of the rule
        return error
    response = _problem(http_code(error), error.code or 500)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _unforeseen(error: Exception) -> Response:
    log_unforeseen(error)
    return _problem("internal", 500)


def _problem(code: str, status: int, /, **parameters: object) -> Response:
    text = messages.sentence(code, locale_of(request), **parameters)
    if _reads_pages():
        return _page(code, status, **parameters)
    response = jsonify(error=code, message=text)
    response.status_code = status
    return response


def _reads_pages() -> bool:
    """A browser that opens a page or sends a form names HTML; who takes anything gets JSON."""
    named = any(kind == "text/html" for kind, _ in request.accept_mimetypes)
    return named and PAGES in current_app.extensions


def _page(code: str, status: int, /, **parameters: object) -> Response:
    # when the database itself is what fails, nobody can be known
    seat = None if status >= 500 else known_seat()
    locale = seat.locale if seat else locale_of(request)
    text = messages.sentence(code, locale, **parameters)
    return console_page(
        Path(), "console/problem.html", seat=seat, locale=locale, status=status, code=code,
        text=text,
    )  # fmt: skip
