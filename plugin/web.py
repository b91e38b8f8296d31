"""Flask glue both web edges share: services, errors to responses, request id, headers."""

from __future__ import annotations

import re
from typing import cast

from flask import Flask, Request, Response, current_app, g, jsonify, request
from werkzeug.exceptions import HTTPException

from plugin import messages
from plugin.errors import MostradorError, RateLimited
from plugin.log import logger
from plugin.ports.clock import new_id
from plugin.services import Services

EXTENSION = "mostrador"
HEADERS = {"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
DOCUMENT_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_HTTP_CODES = {
    400: "request_invalid",
    404: "page_not_found",
    405: "method_not_allowed",
    413: "request_too_large",
    429: "too_many_requests",
}

_log = logger("web")


def services() -> Services:
    """The services of the app that answers this request."""
    return cast(Services, current_app.extensions[EXTENSION])


def add_to(app: Flask, services: Services) -> None:
    """Makes an app ours: services, request ids, common headers, errors as plain answers."""
    app.extensions[EXTENSION] = services
    app.before_request(_take_request_id)
    app.after_request(_common_headers)
    app.register_error_handler(MostradorError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def locale_of(wanted: Request) -> str:
    """What the browser prefers, for answers given before anybody is known."""
    return messages.best_locale(tag for tag, _ in wanted.accept_languages)


def http_code(error: HTTPException) -> str:
    """The message code of an HTTP error Flask or Werkzeug raised."""
    return _HTTP_CODES.get(error.code or 500, "generic")


def log_error(error: MostradorError) -> None:
    """One line an error; refusals are ordinary, the rest is worth a look."""
    level = _log.warning if error.status >= 500 else _log.info
    level("request refused", code=error.code, status=error.status, request_id=request_id())


def log_unforeseen(error: Exception) -> None:
    """With its traceback; the answer itself says nothing of it."""
    _log.error("unforeseen error", request_id=request_id(), exc_info=error)


def request_id() -> str:
    """The id of this request, in logs and in the answer's `X-Request-Id`."""
    return cast(str, g.get("request_id", ""))


def _take_request_id() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else new_id()


def _common_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers[name] = value
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
    response = jsonify(error=code, message=text)
    response.status_code = status
    return response
