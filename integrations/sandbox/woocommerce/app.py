"""The web server before WordPress: addresses, headers, and the mishaps on order."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

from flask import Flask, Response, request
from werkzeug.datastructures import Headers

from integrations.sandbox.hooks import control as hooks_control
from integrations.sandbox.serving import hang_up

from . import control, coupons, customers, mails, notes, orders, products, refunds, site
from .answers import as_json
from .auth import Knock
from .casa_oliva import picture
from .faults import Faults
from .payments import Payments
from .php import plain, query
from .records import Json
from .refunding import RefundRefused, remaining
from .routes import Incoming, Outgoing, Route, dispatch
from .shop import Shop
from .wcauth import PREFIX, Doorkeeper
from .webhooks import Hooks

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_REST = "/wp-json"
_JSON = "application/json; charset=UTF-8"
_NO_CACHE = "no-cache, must-revalidate, max-age=0, no-store, private"
_BEFORE = ("latency", "down", "drop_before", "throttled", "html", "error_before", "bad_token")
_AFTER = ("late_answer", "drop_after", "error_after")
_WALL = (
    "<!DOCTYPE html><html><head><title>Access denied</title></head><body>"
    "<h1>403 Forbidden</h1><p>Your request was blocked by the security filter.</p></body></html>"
)
_CRITICAL = {
    "code": "internal_server_error",
    "message": "<p>There has been a critical error on this website.</p>",
    "data": {"status": 500, "error": {"type": 1, "message": "Allowed memory size exhausted"}},
    "additional_errors": [],
}
_REVOKED = {
    "code": "woocommerce_rest_cannot_view",
    "message": "Sorry, you cannot list resources.",
    "data": {"status": 401},
}
_SMALL_REFUND = Decimal(1)


def build(shop: Shop, gateway: str) -> Flask:
    """The app of one shop."""
    app = Flask(__name__, static_folder=None)
    payments, faults = Payments(gateway), Faults()
    app.extensions["shop"] = shop
    hooks = Hooks(shop, faults)
    app.extensions["hooks"] = hooks
    app.register_blueprint(hooks_control(hooks.courier))
    app.register_blueprint(control.blueprint(shop, payments, faults))
    table = (
        *site.ROUTES,
        *orders.ROUTES,
        *notes.ROUTES,
        *coupons.ROUTES,
        *mails.routes(shop.site.version),
        *refunds.routes(payments),
        *customers.ROUTES,
        *products.ROUTES,
        *hooks.routes(),
    )
    front = _Front(shop, table, payments, faults)

    @app.route("/", defaults={"path": ""}, methods=_METHODS)
    @app.route("/<path:path>", methods=_METHODS)
    def everything(path: str) -> Response:
        return front.answer(f"/{path}")

    return app


class _Front:
    def __init__(
        self, shop: Shop, table: tuple[Route, ...], payments: Payments, faults: Faults
    ) -> None:
        self._shop = shop
        self._table = table
        self._payments = payments
        self._faults = faults
        self._doorkeeper = Doorkeeper(shop, faults)

    def answer(self, path: str) -> Response:
        drawn = picture(path)
        if drawn is not None:
            # as from a content network: no fault of the server touches it or is used up by it
            return Response(drawn, mimetype="image/svg+xml")
        inside = self._inside(path)
        if inside is None:
            return _missing_page()
        places = _places(inside)
        for fault in self._faults.take(places, _BEFORE):
            if fault.fault == "latency":
                time.sleep(fault.seconds)
            else:
                return _mishap(fault.fault)
        if "read" in places:
            self._change_meanwhile(inside)
        answer = self._wordpress(path, inside)
        for fault in self._faults.take(places, _AFTER):
            if fault.fault != "late_answer":
                return _mishap(fault.fault)
            time.sleep(fault.seconds)
        return answer

    def _inside(self, path: str) -> str | None:
        """The path as a site at the top of its host with the usual prefix has it; None outside
        the site's folder."""
        site = self._shop.site
        if not f"{path}/".startswith(f"{site.folder}/"):
            return None
        path = path.removeprefix(site.folder) or "/"
        head, _, tail = path.removeprefix("/").partition("/")
        if head == site.rest_prefix:
            return f"{_REST}/{tail}"
        return "/" if f"/{head}" == _REST else path

    def _wordpress(self, path: str, inside: str) -> Response:
        site, base = self._shop.site, self._base()
        arguments = list(request.args.items(multi=True))
        rest_route = request.args.get("rest_route")
        if rest_route is None and inside.startswith(_REST) and site.plain_permalinks:
            return _missing_page()
        if inside.startswith(PREFIX) and site.plain_permalinks:
            return _missing_page()
        if inside.startswith(PREFIX) and site.plugin_on:
            given = request.args.to_dict()
            return self._doorkeeper.answer(inside.removeprefix(PREFIX), base, given)
        if rest_route is None and not inside.startswith(_REST):
            return _front_page(self._api_link())
        knock = Knock(
            method=request.method,
            url=f"{base.removesuffix(site.folder)}{path}",
            path=inside,
            authorization=request.headers.get("Authorization", ""),
            query=query(arguments),
        )
        incoming = Incoming(
            knock=knock,
            base=base,
            path=rest_route or inside.removeprefix(_REST) or "/",
            content_type=request.content_type or "",
            body=request.get_data(),
        )
        return _response(self._api_link(), dispatch(self._shop, self._table, incoming))

    def _api_link(self) -> str:
        site, base = self._shop.site, self._base()
        if site.plain_permalinks:
            return f"{base}/index.php?rest_route=/"
        return f"{base}/{site.rest_prefix}/"

    def _base(self) -> str:
        settings = self._shop.site
        forwarded = request.headers.get("X-Forwarded-Proto", "")
        secure = request.is_secure or settings.https
        secure = secure or (settings.trust_forwarded_proto and forwarded == "https")
        host = settings.home.partition("://")[2] or request.host
        return f"{'https' if secure else 'http'}://{host}{settings.folder}"

    def _change_meanwhile(self, path: str) -> None:
        """The fault "changed": a refund from elsewhere slips in before an order is read."""
        order = self._order(path)
        left = remaining(self._shop, order) if order else Decimal(0)
        if order is None or left <= 0 or not self._faults.take(("read",), ("changed",)):
            return
        amount = min(_SMALL_REFUND, left)
        try:
            refunds.admin_refund(self._shop, self._payments, order, plain(amount))
        except RefundRefused as refusal:
            raise RuntimeError("the refund from elsewhere was refused") from refusal

    def _order(self, path: str) -> Json | None:
        head, _, tail = path.removeprefix(f"{_REST}/wc/v3/").partition("/")
        number = tail.partition("/")[0]
        is_order = head == "orders" and number.isdecimal()
        return self._shop.get("orders", int(number)) if is_order else None


def _places(path: str) -> tuple[str, ...]:
    """What faults may be set on: the kind of a call, and of a write its method with the last name
    in its path ("POST notes")."""
    if request.method in ("GET", "HEAD"):
        return ("read",)
    names = [part for part in path.split("/") if not part.isdecimal()]
    exact = f"{request.method} {names[-1]}"
    is_refund = request.method == "POST" and path.endswith("/refunds")
    return ("refund" if is_refund else "write", exact)


def _mishap(fault: str) -> Response:
    if fault in ("down", "drop_before", "drop_after"):
        hang_up(request.environ)
        return Response(b"")
    if fault == "html":
        return Response(_WALL, 403, mimetype="text/html")
    if fault == "throttled":
        page = "<html><body><h1>429 Too Many Requests</h1></body></html>"
        return Response(page, 429, {"Retry-After": "1"}, mimetype="text/html")
    if fault == "bad_token":
        return _json(_REVOKED, 401, {})
    return _json(_CRITICAL, 500, {})


def _front_page(api: str) -> Response:
    page = Response("<!DOCTYPE html><title>Tienda</title>", mimetype="text/html")
    page.headers["Link"] = _link(api)
    return page


def _missing_page() -> Response:
    return Response("<!DOCTYPE html><title>404 Not Found</title>", 404, mimetype="text/html")


def _link(api: str) -> str:
    return f'<{api}>; rel="https://api.w.org/"'


def _response(api: str, outgoing: Outgoing) -> Response:
    headers = {"Link": _link(api)}
    headers |= {"X-Content-Type-Options": "nosniff"}
    if outgoing.allow:
        headers["Allow"] = ", ".join(outgoing.allow)
    if outgoing.logged_in:
        headers["Cache-Control"] = _NO_CACHE
    headers |= outgoing.answer.headers
    return _json(outgoing.answer.body, outgoing.answer.status, headers)


class _Verbatim(Response):
    """Keeps Location as it is: the real server sends a pattern there that is no address."""

    def get_wsgi_headers(self, environ: Any) -> Headers:
        headers = super().get_wsgi_headers(environ)
        if "Location" in self.headers:
            headers["Location"] = self.headers["Location"]
        return headers


def _json(body: object, status: int, headers: dict[str, str]) -> Response:
    return _Verbatim(as_json(body), status, headers, content_type=_JSON)
