"""Help Scout's conversation around an app's frame: the signed address, and the plain objects that
the vendor's SDK speaks with."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response

from integrations.helpdesks.helpscout.launch import SIGNATURE, sign

HOST = "secure.helpscout.net"
ORIGIN = f"https://{HOST}"
IDS = {
    "conversation-id": "1001", "conversation-number": "42", "customer-id": "2002",
    "mailbox-id": "3003", "user-id": "4004",
}  # fmt: skip
AGENT = "ana.hs@shop.example"
CONTEXT: dict[str, Any] = {
    "company": {"id": 1},
    "conversation": {
        "id": 1001, "number": 42, "subject": "Falta un paquete </script><b>", "customerId": 2002,
        "customers": [
            {"id": 2002, "emails": [{"id": 1, "value": "carmen.ferrandiz@example.com"}]},
            {"id": 2003, "emails": [{"id": 2, "value": "amparo.gil@example.com"}]},
        ],
    },
    "customer": {
        "id": 2002, "firstName": "Carmen <img src=x onerror=alert(1)>", "lastName": "Ferrándiz",
        "emails": [{"id": 1, "value": "carmen.ferrandiz@example.com"}], "phones": [],
    },
    "user": {"id": 4004, "firstName": "Ana", "lastName": "Ruiz", "email": AGENT},
}  # fmt: skip

PAGE = """<!doctype html><html lang="es"><meta charset="utf-8"><title>Help Scout</title>
<style>iframe { width: 290px; height: 700px; border: 0 }</style>
<textarea id="clipboard" aria-label="Portapapeles" readonly></textarea><output id="toast"></output>
<iframe id="panel" name="app-11-22" title="Mostrador" src="URL_OF_APP"></iframe><script>
let context = CONTEXT;
const panel = document.getElementById("panel"), app = new URL(panel.src).origin;
function send() { panel.contentWindow.postMessage({ type: "SEND_APP_CONTEXT", ...context }, app); }
function look(other) { context = other; send(); }
addEventListener("message", ({ source, origin, data }) => {
  if (source !== panel.contentWindow || origin !== app || data.appId !== "11-22") return;
  if (data.type === "GET_APP_CONTEXT") send();
  if (data.type === "SET_APP_HEIGHT") {
    panel.style.height = data.value + "px";
    panel.dataset.resized = data.value;
  }
  if (data.type === "SET_CLIPBOARD_TEXT") {
    document.getElementById("clipboard").value = data.value.text;
    document.getElementById("toast").value = data.value.successMessage;
  }
});
</script></html>"""


def context(customer: int, email: str) -> dict[str, Any]:
    """Of another conversation."""
    emails = [{"id": 9, "value": email}]
    return {
        **CONTEXT, "conversation": {**CONTEXT["conversation"], "id": 1002, "number": 43},
        "customer": {"id": customer, "firstName": "Amparo", "lastName": "Gil", "emails": emails,
                     "phones": []},
    }  # fmt: skip


def address(url: str, secret: str, **changes: str) -> str:
    """What the frame loads; `changes` are made after signing."""
    said = {**IDS, SIGNATURE: sign(IDS, secret.encode()), **changes}
    return f"{url}?{urlencode(said)}"


def create_app(frame: str) -> Flask:
    app = Flask("helpscout")

    @app.get("/conversation/1001")
    def conversation() -> Response:
        data = json.dumps(CONTEXT).replace("<", "\\u003c")
        html = PAGE.replace("= CONTEXT", f"= {data}").replace(
            "URL_OF_APP", frame.replace("&", "&amp;")
        )
        return Response(html, content_type="text/html; charset=utf-8")

    @app.get("/favicon.ico")
    def icon() -> Response:
        return Response(status=204)

    return app
