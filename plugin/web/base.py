"""Services, languages, logging and headers of every answer."""

from __future__ import annotations

import re
from typing import cast

from flask import Request, current_app, g
from werkzeug.exceptions import HTTPException

from plugin import messages
from plugin.errors import MostradorError
from plugin.log import logger
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
