"""Connecting from the browser: a typed address, the shop's own page of consent (wc-auth), and the
keys that the shop posts to us meanwhile.

The shop calls only https, on usual ports, and no private address but its own machine's; where it
cannot reach us, or never does, keys pasted by hand are the way.
https://woocommerce.github.io/woocommerce-rest-api-docs/#rest-api-keys
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

import msgspec
from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from plugin import web
from plugin.actions import consent
from plugin.errors import InvalidInput, MostradorError

from .install import found_at
from .webhooks import reaches

KEY = "woocommerce"
CONNECT = Blueprint("wc_auth", __name__)
TEMPLATES = Path(__file__).parent / "templates"
_ACCESS = ("read_write", "read")
_KEYS = (re.compile(r"ck_[0-9a-f]{40}"), re.compile(r"cs_[0-9a-f]{40}"))
_LONGEST = 500


class _Posted(msgspec.Struct):
    user_id: str
    consumer_key: str
    consumer_secret: str


@CONNECT.get("/begin")
@web.owner_only
def begin(seat: web.ConsoleSeat) -> Response:
    typed = {name: request.args.get(name, "")[:_LONGEST] for name in ("address", "label")}
    return _form(seat, {**typed, "access": "read_write"})


@CONNECT.post("/begin")
@web.owner_only
def ask(seat: web.ConsoleSeat) -> AnyResponse:
    """Finds the shop, and sends the owner there."""
    services = web.services()
    typed = {name: request.form.get(name, "").strip()[:_LONGEST] for name in ("address", "label")}
    wanted = request.form.get("access", "")
    typed["access"] = wanted if wanted in _ACCESS else "read"
    try:
        address = found_at(typed["address"], services.http)
        ours = services.settings.public_url
        if not reaches(ours, address):
            raise InvalidInput("callback_unreachable", field="address", ours=ours)
    except MostradorError as error:
        web.log_error(error)
        return _form(seat, typed, error)
    state = consent.begin(services, seat.scope, platform=KEY, **{**typed, "address": address})
    return redirect(f"{address}/wc-auth/v1/authorize?{_asked(ours, typed['access'], state)}")


def _asked(ours: str, access: str, state: str) -> str:
    return urlencode(
        {
            "app_name": "Mostrador",
            "scope": access,
            "user_id": state,
            "return_url": f"{ours}/connect/{KEY}/return",
            "callback_url": f"{ours}/connect/{KEY}/callback",
        }
    )


@CONNECT.post("/callback")
def callback() -> str:
    """The shop's own call: only 200 lets the key live, so whatever takes time comes later. Anybody
    may post here; see plugin.actions.consent."""
    try:
        posted = msgspec.json.decode(request.get_data(cache=False), type=_Posted)
    except ValueError as error:
        raise InvalidInput("request_invalid") from error
    pair = (posted.consumer_key, posted.consumer_secret)
    if not all(shape.fullmatch(text) for shape, text in zip(_KEYS, pair, strict=True)):
        raise InvalidInput("request_invalid")
    credentials = {"consumer_key": pair[0], "consumer_secret": pair[1]}
    consent.take(web.services(), KEY, posted.user_id, credentials)
    return ""


@CONNECT.get("/return")
@web.owner_only
def come_back(seat: web.ConsoleSeat) -> Response:
    """How far the shop has come. It looks again by itself while there is something to wait for."""
    services, state = web.services(), request.args.get("user_id", "")
    if request.args.get("success") == "0":
        consent.deny(services, seat.scope, KEY, state)
    found = consent.look(services, seat.scope, KEY, state)
    failure = None
    if found.state == "failed":
        failure = web.failure_of(found.code, seat.locale, found.parameters)
    response = web.console_page(
        TEMPLATES, "return.html", seat=seat, locale=seat.locale, found=found, failure=failure,
        state=state, again=_link("begin", found), keys=_by_keys(found.address),
    )  # fmt: skip
    if found.state in ("asked", "arrived"):
        response.headers["Refresh"] = "2"
    return response


@CONNECT.post("/again")
@web.owner_only
def try_again(seat: web.ConsoleSeat) -> AnyResponse:
    """The keys are here; the shop or its hosting was in the way."""
    state = request.form.get("state", "")
    consent.again(web.services(), seat.scope, KEY, state)
    return redirect(f"/connect/{KEY}/return?{urlencode({'user_id': state})}")


def _form(
    seat: web.ConsoleSeat, typed: Mapping[str, str], error: MostradorError | None = None
) -> Response:
    failure = web.failure_of(error.code, seat.locale, error.parameters) if error else None
    return web.console_page(
        TEMPLATES, "begin.html", seat=seat, locale=seat.locale, typed=typed, failure=failure,
        keys=_by_keys(typed["address"]), status=422 if error else 200,
        form_targets=("https:", "http:"),
    )  # fmt: skip


def _link(page: str, found: consent.Consent) -> str:
    return f"{page}?{urlencode({'address': found.address, 'label': found.label})}"


def _by_keys(address: str) -> str:
    """The console's own form, for keys made by hand."""
    return f"/console/shops/connect/{KEY}?{urlencode({'address': address})}"
