"""The owner's page: an app of one's own in numbered steps, its keys, and shops that let it in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as WsgiResponse

from integrations.stores.shopify import install
from integrations.stores.shopify.app_file import NAME, app_file
from integrations.stores.shopify.place import Place, place, typed_shop
from integrations.stores.shopify.scopes import to_ask as scopes_to_ask
from plugin import web
from plugin.actions import apps, arrival, connect, rights
from plugin.errors import LaunchRefused, MostradorError, SetupError
from plugin.ports.store import HISTORY_DAYS, RIGHTS_MISSING, WITHHELD, AppKeys, Connection
from plugin.web import ConsoleSeat

KEY = "shopify"
PAGES = Path(__file__).parents[1] / "pages"
CONNECT = Blueprint("connect", __name__)
WAY_BACK = timedelta(minutes=10)
ASKED = ("protected_data", "all_orders", "all_orders_granted")


@CONNECT.get("/start")
@web.owner_only
def show(seat: ConsoleSeat) -> Response:
    return _page(seat)


@CONNECT.get(f"/{NAME}")
@web.owner_only
def file(seat: ConsoleSeat) -> Response:
    """The app's file, to be saved beside the command that releases it."""
    answer = Response(_app_file(seat), content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{NAME}"'
    return answer


@CONNECT.post("/app")
@web.owner_only
def save(seat: ConsoleSeat) -> WsgiResponse:
    try:
        apps.save_app(
            web.services(), seat.scope, KEY, client_id=request.form.get("client_id", ""),
            secret=request.form.get("secret", ""),
        )  # fmt: skip
    except MostradorError as error:
        return _page(seat, error)
    return redirect("/connect/shopify/start?saved=app#shop")


@CONNECT.post("/asked")
@web.owner_only
def asked(seat: ConsoleSeat) -> WsgiResponse:
    """What the owner says they asked Shopify for; what was granted is measured."""
    ticked = {name: "1" for name in ASKED if request.form.get(name)}
    try:
        apps.note_asked(web.services(), seat.scope, KEY, ticked)
    except MostradorError as error:
        return _page(seat, error)
    return redirect("/connect/shopify/start?saved=asked#rights")


@CONNECT.post("/measure")
@web.owner_only
def measure(seat: ConsoleSeat) -> WsgiResponse:
    try:
        for known in _shops(seat):
            rights.measure(web.services(), seat.scope, known.id)
    except MostradorError as error:
        return _page(seat, error)
    return redirect("/connect/shopify/start?saved=measured#rights")


@CONNECT.post("/own")
@web.owner_only
def own(seat: ConsoleSeat) -> WsgiResponse:
    """A shop of the organisation that owns the app: no page in between."""
    services = web.services()
    try:
        shop, keys, where = _wanted(seat)
        credentials = install.own_shop(where.base(shop), keys, _http(), services.clock())
        _attach(seat, shop, where, credentials)
    except MostradorError as error:
        return _page(seat, error)
    return redirect("/console/shops")


@CONNECT.post("/grant")
@web.owner_only
def grant(seat: ConsoleSeat) -> WsgiResponse:
    """Sends the owner to the shop's own page, which asks them."""
    services = web.services()
    try:
        shop, keys, where = _wanted(seat)
    except MostradorError as error:
        return _page(seat, error)
    payload = {"shop": shop, "client_id": keys.client_id, "session": seat.session_id}
    state = connect.begin(services, platform=KEY, scope=seat.scope, payload=payload, life=WAY_BACK)
    back = f"{services.settings.public_url}/connect/shopify/callback"
    granted = _has_all_orders(seat)
    return redirect(
        install.authorize_url(where.base(shop), keys, back=back, state=state, all_orders=granted)
    )


@CONNECT.get("/callback")
@web.owner_only
def callback(seat: ConsoleSeat) -> WsgiResponse:
    """Back from the shop's page: only in the browser that went there, once, for that shop."""
    services = web.services()
    try:
        scope, sent = connect.finish(services, KEY, request.args.get("state", ""))
        if scope != seat.scope or sent.get("session") != seat.session_id:
            raise LaunchRefused("install_other_browser")
        keys = apps.app_keys(services, seat.scope, KEY, sent["client_id"])
        query = tuple(request.args.items(multi=True))
        code = install.check_callback(query, keys, shop=sent["shop"], now=services.clock())
        where = _place()
        credentials = install.redeem(
            where.base(sent["shop"]), keys, code, _http(), services.clock()
        )
        _attach(seat, sent["shop"], where, credentials)
    except MostradorError as error:
        return _page(seat, error)
    return redirect("/console/shops")


@CONNECT.get("/enter/<secret>")
def enter(secret: str) -> WsgiResponse:
    """From the page inside the shop's admin into the console: once, and from our own page only."""
    web.check_origin()
    answer = redirect("/console/shops")
    web.start_session(answer, arrival.enter(web.services(), secret))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _wanted(seat: ConsoleSeat) -> tuple[str, AppKeys, Place]:
    """Raises InvalidInput, SetupError("app_missing")."""
    shop = typed_shop(request.form.get("shop", ""))
    return shop, apps.app_keys(web.services(), seat.scope, KEY), _place()


def _attach(seat: ConsoleSeat, shop: str, where: Place, credentials: Mapping[str, str]) -> None:
    connect.attach_shop(
        web.services(), seat.scope, platform=KEY, label="", address=where.address(shop),
        credentials=credentials, key=shop,
    )  # fmt: skip


def _place() -> Place:
    settings = web.services().settings
    return place(settings.of_platforms, development=settings.development)


def _http() -> Any:
    http = web.services().http
    if http is None:
        raise SetupError("setting_invalid", setting="http", value="")
    return http


def _shops(seat: ConsoleSeat) -> list[Connection]:
    found = connect.all_connections(web.services(), seat.scope)
    return [known for known in found if known.platform == KEY and known.fresh is not None]


def _asked(seat: ConsoleSeat) -> Mapping[str, str]:
    own_app = apps.own_app(web.services(), seat.scope, KEY)
    return own_app[1] if own_app else {}


def _has_all_orders(seat: ConsoleSeat) -> bool:
    return bool(_asked(seat).get("all_orders_granted"))


def _app_file(seat: ConsoleSeat) -> str:
    services = web.services()
    own_app = apps.own_app(services, seat.scope, KEY)
    return app_file(
        services.settings.public_url,
        client_id=own_app[0].client_id if own_app else "",
        all_orders=_has_all_orders(seat),
    )


def _page(seat: ConsoleSeat, error: MostradorError | None = None) -> Response:
    services = web.services()
    own_app, common = apps.own_app(services, seat.scope, KEY), apps.common_keys(services, KEY)
    return web.console_page(
        PAGES, "connect.html", seat=seat, locale=seat.locale, form_targets=_place().forms(),
        status=(error.status if error.status < 500 else 422) if error else 200,
        error=error, own=own_app[0] if own_app else None, common=common is not None,
        asked=_asked(seat), file=_app_file(seat), file_name=NAME,
        public_url=services.settings.public_url, dashboard=_place().dashboard,
        shops=[_rights(known) for known in _shops(seat)], form=request.form,
        saved=request.args.get("saved", ""), scopes=",".join(scopes_to_ask(_has_all_orders(seat))),
    )  # fmt: skip


def _rights(known: Connection) -> Mapping[str, str]:
    options = known.options
    return {
        "label": known.label,
        "missing": options.get(RIGHTS_MISSING, ""),
        "withheld": options.get(WITHHELD, ""),
        "days": options.get(HISTORY_DAYS, ""),
    }
