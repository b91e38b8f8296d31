"""How an app gets into the pretend shop: the token endpoint, and the page that asks first."""

from __future__ import annotations

import hmac
import html
import re
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, jsonify, redirect, request
from werkzeug.wrappers import Response as WsgiResponse

from integrations.sandbox.serving import hang_up

from . import session_tokens
from .faults import Switchboard
from .grants import Grants, Refused
from .reads import DOMAIN

HOST = "YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvdGllbmRhLWF6dWw="
_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:id_token"
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"


Tell = Callable[[str, Any], None]


def add_oauth(app: Flask, grants: Grants, faults: Switchboard) -> None:
    @app.post("/admin/oauth/access_token")
    def access_token() -> Response:
        drawn = faults.draw("token", reads_order=False)
        if "latency" in drawn:
            time.sleep(drawn["latency"].seconds)
        if "down" in drawn or "drop_before" in drawn:
            return _nothing()
        given: Mapping[str, Any] = request.get_json(silent=True) or request.form
        try:
            answer = _granted(grants, given)
        except Refused as error:
            status = 401 if error.error == "invalid_client" else 400
            answer = {"error": error.error, "error_description": error.words}
            return Response(response=_text(answer), status=status, mimetype="application/json")
        return _nothing() if "drop_after" in drawn else jsonify(answer)

    @app.get("/admin/oauth/authorize")
    def authorize() -> Response:
        """The merchant is asked; nobody is logged in to a pretend shop."""
        if request.args.get("client_id") != grants.client_id:
            abort(400, "The app is not known here.")
        hidden = "".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
            for name, value in request.args.items()
        )
        wanted = html.escape(request.args.get("scope", ""))
        return Response(_ASK.format(domain=DOMAIN, wanted=wanted, hidden=hidden))

    @app.post("/admin/oauth/authorize")
    def authorized() -> WsgiResponse:
        wanted = request.form.get("scope", "")
        grants.state.scopes = re.findall(r"\b(?:read|write)_[a-z_]+", wanted)
        grants.install()
        query = {
            "code": grants.code(),
            "host": HOST,
            "shop": DOMAIN,
            "state": request.form.get("state", ""),
            "timestamp": str(int(time.time())),
        }
        query["hmac"] = query_signature(query, grants.secret)
        return redirect(f"{request.form['redirect_uri']}?{urlencode(query)}")


def query_signature(
    query: Mapping[str, str], secret: str, encode: Callable[[str], str] = str
) -> str:
    """Over everything but itself, sorted, in lower-case hex."""
    text = "&".join(f"{name}={encode(query[name])}" for name in sorted(query) if name != "hmac")
    return hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()


def _granted(grants: Grants, given: Mapping[str, Any]) -> dict[str, Any]:
    if given.get("client_id") != grants.client_id:
        words = "Could not find Shopify API application with api_key"
        raise Refused("application_cannot_be_found", words)
    if not hmac.compare_digest(str(given.get("client_secret")), grants.secret):
        raise Refused("invalid_client", "The client secret is wrong.")
    grant = str(given.get("grant_type") or "authorization_code")
    grants.count(grant.rpartition(":")[2])
    expiring = str(given.get("expiring") or "0") == "1"
    if grant == "refresh_token":
        return grants.refresh(str(given.get("refresh_token")))
    if grant == "client_credentials":
        return grants.own_shop()
    if grant == _EXCHANGE:
        known = session_tokens.read(str(given.get("subject_token")), grants.secret)
        wanted = given.get("subject_token_type"), given.get("requested_token_type")
        if known is None or known["aud"] != grants.client_id or wanted != (_TOKEN_TYPE, _OFFLINE):
            raise Refused("invalid_subject_token", "The session token is not valid.")
        # opening an app is what installs it where the admin manages that
        grants.install()
        return grants.issue(expiring=expiring)
    grants.spend_code(str(given.get("code")))
    return grants.issue(expiring=expiring)


def add_grant_control(app: Flask, grants: Grants, tell: Tell) -> None:
    """What time and the merchant do; `tell` sends a webhook."""

    @app.get("/_control/grants")
    def grants_now() -> Response:
        known = grants.state
        alive = sum(not pair.retired for pair in known.pairs)
        return jsonify(
            installed=known.installed, scopes=known.scopes, counts=known.counts, pairs=alive
        )

    @app.post("/_control/grants")
    def grants_changed() -> Response:
        wanted = request.get_json()
        grants.app_url = wanted.get("app_url", grants.app_url)
        if wanted.get("install"):
            grants.install()
        if wanted.get("expire"):
            grants.expire()
        if wanted.get("revoke"):
            grants.revoke()
        if "scopes" in wanted:
            before, grants.state.scopes = grants.state.scopes, list(wanted["scopes"])
            grants.save()
            tell("app/scopes_update", {"previous": before, "current": grants.state.scopes})
        if wanted.get("uninstall"):
            uninstall(grants, tell)
        return jsonify({})

    @app.get("/_control/session-token")
    def token() -> Response:
        made = session_tokens.claims(grants.client_id, DOMAIN)
        return jsonify(token=session_tokens.signed(made, grants.secret), nonce=secrets.token_hex(4))


def uninstall(grants: Grants, tell: Tell) -> None:
    """The tokens are dead before the app hears of it."""
    grants.uninstall()
    tell("app/uninstalled", {"id": 7_100_001, "domain": DOMAIN})


def _nothing() -> Response:
    hang_up(request.environ)
    return Response()


def _text(value: Mapping[str, Any]) -> bytes:
    made: bytes = jsonify(value).data
    return made


_ASK = """<!doctype html><html lang="es"><meta charset="utf-8"><title>Instalar app</title>
<body style="font:16px system-ui;max-width:36rem;margin:3rem auto"><h1>Instalar la app</h1>
<p>Tienda de mentira: <strong>{domain}</strong></p><p>Permisos: {wanted}</p>
<form method="post">{hidden}<button>Instalar</button></form></body></html>
"""
