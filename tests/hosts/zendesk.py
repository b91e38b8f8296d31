"""Zendesk's agent workspace around an app's frame: the signed POST of the first load, and the
messages that the vendor's SDK speaks with (strings of JSON, both ways)."""

from __future__ import annotations

import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask, Response, request

HOST = "tiendaazul.zendesk.com"
ORIGIN = f"https://{HOST}"
GUID = "guid-1"
ANA = {"id": 7, "name": "Ana Ruiz", "email": "ana@tiendaazul.example", "locale": "es-ES"}
CARMEN = {
    "id": 31, "name": "Carmen <b>Ferrándiz</b>", "email": "carmen.ferrandiz@example.com",
    "identities": [{"id": 1, "type": "email", "value": "carmen.ferrandiz@example.com"}],
}  # fmt: skip
JOSE_ANGEL = {
    "id": 32, "name": "José Ángel <img src=x onerror=alert(1)>", "email": None,
    "identities": [{"id": 2, "type": "whatsapp", "value": "5215555550134"}],
}  # fmt: skip

PAGE = """<!doctype html><html lang="es"><meta charset="utf-8"><title>Zendesk</title>
<style>iframe { width: 320px; height: 700px; border: 0 }</style>
<textarea id="reply" aria-label="Respuesta"></textarea><output id="type">publicReply</output>
<form id="launch" method="post" target="panel"><input type="hidden" name="token"></form>
<iframe id="panel" name="panel" title="Mostrador"></iframe><script>
const data = DATA, guid = crypto.randomUUID(), panel = document.getElementById("panel");
const reply = document.getElementById("reply"), type = document.getElementById("type");
const subscribed = new Set();
const origin = new URL(data.app).origin;
function say(message) { panel.contentWindow.postMessage(JSON.stringify(message), origin); }
function event(name, message) { say({ key: "zaf." + name, appGuid: guid, message }); }
const invocations = {
  "ticket.editor.insert": ([text]) => { reply.value += text; },
  "ticket.comment.appendText": ([text]) => { reply.value += text; },
  resize: ([size]) => { panel.style.height = size.height; panel.dataset.resized = size.height; },
};
function each(paths, run) {
  const result = { errors: {} };
  for (const path of paths) {
    try { result[path] = run(path) ?? null; } catch (error) {
      result.errors[path] = { name: "APIError", message: String(error), path, stack: "" };
    }
  }
  return result;
}
const requests = {
  get: (paths) => each(paths, (path) => {
    if (!(path in data.values)) throw "not found";
    return data.values[path];
  }),
  set: (given) => each(Object.keys(given), (path) => {
    if (path !== "ticket.comment.type") throw "not found";
    type.value = given[path];
  }),
  invoke: (given) => each(Object.keys(given), (path) => {
    if (!invocations[path] || data.lacks.includes(path)) throw "not found";
    if (path.startsWith("ticket.")) reply.dataset.by = path;
    invocations[path](given[path]);
  }),
};
addEventListener("message", ({ source, origin: from, data: text }) => {
  if (source !== panel.contentWindow || from !== origin) return;
  const said = JSON.parse(text);
  if (said.key === "iframe.handshake") event("app.registered", { metadata: { appId: 1,
    installationId: 123, name: "Mostrador", version: "1.0", settings: {} }, context: {
    instanceGuid: guid, product: "support", account: { subdomain: "tiendaazul" },
    location: data.location, ticketId: data.values["ticket.id"] } });
  else if (said.key?.startsWith("iframe.on:")) subscribed.add(said.key.slice(10));
  else if (said.request) say({ id: said.id, result: requests[said.request](said.params) });
});
function change(requester, also = {}) {
  Object.assign(data.values, { "ticket.requester": requester }, also);
  if (subscribed.has("ticket.requester.id.changed")) {
    event("ticket.requester.id.changed", requester.id);
    event("ticket.requester.email.changed", requester.email);
  }
}
const form = document.getElementById("launch");
form.action = data.app + "?origin=" + encodeURIComponent(location.origin) + "&app_guid=" + guid;
form.elements.token.value = data.token;
form.submit();
</script></html>"""


class Account:
    """One account, with the key of the app that it uploaded."""

    def __init__(self, host: str = HOST) -> None:
        self.host = host
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def pem(self) -> str:
        spki = PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(Encoding.PEM, spki).decode()

    def claims(self, now: int, **changes: Any) -> dict[str, Any]:
        """A good token's; a change to None leaves the claim out."""
        good = {
            "iss": self.host, "iat": now, "nbf": now, "exp": now + 120,
            "sub": f"https://{self.host}/api/v2/users/{ANA['id']}.json",
            "aud": f"https://{self.host}/api/v2/apps/installations/123.json",
        }  # fmt: skip
        return {name: value for name, value in {**good, **changes}.items() if value is not None}

    def token(self, now: int, **changes: Any) -> str:
        return jwt.encode(self.claims(now, **changes), self.key, algorithm="RS256")


PLACES: dict[str, dict[str, Any]] = {
    "ticket_sidebar": {
        "currentUser": ANA, "ticket.id": 35, "ticket.subject": "Falta un paquete </script><b>",
        "ticket.requester": CARMEN, "ticket.comments": [
            {"author": {"id": 31}, "value": "<p>Pedido<br>1038</p><img src=x onerror=alert(1)>"},
            {"author": {"id": 7}, "value": "¿El 1036 es suyo?"},
        ],
    },
    "new_ticket_sidebar": {
        "currentUser": ANA, "ticket.id": None, "ticket.subject": "", "ticket.requester": CARMEN,
    },
    "user_sidebar": {"currentUser": ANA, "user": CARMEN},
}  # fmt: skip
"""What each sidebar's paths answer; any other is not found."""


def create_app(account: Account, url_of_app: str) -> Flask:
    """The agent workspace with one ticket; `?at=` opens another of its sidebars, `?lacks=` is
    something that this Zendesk cannot do."""
    app = Flask("zendesk")

    @app.get("/agent/tickets/35")
    def ticket() -> Response:
        location = request.args.get("at", "ticket_sidebar")
        data = {
            "app": url_of_app, "location": location, "values": PLACES[location],
            "lacks": request.args.getlist("lacks"),
            "token": account.token(int(time.time())),
        }  # fmt: skip
        html = PAGE.replace("DATA", json.dumps(data).replace("<", "\\u003c"))
        return Response(html, content_type="text/html; charset=utf-8")

    @app.get("/favicon.ico")
    def icon() -> Response:
        return Response(status=204)

    return app
