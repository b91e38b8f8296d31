"""The pretend inbox: eight tickets, four people, three switches, and the panel in a frame.

GET  /                 the inbox (?lang=es|en&ticket=1..8&agent=…&width=230|320|400)
POST /launch           {"ticket", "agent", "lang"} -> {"launch": token, "asleep", "losing"}
POST /switch/<name>    lose | second | wake -> {"asleep", "losing", "said"}
GET  /control/cookies  a frame of another site and one of this site, each with a cookie
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, jsonify, render_template, request

from integrations.sandbox.seed.shapes import Ticket
from integrations.sandbox.seed.tickets import TICKETS

from .cookies import cookie_pages
from .launching import AGENTS, OWNER, Agent, Signer
from .second import SecondAgent
from .shops import Shops, ShopsUnreachable
from .words import WORDS, language

WIDTHS = (230, 320, 400)
_BY_NUMBER = {ticket.number: ticket for ticket in TICKETS}


def create_app(*, panel: str, shopify: str, woocommerce: str, install: str, secret: str) -> Flask:
    """`panel` is the base URL that browsers use, the shops' are only called from here."""
    app = Flask(__name__)
    signer = Signer(install=install, secret=secret)
    shops = Shops(first=shopify, sleepy=woocommerce)
    origin = _origin(panel)
    target = f"{panel}/panel/{install}/v1"
    _pages(app, origin, target, f"{panel}/console")
    _launches(app, signer, shops)
    _switches(app, shops, SecondAgent(target=target, signer=signer))
    cookie_pages(app)
    app.after_request(lambda answer: _headers(answer, origin))
    return app


def _pages(app: Flask, origin: str, target: str, console: str) -> None:
    @app.get("/")
    def inbox() -> str:
        lang = language(request.args.get("lang", ""))
        width = request.args.get("width", "", type=str)
        return render_template(
            "inbox.html", words=WORDS[lang], lang=lang, tickets=TICKETS, agents=AGENTS.values(),
            ticket=_BY_NUMBER.get(request.args.get("ticket", 1, type=int), TICKETS[0]),
            agent=AGENTS.get(request.args.get("agent", ""), AGENTS["ana"]), widths=WIDTHS,
            width=int(width) if width in map(str, WIDTHS) else 320, origin=origin, target=target,
            console=console, owner=OWNER,
        )  # fmt: skip

    @app.get("/health")
    def health() -> Response:
        return jsonify(ok=True)


def _launches(app: Flask, signer: Signer, shops: Shops) -> None:
    @app.post("/launch")
    def launch() -> Response:
        ticket, agent, lang = _chosen()
        said = _try(lambda: shops.select(ticket.number), lang)
        token = signer.launch(ticket, agent, lang)
        return jsonify(launch=token, asleep=shops.asleep, losing=shops.losing, said=said)


def _switches(app: Flask, shops: Shops, second: SecondAgent) -> None:
    @app.post("/switch/<name>")
    def switch(name: str) -> Response:
        ticket, agent, lang = _chosen()
        words = WORDS[lang]
        if name == "lose":
            said = _try(shops.toggle_lost_answer, lang)
            said = said or words["lost_armed" if shops.losing else "lost_off"]
        elif name == "wake":
            said = _try(shops.wake, lang) or words["woken"]
        elif name == "second":
            said = second.clicks(ticket, agent, lang)
        else:
            abort(404)
        return jsonify(asleep=shops.asleep, losing=shops.losing, said=said)


def _chosen() -> tuple[Ticket, Agent, str]:
    """What the page has selected. Only this page may ask: 403 for another site's script."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        abort(403)
    body: Any = request.get_json()
    ticket, agent = _BY_NUMBER.get(body.get("ticket")), AGENTS.get(body.get("agent"))
    if ticket is None or agent is None:
        abort(400)
    return ticket, agent, language(body.get("lang", ""))


def _try(step: Any, lang: str) -> str:
    """ "" if it went well, else a sentence."""
    try:
        step()
    except ShopsUnreachable as error:
        return WORDS[lang]["failed"].format(problem=error)
    return ""


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _headers(answer: Response, panel: str) -> Response:
    answer.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self'; frame-src {panel}; form-action {panel}; base-uri 'none'; "
        "frame-ancestors 'none'",
    )
    answer.headers["Cache-Control"] = "no-store"
    # as real helpdesks: the frame learns the origin and nothing of the address
    answer.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
