"""The agents' pages of LiveChat and HelpDesk.com around a details widget: the handshake and the
calls of @livechat/postmessage, both ways."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask, Response

LIVECHAT, HELPDESK = "my.livechatinc.com", "app.helpdesk.com"

PAGE = """<!doctype html><html lang="es"><meta charset="utf-8"><title>Text</title>
<style>iframe { width: 320px; height: 900px; border: 0 }</style>
<textarea id="box" aria-label="Mensaje"></textarea>
<iframe id="panel" title="Mostrador"></iframe>
<iframe id="stranger" title="Otro" srcdoc="<p>Otro</p>"></iframe><script>
const data = DATA, panel = document.getElementById("panel"), box = document.getElementById("box");
const mark = { "@@livechat/postmessenger": true, owner: "o1", instance: 0 };
const origin = new URL(data.app).origin;
let count = 0, inited = false;
function say(message) { panel.contentWindow.postMessage({ ...mark, ...message }, origin); }
function event(event_name, event_data) {
  say({ type: "call", data: { method: "handle", args: [{ event_name, event_data }] },
    request: count++ });
}
function change(told) { data.told = told; if (inited) event(data.event, told); }
const messages = {
  plugin_inited: () => { inited = true; event(data.event, data.told); },
  put_message: (text) => { box.value += text; },
};
addEventListener("message", ({ source, origin: from, data: said }) => {
  if (source !== panel.contentWindow || from !== origin || said.type !== "call") return;
  const [{ message, data: value }] = said.data.args;
  say({ type: "response", data: { error: false }, request: said.request });
  if (data.knows.includes(message)) messages[message](value);
});
panel.onload = () => {
  // Another frame of the page speaks too; the SDK itself takes the last of 50 ms for its host.
  const bad = { ...mark, owner: "bad", type: "handshake", data: {}, request: null };
  const script = "parent.frames[0].postMessage(" + JSON.stringify(bad) + ", '*')";
  const stranger = document.getElementById("stranger").contentWindow;
  stranger.eval(script);
  say({ type: "handshake", data: {}, request: null });
  stranger.eval(script);
};
panel.src = data.app + "?plugin_id=PID&theme=light";
</script></html>"""


def profile(email: str, chat: str = "CHAT1", **fields: Any) -> dict[str, Any]:
    """What LiveChat tells of a visitor."""
    survey = [{"question": "Pedido", "answer": "</script><b>"}]
    known = {
        "id": f"v-{email}", "name": "Carmen <img src=x onerror=alert(1)>", "email": email,
        "chat": {"id": chat, "groupID": "0", "preChatSurvey": survey}, "source": "chats",
        "geolocation": {"country": "Spain", "country_code": "ES"},
    }  # fmt: skip
    return {**known, **fields}


def ticket(email: str, number: str = "T1") -> dict[str, Any]:
    """What HelpDesk.com tells of a ticket."""
    return {
        "id": f"id-{number}", "shortId": number, "subject": "Falta un paquete </script><b>",
        "requester": {"email": email, "name": "Carmen <b>"}, "events": [], "source": {},
    }  # fmt: skip


def create_app(url_of_app: str, event: str, told: Any, knows: list[str]) -> Flask:
    """`knows` are the messages that this product does."""
    app = Flask("text", static_folder=None)

    @app.get("/")
    def page() -> Response:
        data = {"app": url_of_app, "event": event, "told": told,
                "knows": ["plugin_inited", *knows]}  # fmt: skip
        html = PAGE.replace("DATA", json.dumps(data).replace("<", "\\u003c"))
        return Response(html, content_type="text/html; charset=utf-8")

    @app.get("/favicon.ico")
    def icon() -> Response:
        return Response(status=204)

    return app
