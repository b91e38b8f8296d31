"""create_app: settings, services, blueprints, and nothing else."""

from __future__ import annotations

import hmac
import os
import re

from flask import Flask, Response, redirect, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as WsgiResponse
from whitenoise import WhiteNoise

import ui
import webhooks
from integrations import registry
from plugin import log, web
from plugin.db.migrate import is_current
from plugin.errors import NotFound
from plugin.services import Services
from plugin.settings import Settings
from plugin.wiring import build_services
from ui.assets import DIST, PREFIX

MOST_BYTES = 256 * 1024


def create_app(settings: Settings | None = None, services: Services | None = None) -> Flask:
    """The whole assembly. Raises SetupError when a setting is missing."""
    settings = settings or (services.settings if services else Settings.from_env(os.environ))
    log.set_up(settings.log_level)
    services = services or build_services(settings)
    app = Flask("plugin", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    web.add_to(app, services)
    is_owned = web.ownership(services)
    web.close_until(is_owned, app)
    app.register_blueprint(ui.create_blueprint())
    app.register_blueprint(ui.create_console())
    app.register_blueprint(ui.create_embed())
    app.register_blueprint(webhooks.create_blueprint())
    for kind in ("connect", "admin"):
        for platform, pages in registry.views(kind.upper()).items():
            prefix = f"/{kind}/{platform}"
            app.register_blueprint(pages, url_prefix=prefix, name=f"{kind}.{platform}")
    _add_operations(app, services)
    if settings.development and settings.demo_url:
        _add_demo(app, settings.demo_url)
    _wrap(app, settings)
    app.wsgi_app = webhooks.receiver(services, is_owned, app.wsgi_app)  # type: ignore[method-assign,assignment]
    return app


def _add_operations(app: Flask, services: Services) -> None:
    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    @app.get("/readyz")
    def readyz() -> Response:
        if not is_current(services.database):
            return Response("migrations are missing", 503)
        if not services.queue_answers():
            return Response("the queue does not answer", 503)
        return Response("ready")

    @app.get("/metrics")
    def metrics() -> Response:
        token = services.settings.metrics_token
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token or not hmac.compare_digest(given.encode(), token.encode()):
            raise NotFound("page_not_found")
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _add_demo(app: Flask, demo_url: str) -> None:
    """Development only: the pretend inbox lives on another site than the panel."""

    @app.get("/demo")
    def demo() -> WsgiResponse:
        return redirect(demo_url)


def _wrap(app: Flask, settings: Settings) -> None:
    hops = settings.proxy_hops
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    files = WhiteNoise(app.wsgi_app, immutable_file_test=_is_immutable)
    files.add_files(str(DIST), prefix=PREFIX)
    app.wsgi_app = files  # type: ignore[method-assign]


def _is_immutable(_path: str, url: str) -> bool:
    """The bundler puts a hash into every name."""
    return re.search(r"-[A-Z0-9]{8}\.\w+$", url) is not None
