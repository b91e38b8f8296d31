"""A control for browser tests: the same cookie page framed from another site and from this one.

If the foreign frame loses its `SameSite=None; Secure` cookie and the own one keeps it, the browser
treats third parties as in life, and a panel that works without cookies has been tried for real.
Two ports of one host are one site; 127.0.0.1 and localhost are two.
"""

from __future__ import annotations

from flask import Flask, Response, jsonify, render_template, request

_COOKIE = "probe"


def cookie_pages(app: Flask) -> None:
    @app.get("/control/cookies")
    def control() -> Response:
        """Its verdicts stand in #foreign and #own: `kept` or `lost`."""
        here = request.host
        port = here.rpartition(":")[2]
        foreign = f"localhost:{port}" if here.startswith("127.") else f"127.0.0.1:{port}"
        answer = Response(
            render_template("cookies.html", own=f"http://{here}", foreign=f"http://{foreign}")
        )
        answer.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src 'self'; img-src data:; frame-src http://{here} http://{foreign}"
        )
        return answer

    @app.get("/cookie-probe")
    def probe() -> Response:
        answer = Response(render_template("probe.html"))
        answer.set_cookie(_COOKIE, "1", secure=True, samesite="None", httponly=True)
        answer.headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:"
        )
        return answer

    @app.get("/cookie-probe/seen")
    def seen() -> Response:
        return jsonify(seen=request.cookies.get(_COOKIE) == "1")
