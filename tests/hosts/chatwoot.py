"""Chatwoot's conversation page: a fresh frame for every conversation, and one JSON string posted to
it when it has loaded (app/javascript/dashboard/components/widgets/DashboardApp/Frame.vue)."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask, Response

AGENT = {"id": 7, "name": "Ana", "email": "ana@tiendaazul.example"}
CARMEN = {"name": "Carmen Ferrándiz López", "email": "carmen.ferrandiz@example.com"}

PAGE = """<!doctype html><html lang="es"><meta charset="utf-8"><title>Chatwoot</title>
<style>iframe { width: 320px; height: 900px; border: 0 }</style>
<nav></nav><textarea id="reply" aria-label="Respuesta"></textarea><div id="tab"></div><script>
const conversations = CONVERSATIONS;
function open(id) {
  const frame = document.createElement("iframe");
  frame.id = "dashboard-app";
  frame.title = "Mostrador";
  frame.onload = () => frame.contentWindow.postMessage(JSON.stringify({
    event: "appContext", data: conversations[id],
  }), "*");
  frame.src = URL_OF_APP;
  document.getElementById("tab").replaceChildren(frame);
}
for (const id of Object.keys(conversations)) {
  const button = document.createElement("button");
  button.textContent = conversations[id].conversation.meta.sender.name;
  button.onclick = () => open(id);
  document.querySelector("nav").append(button);
}
</script></html>"""


def conversation(number: int, sender: dict[str, Any], text: str, **agent: Any) -> dict[str, Any]:
    """What the host tells of one."""
    contact = {"id": number, "phone_number": None, "identifier": None, **sender}
    return {
        "conversation": {
            "id": number,
            "inbox_id": 1,
            "meta": {"sender": contact, "channel": "Channel::Email", "hmac_verified": False},
            "messages": [{"id": 1, "content": text, "message_type": 0, "private": False}],
        },
        "contact": contact,
        "currentAgent": {**AGENT, **agent},
    }


def create_app(url_of_app: str, conversations: list[dict[str, Any]]) -> Flask:
    app = Flask("chatwoot")
    known = {str(said["conversation"]["id"]): said for said in conversations}

    @app.get("/")
    def page() -> Response:
        data = json.dumps(known).replace("<", "\\u003c")
        html = PAGE.replace("CONVERSATIONS", data).replace("URL_OF_APP", json.dumps(url_of_app))
        return Response(html, content_type="text/html; charset=utf-8")

    return app
