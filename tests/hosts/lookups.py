"""Servers of helpdesks that ask for JSON: how each fills the address it was given and sends the
key, by its documentation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

KEY = "X-Mostrador-Key"


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
