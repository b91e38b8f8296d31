"""A helpdesk that embeds the panel as docs/embed.md says, with our own module."""

from __future__ import annotations

import json
from datetime import datetime
from secrets import token_hex

import jwt
from flask import Flask, Response

PAGE = """<!doctype html><html lang="es"><meta charset="utf-8"><title>Helpdesk</title>
<textarea id="reply"></textarea><textarea id="note"></textarea><pre id="log"></pre>
<iframe id="panel" title="Mostrador" width="320" height="900" src=URL></iframe>
<script type="module">
import { connect } from SCRIPT;
const log = (line) => { document.getElementById("log").textContent += `${line}\\n`; };
window.panel = connect(document.getElementById("panel"), {
  insert(text) {
    if (window.refuses) return false;
    document.getElementById("reply").setRangeText(text);
  },
  resize(height) { document.getElementById("panel").dataset.resized = height; },
  note(text) { document.getElementById("note").value += text; },
  finished({ state }) { log(`finished ${state}`); },
  expired() { log("expired"); },
  ready() { log("ready"); },
  problem(reasons) { log(reasons.join("\\n")); },
});
</script></html>"""


def launch(install_id: str, secret: str, now: datetime, email: str) -> str:
    """What the helpdesk's server signs for one conversation."""
    at = int(now.timestamp())
    claims = {
        "iss": "helpdesk", "aud": install_id, "iat": at, "exp": at + 60, "jti": token_hex(8),
        "agent": {"id": "7", "name": "Ana"}, "conversation": email, "locale": "es",
        "customer": {"emails": [email]},
    }  # fmt: skip
    return jwt.encode(claims, secret, algorithm="HS256")


def create_app(panel: str, url: str) -> Flask:
    app = Flask("helpdesk")

    @app.get("/")
    def page() -> Response:
        script = json.dumps(f"{panel}/embed/v1.js")
        html = PAGE.replace("URL", json.dumps(url)).replace("SCRIPT", script)
        return Response(html, content_type="text/html; charset=utf-8")

    return app
