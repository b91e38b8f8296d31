"""Hosts by their real https names: a browser that finds all of them here, by one certificate."""

from __future__ import annotations

import os
import re
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.browser.chromium import FLAGS, find_chromium

PANEL = "panel.mostrador.example"
_HOP = ("connection", "transfer-encoding", "content-encoding", "content-length", "keep-alive")

App = Callable[..., Any]


@contextmanager
def https_hosts(folder: Path, apps: Mapping[str, App]) -> Iterator[int]:
    """Serves each app under its host name; gives the port."""
    key, certificate = _certificate(folder, tuple(apps))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def by_name(environ: dict[str, Any], start: Any) -> Any:
        return apps[environ["HTTP_HOST"].partition(":")[0]](environ, start)

    server = make_server(
        "127.0.0.1", 0, by_name, threaded=True, ssl_context=context, request_handler=_Quiet
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def at_home(
    browser: Browser, port: int, names: tuple[str, ...], expected: str = "", **options: Any
) -> Iterator[Page]:
    """A page of a browser for which the names are here. What it logged as an error is raised,
    unless it is `expected`, a pattern."""
    chromium = find_chromium()
    rules = ",".join(f"MAP {name}:443 127.0.0.1:{port}" for name in names)
    started = browser.browser_type.launch(
        executable_path=chromium.path, args=[*FLAGS, f"--host-resolver-rules={rules}"],
        env={**os.environ, **chromium.environment},
    )  # fmt: skip
    errors: list[str] = []
    try:
        context = started.new_context(locale="es-ES", ignore_https_errors=True, **options)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        yield page
    finally:
        started.close()
    unexpected = [text for text in errors if not expected or not re.search(expected, text)]
    assert not unexpected, f"the page logged errors: {unexpected}"


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


def _certificate(folder: Path, names: tuple[str, ...]) -> tuple[Path, Path]:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
    known = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(known, critical=False).sign(key, hashes.SHA256())
    )  # fmt: skip
    paths = folder / "key.pem", folder / "certificate.pem"
    paths[0].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    paths[1].write_bytes(certificate.public_bytes(Encoding.PEM))
    return paths
