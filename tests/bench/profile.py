"""Where the time of a panel request goes: printed for a goal that was missed."""

from __future__ import annotations

import cProfile
import io
import os
import pstats

from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from plugin.app import create_app
from tests.bench.mirrors import Filled
from tests.bench.servers import forget_all

ASKED, LINES = 300, 28


def explain(filled: Filled, *, cold: bool) -> str:
    """The heaviest functions by their own time, over many requests to this mirror."""
    os.environ.update(filled.environ)
    app = create_app()
    if cold:
        forget_all()
    _ask(app, filled)
    profile = cProfile.Profile()
    profile.runcall(_ask, app, filled)
    text = io.StringIO()
    pstats.Stats(profile, stream=text).sort_stats("tottime").print_stats(LINES)
    return "\n".join(line for line in text.getvalue().splitlines() if line.strip())


def _ask(app: Flask, filled: Filled) -> None:
    for number in range(ASKED):
        token = filled.tokens[number % len(filled.tokens)]
        headers = [("Authorization", f"Bearer {token}")]
        environ = EnvironBuilder(path=filled.path, headers=headers).get_environ()
        answer, status, _ = run_wsgi_app(app.wsgi_app, environ)
        assert status.startswith("200"), status
        b"".join(answer)
