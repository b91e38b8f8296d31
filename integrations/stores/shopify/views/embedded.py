"""The page inside the shop's admin. Every request proves itself by a session token, no cookie is
set, and only the shop that was proven and its admin may frame it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast
from unicodedata import normalize
from urllib.parse import urlencode

from babel import Locale
from flask import Blueprint, Response, current_app, jsonify, redirect, request
from flask_limiter import Limiter
from phonenumbers import SUPPORTED_REGIONS
from werkzeug.wrappers import Response as WsgiResponse

from integrations.stores.shopify import install
from integrations.stores.shopify.place import Place, place
from integrations.stores.shopify.rights import prove
from plugin import web
from plugin.actions import apps, arrival
from plugin.actions.arrival import Standing, Visitor
from plugin.errors import LaunchRefused, LinkRefused, MostradorError, NotFound, SetupError
from plugin.messages import known_locale, sentence
from plugin.ports.store import AppKeys, Connection, Proven

KEY = "shopify"
PAGES = Path(__file__).parents[1] / "pages"
ADMIN = Blueprint("admin", __name__)
HOME = "/admin/shopify/"
_AGAIN = "retried"
_RETRY = {"X-Shopify-Retry-Invalid-Session-Request": "1"}
_FILES = {"page.js": "text/javascript", "page.css": "text/css"}
# A claim code is short; who guesses is stopped long before one fits.
_GUESSES = "10 per minute; 60 per hour"
_limiter = Limiter(key_func=web.visitor, storage_uri=web.COUNTED)
web.limit(ADMIN, _limiter)


@ADMIN.get("/")
def show() -> WsgiResponse:
    """The document. Without a token of this minute it is fetched by the bounce page; a token that
    is still refused then is said."""
    try:
        visitor, keys = _visitor(request.args.get("id_token", ""))
    except SetupError as error:
        return _problem(error)
    except LaunchRefused as error:
        return _problem(error) if request.args.get(_AGAIN) else _to_bounce()
    standing = arrival.standing(web.services(), visitor)
    return _document(
        "admin.html", visitor.shop, keys.client_id, standing=standing, visitor=visitor,
        begin=_begins(visitor, standing),
    )  # fmt: skip


@ADMIN.get("/bounce")
def bounce() -> Response:
    """Only the admin's script, which loads the page again with a fresh token; no other page, or a
    link to here would carry the token away. Raises NotFound."""
    if not request.args.get("shopify-reload", "").startswith(f"{HOME}?"):
        raise NotFound("page_not_found")
    shop = _proven_shop()
    client_id = _client_id(shop)
    if not client_id:
        return _problem(SetupError("app_missing"))
    return _document("bounce.html", shop, client_id)


@ADMIN.get("/<any('page.js', 'page.css'):name>")
def file(name: str) -> Response:
    answer = Response((PAGES / name).read_text("utf-8"), content_type=_FILES[name])
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


@ADMIN.get("/state")
def state() -> Response:
    """The fragment that tells how the shop does."""
    try:
        visitor, _ = _visitor(_bearer())
        return _fragment(visitor)
    except MostradorError as error:
        return _refusal(error)


@ADMIN.post("/begin")
@_limiter.limit(_GUESSES, deduct_when=lambda answer: answer.status_code == LinkRefused.status)
def begin() -> Response:
    """Lets the shop in: again, into the workspace of the app's owner, by a claim code, or into a
    workspace of its own."""
    try:
        token = _bearer()
        visitor, keys = _visitor(token)
        link = _let_in(visitor, keys, token, request.get_json(silent=True) or {})
        if link:
            return _private(jsonify(link=link, said=sentence("arrival_owner", _locale())))
        return _fragment(visitor)
    except MostradorError as error:
        return _refusal(error)


@ADMIN.post("/enter")
def enter() -> Response:
    """The address by which this person enters the console in a window of its own."""
    services = web.services()
    try:
        visitor, _ = _visitor(_bearer())
        standing = arrival.standing(services, visitor)
        secret = arrival.entry(services, visitor, standing.scope) if standing else ""
    except MostradorError as error:
        return _refusal(error)
    path = f"/connect/shopify/enter/{secret}" if secret else "/console"
    return _private(jsonify(link=services.settings.public_url + path))


def _let_in(visitor: Visitor, keys: AppKeys, token: str, given: Mapping[str, Any]) -> str:
    """Returns the new owner's link, "" where there is none."""
    services, where = web.services(), _place()
    known = arrival.standing(services, visitor)
    scope = known.scope if known else visitor.own
    code, wants_own = str(given.get("code") or ""), "email" in given
    if scope is None and not code and not wants_own:
        raise LinkRefused("claim_unknown")
    if services.http is None:
        raise SetupError("setting_invalid", setting="http", value="")
    credentials = install.exchange(
        where.base(visitor.shop), keys, token, services.http, services.clock()
    )
    if scope is not None:
        arrival.attach(services, scope, visitor, credentials)
        return ""
    proven = _proven(visitor, credentials)
    if code:
        arrival.join(services, visitor, proven, credentials, code)
        return ""
    return arrival.found(
        services, visitor, proven, credentials, name=str(given.get("name") or ""),
        email=str(given["email"]), country=str(given.get("country") or ""), locale=_locale(),
    )  # fmt: skip


def _proven(visitor: Visitor, credentials: Mapping[str, str]) -> Proven:
    http = web.services().http
    assert http is not None
    tried = Connection(
        workspace_id="", id="", platform=KEY, label="", address=visitor.address,
        credentials=credentials,
    )  # fmt: skip
    return prove(tried, http)


def _begins(visitor: Visitor, standing: Standing | None) -> bool:
    """Whether the page lets the shop in by itself: there is nothing to ask."""
    if standing is None:
        return visitor.own is not None
    return standing.failure_code in ("grant_ended", "shop_key_rejected", "app_uninstalled")


# -- who asks


def _visitor(token: str) -> tuple[Visitor, AppKeys]:
    """Raises LaunchRefused("session_token_refused"), SetupError("app_missing")."""
    claimed = install.claimed_app(token)
    if not claimed:
        raise LaunchRefused("session_token_refused")
    found = apps.app_named(web.services(), KEY, claimed)
    if found is None:
        raise SetupError("app_missing")
    keys, own = found
    proven = install.session(token, keys)
    address = _place().address(proven.shop)
    visitor = Visitor(platform=KEY, shop=proven.shop, address=address, user=proven.user, own=own)
    return visitor, keys


def _bearer() -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ").strip()


def _proven_shop() -> str:
    """The shop of the query where the query is signed, else ""; never what merely stands there."""
    query = dict(request.args.items())
    shop, signed = query.get("shop", ""), query.get("signed", "")
    if not install.SHOP.fullmatch(shop):
        return ""
    claimed = web.services().keys.checks("shopify bounce", shop.encode(), _bytes(signed))
    return shop if claimed else ""


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _to_bounce() -> WsgiResponse:
    """Keeps what the admin gave us but the token that is over. A query that Shopify signed vouches
    for its shop, and we vouch for it on the next page."""
    query = {name: text for name, text in request.args.items() if name not in ("id_token", "hmac")}
    reload = f"{HOME}?{urlencode({**query, _AGAIN: '1'})}"
    shop = request.args.get("shop", "")
    known = {"shop": shop, "shopify-reload": reload}
    keys = _keys_for(shop)
    if keys is not None and install.is_signed(dict(request.args.items()), keys.secrets):
        known["signed"] = web.services().keys.mac("shopify bounce", shop.encode()).hex()
    answer = redirect(f"{HOME}bounce?{urlencode(known)}")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _keys_for(shop: str) -> AppKeys | None:
    """The app under which this shop may have opened us."""
    services = web.services()
    claimed = install.claimed_app(request.args.get("id_token", ""))
    named = apps.app_named(services, KEY, claimed) if claimed else None
    return named[0] if named else apps.app_of_shop(services, KEY, shop)


def _client_id(shop: str) -> str:
    keys = _keys_for(shop or request.args.get("shop", ""))
    return keys.client_id if keys else ""


# -- answers


def _document(name: str, shop: str, client_id: str, **context: Any) -> Response:
    where = _place()
    answer = Response(_rendered(name, client_id=client_id, script_url=where.script, **context))
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'nonce-{web.nonce()}' {where.script}; "
        f"style-src 'nonce-{web.nonce()}'; connect-src 'self'; img-src data:; base-uri 'none'; "
        f"form-action 'none'; frame-ancestors {where.ancestors(shop)}"
    )
    return _private(answer)


def _fragment(visitor: Visitor) -> Response:
    standing = arrival.standing(web.services(), visitor)
    return _private(Response(_rendered("standing.html", standing=standing, visitor=visitor)))


def _problem(error: MostradorError) -> Response:
    """In place of the page; nobody was proven, so only the vendor's own admin may frame it."""
    web.log_error(error)
    answer = _document("problem.html", "", _client_id(""), error=error)
    answer.status_code = error.status if error.status < 500 else 400
    return answer


def _refusal(error: MostradorError) -> Response:
    """To the page's own script, with the sentence to show. A token that is over is asked for
    again."""
    web.log_error(error)
    said = sentence(error.code, _locale(), **error.parameters)
    answer = _private(jsonify(error=error.code, message=said, field=error.parameters.get("field")))
    answer.status_code = error.status
    if error.code == "session_token_refused":
        answer.headers.update(_RETRY)
    return answer


def _rendered(name: str, **context: Any) -> str:
    pages = cast("web.Pages", current_app.extensions[web.PAGES])
    locale = _locale()
    return pages(
        PAGES, name, locale, nonce=web.nonce(), home=HOME, countries=_countries(locale), **context
    )


@cache
def _countries(locale: str) -> Sequence[tuple[str, str]]:
    names = Locale.parse(locale).territories
    known = [(code, names.get(code, code)) for code in SUPPORTED_REGIONS]
    return sorted(known, key=lambda pair: normalize("NFKD", pair[1]).casefold())


def _private(answer: Response) -> Response:
    answer.headers.update(web.DOCUMENT_HEADERS)
    del answer.headers["Cross-Origin-Opener-Policy"]  # it has no meaning in a frame
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _locale() -> str:
    return known_locale(request.args.get("locale", "") or web.locale_of(request))


def _place() -> Place:
    settings = web.services().settings
    return place(settings.of_platforms, development=settings.development)
