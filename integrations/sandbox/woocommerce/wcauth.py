"""/wc-auth/v1/…: the pages on which a shop's owner lets a program in, and the key that is posted to
it. Whoever comes is logged in already as the shop's manager.

As in the real shop the caller's `user_id` is put into the next addresses as it is, the link of
Approve works again and again, and only a callback answered by exactly 200 leaves a key behind.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from html import escape
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import requests
from flask import Response

from .answers import as_json
from .auth import may_manage
from .faults import Faults
from .shop import Shop

PREFIX = "/wc-auth/v1/"
_PARAMETERS = ("app_name", "user_id", "return_url", "callback_url", "scope")
_SCOPES = {"read": "Read", "write": "Write", "read_write": "Read/Write"}
_PATIENCE = 60
_NOT_SENT = (
    "An error occurred in the request and at the time were unable to send the consumer data."
)


class Denied(Exception):
    """Ends on a page with 401; the program is never told."""


class Doorkeeper:
    """The pages of one shop."""

    def __init__(self, shop: Shop, faults: Faults) -> None:
        self._shop = shop
        self._faults = faults
        self._nonce = secrets.token_hex(5)

    def answer(self, path: str, base: str, given: Mapping[str, str]) -> Response:
        """`path` is what follows PREFIX."""
        route = path.strip("/")
        try:
            if route == "authorize":
                return self._ask(base, given)
            if route == "access_granted":
                return self._grant(base, given)
        except Denied as error:
            return _page("Access denied", f"<p>Error: {escape(str(error))}.</p>", 401)
        return Response("<!DOCTYPE html><title>404 Not Found</title>", 404, mimetype="text/html")

    def _ask(self, base: str, given: Mapping[str, str]) -> Response:
        wanted = self._checked(given)
        name, host = escape(wanted["app_name"]), escape(urlsplit(wanted["callback_url"]).netloc)
        approve = f"{base}{PREFIX}access_granted/?{_query(wanted)}&wc_auth_nonce={self._nonce}"
        deny = _with(wanted["return_url"], "0", wanted["user_id"])
        return _page(
            "Application authentication request",
            f"<p>{name} would like to connect to your store</p>"
            f"<p>This will give “{name}” {_SCOPES[wanted['scope']]} access.</p>"
            f"<p>Approving will share credentials with {host}. Do not proceed if this looks "
            "suspicious in any way.</p><p>Logged in as gestora</p>"
            f'<p><a href="{escape(approve)}">Approve</a> <a href="{escape(deny)}">Deny</a></p>',
        )

    def _grant(self, base: str, given: Mapping[str, str]) -> Response:
        wanted = self._checked(given)
        if given.get("wc_auth_nonce") != self._nonce:
            raise Denied("Invalid nonce verification")
        key = self._shop.grant(
            key=f"ck_{secrets.token_hex(20)}",
            secret=f"cs_{secrets.token_hex(20)}",
            user_id=self._manager(),
            permissions=wanted["scope"],
        )
        problem = self._post(base, wanted, key)
        if problem:
            self._shop.drop("granted", key["id"])
            raise Denied(problem)
        return Response("", 302, {"Location": _with(wanted["return_url"], "1", wanted["user_id"])})

    def _post(self, base: str, wanted: Mapping[str, str], key: Mapping[str, object]) -> str:
        """Why the key did not arrive, "" if it did."""
        for fault in self._faults.take(("callback",), ("latency", "down")):
            if fault.fault == "down":
                return "A valid URL was not provided."
            time.sleep(fault.seconds)
        body = {
            "key_id": key["id"],
            "user_id": wanted["user_id"],
            "consumer_key": key["key"],
            "consumer_secret": key["secret"],
            "key_permissions": key["permissions"],
        }
        headers = {
            "User-Agent": f"WordPress/{self._shop.site.wordpress}; {base}",
            "Content-Type": "application/json;charset=UTF-8",
        }
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.post(
                    wanted["callback_url"], data=as_json(body), headers=headers, timeout=_PATIENCE
                )
        except requests.RequestException:
            return "A valid URL was not provided."
        return "" if answer.status_code == 200 else _NOT_SENT

    def _checked(self, given: Mapping[str, str]) -> Mapping[str, str]:
        for name in _PARAMETERS:
            if not given.get(name):
                raise Denied(f"Missing parameter {name}")
        wanted = {name: given[name] for name in _PARAMETERS}
        if wanted["scope"] not in _SCOPES:
            raise Denied(f"Invalid scope {wanted['scope']}")
        if "://" not in wanted["callback_url"]:
            wanted["callback_url"] = f"https://{wanted['callback_url']}"
        for name in ("return_url", "callback_url"):
            parts = urlsplit(wanted[name])
            if not parts.scheme or not (parts.netloc or parts.path):
                raise Denied(f"The {wanted[name]} is not a valid URL")
        # a pretend shop on a developer's machine may be told to let this pass
        secure = wanted["callback_url"].startswith("https:") or self._shop.site.plain_callbacks
        if not secure:
            raise Denied("The callback_url needs to be over SSL")
        return wanted

    def _manager(self) -> int:
        return next(user for user in self._shop.users if may_manage(self._shop, user))


def _query(wanted: Mapping[str, str]) -> str:
    """The user_id goes in as it came: whatever it holds breaks what follows."""
    before = f"app_name={quote(wanted['app_name'])}&user_id={wanted['user_id']}"
    rest = {name: wanted[name] for name in ("return_url", "callback_url", "scope")}
    return f"{before}&{urlencode(rest)}"


def _with(url: str, success: str, user_id: str) -> str:
    parts = urlsplit(url)
    query = f"{parts.query}&" if parts.query else ""
    return urlunsplit(parts._replace(query=f"{query}success={success}&user_id={user_id}"))


def _page(title: str, body: str, status: int = 200) -> Response:
    html = (
        f'<!DOCTYPE html><html lang="en"><head><title>{title}</title></head>'
        f"<body><h1>{title}</h1>{body}</body></html>"
    )
    return Response(html, status, mimetype="text/html")
