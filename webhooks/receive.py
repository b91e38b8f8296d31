"""One address for all platforms: read the raw bytes, have them verified and stored, answer.

Shops send thousands at once, and what Flask does for people (sessions, contexts, headers for
browsers) costs more than all of that. So the receiver is a WSGI application in front of it. What
fails is told by the views behind, as any other failure is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import parse_qsl

from flask import Blueprint, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

from plugin.actions import intake
from plugin.errors import NotOwned
from plugin.ports.webhooks import Request
from plugin.services import Services

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOST_BYTES = 4 * 1024 * 1024  # an order of hundreds of lines is over a megabyte
SWALLOWED = 4 * MOST_BYTES
_FAILED = "mostrador.webhook_failed"
_HEADERS = ("HTTP_", "CONTENT_")
_ADDRESS = re.compile(r"/webhooks/([^/]+)(?:/([^/]+))?")


def receiver(
    services: Services, is_owned: Callable[[], bool], others: WSGIApplication
) -> WSGIApplication:
    """`POST /webhooks/<platform>[/<connection>]`; everything else goes to the `others`. No
    session, no cookie: the body is signed. An empty 200 says: stored. Whatever has to be done is
    done later."""

    def receive(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        address = _ADDRESS.fullmatch(environ["PATH_INFO"])
        if address is None or environ["REQUEST_METHOD"] != "POST":
            return others(environ, start_response)
        try:
            if not is_owned():
                raise NotOwned("nobody_owns_this")
            intake.receive(services, address[1], address[2] or "", _request(environ))
        except Exception as error:  # noqa: BLE001 - raised where failures become answers
            environ[_FAILED] = error
            return others(environ, start_response)
        start_response("200 OK", [("Content-Length", "0")])
        return []

    return receive


def create_blueprint() -> Blueprint:
    """What the receiver could not take in ends here, with the answers of all other pages."""
    blueprint = Blueprint("webhooks", __name__)
    for rule in ("/webhooks/<platform>", "/webhooks/<platform>/<connection>"):
        blueprint.add_url_rule(rule, endpoint="receive", view_func=_fail, methods=["POST"])
    return blueprint


def _fail(**_address: str) -> NoReturn:
    error: Exception = request.environ[_FAILED]
    raise error


def _request(environ: WSGIEnvironment) -> Request:
    """Raises RequestEntityTooLarge."""
    return Request(
        headers={
            name.removeprefix("HTTP_").replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith(_HEADERS)
        },
        query=tuple(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)),
        body=_body(environ),
    )


def _body(environ: WSGIEnvironment) -> bytes:
    stream = get_input_stream(environ)
    body = stream.read(MOST_BYTES + 1)
    if len(body) <= MOST_BYTES:
        return body
    # who still sends does not listen; what has no end is cut off
    for _ in range(SWALLOWED // MOST_BYTES):
        if not stream.read(MOST_BYTES):
            break
    raise RequestEntityTooLarge
