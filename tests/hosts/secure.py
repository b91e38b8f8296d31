"""Hosts by their real https names: the tests' browser finds every name here, by one certificate."""

from __future__ import annotations

import re
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask, Response, request
from playwright.sync_api import Browser, Page
from werkzeug.exceptions import NotFound
from werkzeug.serving import WSGIRequestHandler, make_server

PANEL = "panel.mostrador.example"
_HOP = ("connection", "transfer-encoding", "content-encoding", "content-length", "keep-alive")

App = Callable[..., Any]


@dataclass
class Street:
    """One server for whatever https name is asked for; `apps` are those of the test that runs."""

    port: int = 0
    apps: dict[str, App] = field(default_factory=dict)

    @property
    def flag(self) -> str:
        """With it a browser finds every name here, and nothing of the world."""
        return f"--host-resolver-rules=MAP *:443 127.0.0.1:{self.port}"

    @contextmanager
    def page(
        self, browser: Browser, apps: Mapping[str, App], expected: str = "", **options: Any
    ) -> Iterator[Page]:
        """A page of somebody new while the apps stand here. What it logged as an error is raised,
        unless it is `expected`, a pattern."""
        self.apps, errors = dict(apps), []
        context = browser.new_context(locale="es-ES", ignore_https_errors=True, **options)
        context.on("page", lambda page: _watch(page, errors))
        try:
            yield context.new_page()
        finally:
            context.close()
            self.apps = {}
        unexpected = [text for text in errors if not expected or not re.search(expected, text)]
        assert not unexpected, f"the page logged errors: {unexpected}"


@contextmanager
def https_street(folder: Path) -> Iterator[Street]:
    """Served while the block runs."""
    key, certificate = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    street = Street()

    def by_name(environ: dict[str, Any], start: Any) -> Any:
        app = street.apps.get(environ["HTTP_HOST"].partition(":")[0], NotFound())
        return app(environ, start)

    server = make_server(
        "127.0.0.1", 0, by_name, threaded=True, ssl_context=context, request_handler=_Quiet
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    street.port = server.server_port
    try:
        yield street
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def pass_on(target: str) -> Flask:
    """The panel under another name: what comes is asked there, and the answer given back."""
    app = Flask("pass_on", static_folder=None)
    session = requests.Session()
    session.trust_env = False

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
    @app.route("/<path:path>", methods=["GET", "POST"])
    def passed(path: str) -> Response:
        headers = {name: text for name, text in request.headers if name.lower() != "host"}
        headers["Accept-Encoding"] = "identity"
        answer = session.request(
            request.method, target + request.full_path.rstrip("?"), headers=headers,
            data=request.get_data(), allow_redirects=False, timeout=60,
        )  # fmt: skip
        given = [(n, t) for n, t in answer.headers.items() if n.lower() not in _HOP]
        return Response(answer.content, answer.status_code, given)

    return app


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing: errors are what the page shows."""


def _watch(page: Page, errors: list[str]) -> None:
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)


def _certificate(folder: Path) -> tuple[Path, Path]:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    paths = folder / "key.pem", folder / "certificate.pem"
    paths[0].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    paths[1].write_bytes(certificate.public_bytes(Encoding.PEM))
    return paths
