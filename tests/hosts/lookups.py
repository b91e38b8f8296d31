"""Servers of helpdesks that ask for JSON: how each fills the address it was given and sends the
key, by its documentation; and the card that an agent sees of the answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Flask, Response
from flask.testing import FlaskClient
from jinja2 import Environment
from werkzeug.test import TestResponse

from integrations import helpdesks
from plugin.actions.installs import Installed
from plugin.ports.helpdesk import HelpdeskPlatform

KEY = "X-Mostrador-Key"
TOKEN = "groove-token"
PLACEHOLDERS = {
    "cmcom": "$EmailAddress", "dixa": "{{a_email | url_encode}}",
    "gorgias": "{{ticket.customer.email}}",
}  # fmt: skip
"""Where each puts the address of whoever writes."""

LIST = """<ul>{% for item in items %}<li>{{ item.number or item.title }}
<a href="{{ item.url or item.open_url }}" target="_blank" rel="noopener">{{ open_label }}</a></li>
{% endfor %}</ul>"""
PAGE = """<!doctype html><html lang="es"><meta charset="utf-8"><title>Helpdesk</title>
<textarea id="reply" aria-label="Respuesta"></textarea><section id="card">CARD</section></html>"""


def ask(
    client: FlaskClient, platform: HelpdeskPlatform, install: Installed, email: str, key: str = ""
) -> TestResponse:
    """As the host would, with the address of its steps."""
    if platform.key == "groove":
        return groove(client, install.values["lookup"], key or TOKEN, email)
    step = [step for step in platform.steps if step.value == "lookup"][-1]
    url = install.values["lookup"] + step.suffix
    return asked(client, url, key or install.secret, {PLACEHOLDERS[platform.key]: email})


def create_app(helpdesk: str, answer: Callable[[], Mapping[str, Any]]) -> Flask:
    """A ticket with the card, drawn by the template of the host's README where it wants one."""
    app = Flask(helpdesk, static_folder=None)
    readme = Path(str(helpdesks.__file__)).parent / helpdesk / "README.md"
    template = re.search(r"```liquid\n(.*?)```", readme.read_text(encoding="utf-8"), re.DOTALL)
    draw = Environment(autoescape=False).from_string(template[1] if template else LIST)

    @app.get("/ticket")
    def ticket() -> Response:
        html = PAGE.replace("CARD", draw.render(answer()))
        return Response(html, content_type="text/html; charset=utf-8")

    @app.get("/favicon.ico")
    def icon() -> Response:
        return Response(status=204)

    return app


def groove(client: FlaskClient, url: str, token: str, email: str) -> TestResponse:
    """After every message of a customer."""
    query = f"?email={quote(email)}&api_token={quote(token)}"
    return client.get(_path(url) + query, headers={"User-Agent": "Groove"})


def asked(
    client: FlaskClient, template: str, key: str, values: Mapping[str, str], header: str = KEY
) -> TestResponse:
    """An address with placeholders; those without a value stay as they are."""
    for placeholder, value in values.items():
        template = template.replace(placeholder, quote(value))
    return client.get(_path(template), headers={header: key})


def posted(client: FlaskClient, url: str, key: str, body: Mapping[str, Any]) -> TestResponse:
    """Dixa with a body of its own."""
    return client.post(
        _path(url), data=json.dumps(body), content_type="application/json", headers={KEY: key}
    )


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
