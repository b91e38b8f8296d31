"""Front around a side panel: a sandboxed frame, and the port of the vendor's SDK with the context
and the functions that it may call."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask, Response

HOST = "app.frontapp.com"
ORIGIN = f"https://{HOST}"
ANA = {"id": "tea_1", "name": "Ana Ruiz", "username": "ana", "email": "ana@shop.example",
       "is_admin": False}  # fmt: skip

PAGE = """<!doctype html><html lang="es"><meta charset="utf-8"><title>Front</title>
<style>iframe { width: 320px; height: 900px; border: 0 }</style>
<textarea id="draft" aria-label="Borrador"></textarea><output id="log"></output>
<iframe id="panel" title="Mostrador"
  sandbox="allow-scripts allow-same-origin allow-forms"></iframe>
<script>
const data = DATA, panel = document.getElementById("panel");
const draft = document.getElementById("draft"), log = document.getElementById("log");
let port = null, count = 0, now = null;
const functions = {
  listMessages: () => ({ results: data.messages, token: undefined }),
  openUrl: (url) => { log.value += "open " + url + "\\n"; },
  updateDraft: (id, { updateMode, content }) => {
    if (id !== "dra_1" || updateMode !== "insert" || content.type !== "text") throw "no such draft";
    draft.value += content.body;
  },
  createDraft: ({ content, replyOptions }) => {
    if (replyOptions.type !== "reply") throw "no reply";
    log.value += "reply to " + replyOptions.originalMessageId + "\\n";
    draft.value = content.body;
    return { id: "dra_2" };
  },
};
const functionArities = { createDraft: 2, updateDraft: 3, openUrl: 2, listMessages: 2 };
function look(context) {
  now = context;
  if (port) port.postMessage({ type: "context_update", context: { id: "ctx_" + (++count),
    functionArities, preferences: {}, authentication: {}, teammate: data.teammate,
    company: { id: "cmp_1", name: "Tienda" }, ...context } });
}
addEventListener("message", ({ source, data: said, ports }) => {
  if (source !== panel.contentWindow) return;
  if (said !== "@frontapp/ui-sdk#WebViewBridge.handshake") return;
  port = ports[0];
  port.onmessage = async ({ data: { type, id, name, args } }) => {
    if (type !== "function_call") return;
    try {
      port.postMessage({ type: "function_result", id, value: functions[name](...args) });
    } catch (error) {
      port.postMessage({ type: "function_error", id, error: String(error) });
    }
  };
  if (now) look(now);
});
look(data.context);
panel.src = data.app;
</script></html>"""


def conversation(number: int, handle: str, **fields: Any) -> dict[str, Any]:
    """What the host tells of one that is looked at."""
    recipient = {"handle": handle, "name": "Carmen <b>Ferrándiz</b>", "type": "email",
                 "contact": None}  # fmt: skip
    known = {
        "id": f"cnv_{number}", "type": "email", "status": "open", "recipient": recipient,
        "subject": "Falta un paquete </script><b>", "draftId": None, "tags": [], "links": [],
        "inboxes": [], "channels": [],
    }  # fmt: skip
    return {"type": "singleConversation", "conversation": {**known, **fields}}


def message(number: int, body: str, *, status: str = "inbound") -> dict[str, Any]:
    sender = {"handle": "x@example.com", "name": None, "type": "email"}
    return {
        "id": f"msg_{number}", "subject": None, "date": f"2026-11-2{number}T10:00:00Z",
        "status": status, "from": sender, "to": [], "content": {"body": body, "type": "html"},
    }  # fmt: skip


def create_app(url_of_app: str, secret: str, context: Any, messages: list[Any]) -> Flask:
    app = Flask("front", static_folder=None)

    @app.get("/open/cnv_1")
    def page() -> Response:
        data = {"app": f"{url_of_app}?auth_secret={secret}", "teammate": ANA, "context": context,
                "messages": messages}  # fmt: skip
        html = PAGE.replace("DATA", json.dumps(data).replace("<", "\\u003c"))
        return Response(html, content_type="text/html; charset=utf-8")

    @app.get("/favicon.ico")
    def icon() -> Response:
        return Response(status=204)

    return app
