"""The one document of a frame, whatever its helpdesk: style, scripts, and what they begin with."""

from __future__ import annotations

from typing import Any

from flask import Response, g, make_response, request
from markupsafe import Markup

from plugin import web
from ui import assets, pages
from ui.calls import calls
from ui.session import nonce


def document(
    lang: str, body: str, boot: dict[str, Any], status: int = 200, *, own: str = ""
) -> Response:
    """`boot` is the token of a launch that succeeded, or the context that was handed over. A frame
    whose agent nobody proves gets a challenge to sign instead, and no data. `own` is the address
    of the page of our own that can be installed, "" in a frame."""
    arrivals = calls().arrivals
    platform, _ = arrivals.platform_of(web.services(), g.install)
    known: dict[str, Any] = {
        "origins": list(g.origins),
        "challenge": arrivals.challenge(web.services(), g.install),
    }
    html = pages.page(
        "document.html",
        lang,
        nonce=nonce(),
        css=Markup(assets.style()),  # noqa: S704 our own built file
        script=assets.script(),
        bridge=assets.link(f"bridge-{platform.key}.js") if platform.bridge else "",
        base=f"{request.script_root}/panel/{g.install}/v1",
        own=own,
        boot={**known, **boot},
        body=Markup(body),  # noqa: S704 made by our escaping templates
    )
    response = make_response(html, status)
    response.headers.update(web.DOCUMENT_HEADERS)
    return response
