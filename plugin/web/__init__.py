"""Flask glue all web edges share, and the way into the console for those who have pages there."""

from __future__ import annotations

from plugin.actions.console import ConsoleSeat
from plugin.web.answers import add_to
from plugin.web.base import (
    DOCUMENT_HEADERS,
    HEADERS,
    http_code,
    locale_of,
    log_error,
    log_unforeseen,
    request_id,
    services,
)
from plugin.web.console import (
    LOGIN,
    PAGES,
    Pages,
    check_origin,
    console_page,
    console_seat,
    end_session,
    known_seat,
    nonce,
    overseers_only,
    own_path,
    owner_only,
    protect,
    signed_in,
    start_session,
)
from plugin.web.failures import Failure, failure_of
from plugin.web.gate import close_until, ownership
from plugin.web.limits import COUNTED, limit, visitor

__all__ = [
    "COUNTED",
    "DOCUMENT_HEADERS",
    "HEADERS",
    "LOGIN",
    "PAGES",
    "ConsoleSeat",
    "Failure",
    "Pages",
    "add_to",
    "check_origin",
    "close_until",
    "console_page",
    "console_seat",
    "end_session",
    "failure_of",
    "http_code",
    "known_seat",
    "limit",
    "locale_of",
    "log_error",
    "log_unforeseen",
    "nonce",
    "overseers_only",
    "own_path",
    "owner_only",
    "ownership",
    "protect",
    "request_id",
    "services",
    "signed_in",
    "start_session",
    "visitor",
]  # fmt: skip
