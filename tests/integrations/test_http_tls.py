"""TLS of pinned connections: the name is checked, whatever address is called."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pytest import MonkeyPatch

from integrations import pinned
from integrations.http import ApiClient
from plugin.errors import Unreachable

NAME = "shop.example"


@dataclass
class TlsPeer:
    port: int
    authority: str
    names: list[str]
    """Names the clients asked for (SNI)."""


class _Hello(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"hi")

    do_POST = do_GET


def _certificate(folder: Path) -> Path:
    """Key and self-signed certificate for NAME in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "shop.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[TlsPeer]:
    path, names = _certificate(tmp_path), list[str]()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    context.sni_callback = lambda _socket, name, _context: names.append(name or "")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hello)
    server.daemon_threads = True
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield TlsPeer(port=server.server_port, authority=str(path), names=names)
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _every_name_is_here(monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(pinned, "resolve", lambda host, port: ["127.0.0.1"])


@pytest.mark.parametrize("write", [False, True])
def test_the_name_is_sent_and_checked(peer: TlsPeer, write: bool) -> None:
    client = ApiClient(allow_loopback=True, authority=peer.authority)

    answer = client.send(
        "POST" if write else "GET", f"https://{NAME}:{peer.port}/", timeout=(2, 2), write=write
    )

    assert answer.body == b"hi"
    assert peer.names == [NAME]
    client.close()


@pytest.mark.parametrize("write", [False, True])
def test_a_certificate_for_another_name_is_refused(peer: TlsPeer, write: bool) -> None:
    client = ApiClient(allow_loopback=True, authority=peer.authority)

    with pytest.raises(Unreachable) as caught:
        client.send("GET", f"https://other.example:{peer.port}/", timeout=(2, 2), write=write)

    assert caught.value.code == "shop_unreachable"


def test_an_unknown_authority_is_refused(peer: TlsPeer) -> None:
    with pytest.raises(Unreachable):
        ApiClient(allow_loopback=True).send(
            "GET", f"https://{NAME}:{peer.port}/", timeout=(2, 2), write=False
        )
