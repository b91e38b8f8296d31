"""What helpdesks' makers need to embed the panel: protocol files, a sample, a check page."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from flask import Blueprint, Response, jsonify, request
from markupsafe import Markup

from plugin import messages, web
from plugin.actions.installs import frame_ancestors
from plugin.errors import NotFound
from ui import assets, pages

FILES = Path(__file__).parent / "embed"
LEAST_WIDTH = 230
_ORIGIN = re.compile(r"https?://(\*\.)?[a-z0-9.-]+(:\d{1,5})?")
_EVERYBODY = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300"}


def create_blueprint() -> Blueprint:
    blueprint = Blueprint("embed", __name__)
    for rule, view in _ROUTES:
        blueprint.add_url_rule(rule, view.__name__, view, methods=["GET"])
    return blueprint


def well_known() -> Response:
    """/.well-known/mostrador.json: what may be relied on, for programs."""
    url = web.services().settings.public_url
    response = jsonify(
        versions=[1],
        locales=sorted(messages.LOCALES),
        least_width=LEAST_WIDTH,
        panel=f"{url}/panel/{{install}}/v1",
        script=f"{url}/embed/v1.js",
        schema=f"{url}/embed/v1.json",
        vectors=f"{url}/embed/vectors.json",
        sample=f"{url}/embed/sample",
        check=f"{url}/embed/check?install={{install}}",
    )
    response.headers.update(_EVERYBODY)
    return response


def script() -> Response:
    """A module of a name that stays, for pages of other origins."""
    return _file(assets.text("embed.js"), "text/javascript; charset=utf-8")


def schema() -> Response:
    """JSON Schema of every message."""
    return _file((FILES / "v1.json").read_text(encoding="utf-8"), "application/schema+json")


def vectors() -> Response:
    """Tokens with what becomes of each, for whoever writes the signing."""
    return _file((FILES / "vectors.json").read_text(encoding="utf-8"), "application/json")


def sample() -> Response:
    """To copy: shown as text, with this service's address in it."""
    html = (FILES / "sample.html").read_text(encoding="utf-8")
    html = html.replace("PANEL/", web.services().settings.public_url + "/")
    return _file(html, "text/plain; charset=utf-8")


def check() -> Response:
    """Put into the frame instead of the panel: says what arrives and what is missing."""
    install, lang = request.args.get("install", ""), web.locale_of(request)
    origins = _origins(install)
    nonce = secrets.token_urlsafe(16)
    html = pages.page(
        "check.html", lang, nonce=nonce, css=Markup(assets.style()),  # noqa: S704 our own file
        script=assets.link("check.js"), origins=origins,
    )  # fmt: skip
    response = Response(html, content_type="text/html; charset=utf-8")
    response.headers.update(web.DOCUMENT_HEADERS)
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        f"base-uri 'none'; form-action 'none'; frame-ancestors 'self' {' '.join(origins)}"
    ).rstrip()
    response.headers["Cache-Control"] = "no-store"
    return response


_ROUTES = (
    ("/.well-known/mostrador.json", well_known),
    ("/embed/v1.js", script),
    ("/embed/v1.json", schema),
    ("/embed/vectors.json", vectors),
    ("/embed/sample", sample),
    ("/embed/check", check),
)


def _origins(install: str) -> list[str]:
    if not install:
        return []
    try:
        known = frame_ancestors(web.services(), install)
    except NotFound:
        return []
    return [origin for origin in known if _ORIGIN.fullmatch(origin)]


def _file(text: str, content_type: str) -> Response:
    response = Response(text, content_type=content_type)
    response.headers.update(_EVERYBODY)
    return response
