"""One route for all platforms: read the raw bytes, have them verified and stored, answer."""

from __future__ import annotations

from flask import request

from plugin import web
from plugin.actions import intake
from plugin.ports.webhooks import Request

MOST_BYTES = 4 * 1024 * 1024  # an order of hundreds of lines is over a megabyte


def receive(platform: str, connection: str = "") -> str:
    """An empty 200 says: stored. Whatever has to be done is done later."""
    request.max_content_length = MOST_BYTES
    raw = Request(
        headers={name.lower(): value for name, value in request.headers.items()},
        query=tuple(request.args.items(multi=True)),
        body=request.get_data(cache=False),
    )
    intake.receive(web.services(), platform, connection, raw)
    return ""
