"""A helpdesk that embeds the panel as docs/embed.md says, with our own module."""

from __future__ import annotations

import json

from flask import Flask, Response

PAGE = """<!doctype html><html lang="es"><meta charset="utf-8"><title>Helpdesk</title>
<textarea id="reply"></textarea><pre id="log"></pre>
<iframe id="panel" title="Mostrador" width="320" height="900" src=URL></iframe>
<script type="module">
import { connect } from SCRIPT;
const log = (line) => { document.getElementById("log").textContent += `${line}\\n`; };
window.panel = connect(document.getElementById("panel"), {
  insert(text) { document.getElementById("reply").setRangeText(text); },
  finished({ state }) { log(`finished ${state}`); },
  expired() { log("expired"); },
  ready() { log("ready"); },
  problem(reasons) { log(reasons.join("\\n")); },
});
</script></html>"""


def create_app(panel: str, url: str) -> Flask:
    app = Flask("helpdesk")

    @app.get("/")
    def page() -> Response:
        script = json.dumps(f"{panel}/embed/v1.js")
        html = PAGE.replace("URL", json.dumps(url)).replace("SCRIPT", script)
        return Response(html, content_type="text/html; charset=utf-8")

    return app
