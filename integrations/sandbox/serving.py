"""A small WSGI server for the pretend shops: one thread a connection, HTTP/1.1 with keep-alive.

The server that comes with Flask closes every connection, and adapters pool theirs; how they
behave when a pooled connection dies is part of what is tried here. An app ends a request without
any answer by `hang_up(request.environ)` and returning whatever it likes.
"""

from __future__ import annotations

import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

HOST = "127.0.0.1"
IDLE_SECONDS = 30
_SILENT = "sandbox.silent"

Environ = dict[str, Any]


class PortTaken(Exception):
    """Another process listens there already."""


class App(Protocol):
    """Any WSGI application; Flask's too."""

    def __call__(self, environ: Environ, start_response: Callable[..., Any], /) -> Any: ...


def hang_up(environ: Environ) -> None:
    """Close the connection without an answer once the view returns."""
    environ[_SILENT] = True


def serve(app: App, port: int) -> None:
    """Serve until SIGTERM or Ctrl-C. Raises PortTaken."""
    server = _bind(app, port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


@contextmanager
def in_thread(app: App, port: int = 0) -> Iterator[str]:
    """Serve in a thread of this process; gives the base URL without a slash at its end."""
    server = _bind(app, port)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        server.close_connections()
        thread.join()


def _bind(app: App, port: int) -> _Server:
    try:
        return _Server(app, port)
    except OSError as error:
        raise PortTaken(str(port)) from error


class _Server(ThreadingMixIn, TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, app: App, port: int) -> None:
        self.app = app
        self._open: set[socket.socket] = set()
        super().__init__((HOST, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def close_connections(self) -> None:
        """Idle clients must notice that the server is gone."""
        for connection in list(self._open):
            _shut(connection)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    server: _Server

    def handle_one_request(self) -> None:
        """Any method is the application's business, so http.server's look-up is left out."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or len(self.raw_requestline) > 65536:
            self.close_connection = True
            return
        if self.parse_request():
            self._answer(self._environ())

    def handle(self) -> None:
        try:
            super().handle()
        except TimeoutError:
            self.close_connection = True

    def _environ(self) -> Environ:
        target = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        environ: Environ = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(target.path, "latin-1"),
            "QUERY_STRING": target.query,
            "RAW_URI": self.path,
            "REQUEST_URI": self.path,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "SERVER_NAME": HOST,
            "SERVER_PORT": str(self.server.server_address[1]),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(self.rfile.read(length)),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name in {name.lower() for name in self.headers}:
            if name not in ("content-type", "content-length"):
                key = "HTTP_" + name.upper().replace("-", "_")
                environ[key] = ",".join(self.headers.get_all(name, []))
        return environ

    def _answer(self, environ: Environ) -> None:
        begun: list[Any] = []
        result = self.server.app(environ, lambda *start: begun.extend(start[:2]))
        try:
            body = b"".join(result)
        finally:
            if hasattr(result, "close"):
                result.close()
        if environ.get(_SILENT):
            self.close_connection = True
            _shut(self.connection)
            return
        self._send(int(begun[0].split()[0]), begun[1], body)

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "date", "server"):
                self.send_header(name, value)
        bodiless = status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
        if not bodiless:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if body and self.command != "HEAD" and not bodiless:
            self.wfile.write(body)

    def version_string(self) -> str:
        return "sandbox"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Quiet: the terminal belongs to whoever runs `make run`."""


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        # the other side was quicker
        return
