"""What is measured, each behind gunicorn with the product's own settings, in its own process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import requests
from flask import Flask, Response, request

from plugin.actions import sidebar
from plugin.app import create_app
from plugin.db import mirror
from plugin.serve import web_command
from plugin.settings import Settings
from ui import look

SHOP_SECONDS = 0.150
_APP = "plugin.app:create_app()"


def product() -> Flask:
    """The product as it is served; with BENCH_COLD=1 its memo can hold nothing."""
    app = create_app()
    if os.environ.get("BENCH_COLD") == "1":
        forget_all()
    return app


def forget_all() -> None:
    """No memo and no decoded order is kept, in this whole process."""
    look.memo.clear()
    look.memo._limit = 0
    vars(sidebar)["_decoded"] = mirror.decode_order


def floor() -> Flask:
    """A view that answers a constant of the fragment's size: what the server itself costs."""
    body = Path(os.environ["BENCH_BODY"]).read_bytes()
    app = Flask("floor", static_folder=None)

    @app.get("/constant")
    def constant() -> Response:
        return Response(body, content_type="text/html; charset=utf-8")

    return app


def echo() -> Flask:
    """A view that gives back what it is sent."""
    app = Flask("echo", static_folder=None)

    @app.post("/echo")
    def same() -> Response:
        return Response(request.get_data(cache=False), content_type="application/json")

    return app


def live() -> Flask:
    """What asking the shop in the request costs: the customer, then the orders, over kept
    connections. Nothing is rendered, which is in favour of it."""
    body = Path(os.environ["BENCH_BODY"]).read_bytes()
    shop = os.environ["BENCH_SHOP"]
    session = requests.Session()
    app = Flask("live", static_folder=None)

    @app.get("/live")
    def ask() -> Response:
        for path in ("customers", "orders"):
            session.get(f"{shop}/{path}", timeout=10).json()
        return Response(body, content_type="text/html; charset=utf-8")

    return app


def shop() -> Flask:
    """A shop that takes its time."""
    app = Flask("shop", static_folder=None)

    @app.get("/<what>")
    def answer(what: str) -> dict[str, object]:
        time.sleep(SHOP_SECONDS)
        return {"asked": what, "found": [{"id": number} for number in range(20)]}

    return app


@dataclass
class Server:
    """A running gunicorn of one factory of this module."""

    factory: str
    environ: Mapping[str, str]
    port: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self, cpus: set[int]) -> Server:
        self.port = _free_port()
        settings = Settings.from_env({"MOSTRADOR_ENV": "development", "PORT": str(self.port)})
        command = [*web_command(settings, "127.0.0.1"), "--log-level", "warning"]
        command[command.index(_APP)] = f"tests.bench.servers:{self.factory}()"
        environ = {**os.environ, "WEB_CONCURRENCY": "1", **self.environ}
        self._process = subprocess.Popen(command, env=environ)
        if cpus:
            os.sched_setaffinity(self._process.pid, cpus)
        _wait(self.port, self._process)
        return self

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill() if self._process.poll() is None else None
            self._process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if process.poll() is not None:
            sys.exit(f"a server of the bench ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit("a server of the bench did not start")
