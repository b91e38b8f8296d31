"""Web, and with `--all` the worker, as children of one process that stops them together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

from plugin.settings import Settings

GRACE_SECONDS = 28.0
WORKER = (sys.executable, "-c", "from plugin.cli import main; main()", "worker")


def web_command(settings: Settings, host: str = "") -> tuple[str, ...]:
    """gunicorn with threads: actions wait for shops, the panel does not. `host` overrules BIND."""
    return (
        sys.executable, "-m", "gunicorn", "--no-control-socket", "--worker-class", "gthread",
        "--workers", os.environ.get("WEB_CONCURRENCY", "1"),
        "--threads", str(settings.web_threads),
        "--bind", f"{host or settings.bind}:{settings.port}", "plugin.app:create_app()",
    )  # fmt: skip


def run(settings: Settings, *, everything: bool) -> int:
    """Until SIGTERM, or until one of them ends; returns its exit code."""
    commands = [web_command(settings), *([WORKER] if everything else [])]
    children = [subprocess.Popen(command) for command in commands]
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop(children))
    while True:
        for child in children:
            if child.poll() is not None:
                stop(children)
                return max(0, child.returncode)
        time.sleep(0.2)


def stop(children: Sequence[subprocess.Popen[bytes]]) -> None:
    """TERM to all, KILL to those that do not end in time."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    until = time.monotonic() + GRACE_SECONDS
    for child in children:
        try:
            child.wait(timeout=max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
