"""The pretend admin that frames the app's page, its stand-in for the vendor's script, and the
pretend dashboard where the app's keys are read."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as WsgiResponse

from . import session_tokens
from .grants import Grants
from .oauth import HOST, Tell, query_signature, uninstall
from .reads import DOMAIN

_WORDS = {
    "es": {
        "admin": "Administración de mentira", "app": "App", "install": "Instalar la app",
        "uninstall": "Desinstalar la app", "missing": "La app no está instalada en esta tienda.",
        "dashboard": "Panel de apps de mentira", "id": "ID de cliente",
        "secret": "Secreto de cliente", "open": "Abrir la app en la administración",
        "shop": "Dominio de la tienda", "language": "English",
    },
    "en": {
        "admin": "Pretend admin", "app": "App", "install": "Install the app",
        "uninstall": "Uninstall the app", "missing": "The app is not installed in this shop.",
        "dashboard": "Pretend app dashboard", "id": "Client id", "secret": "Client secret",
        "open": "Open the app in the admin", "shop": "The shop's domain", "language": "Español",
    },
}  # fmt: skip


def add_admin(app: Flask, grants: Grants, tell: Tell) -> None:
    """Frames the app's page at `grants.app_url`."""

    @app.get("/admin")
    def admin() -> Response:
        framed = f"{grants.app_url}/admin/shopify/?{urlencode(_query(grants, _lang()))}"
        return _page(
            "admin.html", installed=grants.state.installed, framed=framed,
            origin=grants.app_url, domain=DOMAIN,
        )  # fmt: skip

    @app.post("/admin/<any(install, uninstall):what>")
    def admin_change(what: str) -> WsgiResponse:
        if what == "install":
            grants.install()
        else:
            uninstall(grants, tell)
        return redirect(f"/admin?lang={_lang()}")

    @app.get("/dashboard")
    def dashboard() -> Response:
        return _page(
            "dashboard.html", client_id=grants.client_id, secret=grants.secret, domain=DOMAIN
        )

    @app.get("/app-bridge.js")
    def script() -> Response:
        answer = app.send_static_file("app-bridge.js")
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _query(grants: Grants, locale: str) -> dict[str, str]:
    """What the admin adds to the address of the app's page."""
    token = session_tokens.signed(session_tokens.claims(grants.client_id, DOMAIN), grants.secret)
    query = {
        "embedded": "1", "host": HOST, "id_token": token, "locale": locale,
        "session": "5a9d0b0c", "shop": DOMAIN, "timestamp": str(int(time.time())),
    }  # fmt: skip
    return {**query, "hmac": query_signature(query, grants.secret)}


def _page(name: str, **values: Any) -> Response:
    lang = _lang()
    text = render_template(name, lang=lang, words=_WORDS[lang], **values)
    answer = make_response(text)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _lang() -> str:
    return "en" if request.values.get("lang") == "en" else "es"
