"""How we get into a shop and stay in: the OAuth grants, their answers, and the admin's session
tokens. Pure, but for the one call each grant makes; the shop's secrets are in no error.

https://shopify.dev/docs/apps/build/authentication-authorization
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from shopify import session_token

from plugin.errors import (
    BadAnswer,
    GrantRevoked,
    LaunchRefused,
    PlatformError,
    RateLimited,
    SetupError,
    Unreachable,
)
from plugin.ports.http import Answer, Http
from plugin.ports.store import AppKeys, Connection

from .client import base_url
from .scopes import to_ask

SHOP = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")
STALE = 90
_TIMEOUT = (5.0, 20.0)
_EXCHANGE = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
    "requested_token_type": "urn:shopify:params:oauth:token-type:offline-access-token",
}
_OWN_SHOP = "client_credentials"
_OFFLINE = "offline"
# OAuth's word for a refusal -> ours
_REFUSALS = {
    "invalid_grant": "grant_ended",
    "invalid_client": "app_keys_wrong",
    "application_cannot_be_found": "app_keys_wrong",
    "app_not_installed": "app_not_installed",
    "shop_not_permitted": "app_other_owner",
    "invalid_subject_token": "session_token_refused",
    "invalid_request": "install_code_refused",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who has our page open in the admin, as the shop signed it."""

    shop: str
    user: str
    client_id: str


# -- what the browser brings


def authorize_url(
    base: str, app: AppKeys, *, back: str, state: str, all_orders: bool = False
) -> str:
    """Where the owner grants the app its scopes. `base` is the shop's address with scheme."""
    query = {
        "client_id": app.client_id,
        "scope": ",".join(to_ask(all_orders)),
        "redirect_uri": back,
        "state": state,
    }
    return f"{base}/admin/oauth/authorize?{urlencode(query)}"


def check_callback(
    query: Sequence[tuple[str, str]], app: AppKeys, *, shop: str, now: datetime
) -> str:
    """The code that the shop sends back with the browser. Its state was used up before, which told
    the `shop` it was made for. Raises LaunchRefused."""
    given = dict(query)
    if len(given) < len(query) or not is_signed(given, app.secrets):
        raise LaunchRefused("install_unsigned")
    at = given.get("timestamp", "")
    if not at.isascii() or not at.isdigit() or abs(now.timestamp() - int(at)) > STALE:
        raise LaunchRefused("install_stale")
    if not SHOP.fullmatch(given.get("shop", "")) or given["shop"] != shop:
        raise LaunchRefused("install_other_shop")
    if not given.get("code"):
        raise LaunchRefused("install_unsigned")
    return given["code"]


def is_signed(query: Mapping[str, str], keys: Sequence[str]) -> bool:
    """HMAC-SHA256 over the sorted rest. The vendor's own libraries differ in whether values are
    URL-encoded first, so both forms count."""
    rest = sorted((k, v) for k, v in query.items() if k not in ("hmac", "signature"))
    forms = [
        "&".join(f"{name}={value}" for name, value in rest),
        "&".join(f"{_plain(name).replace('=', '%3D')}={_plain(value)}" for name, value in rest),
        "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in rest),
    ]
    given = query.get("hmac", "").encode()
    matches = [
        hmac.compare_digest(hmac.new(key.encode(), form.encode(), "sha256").hexdigest().encode(),
                            given)
        for key in keys for form in forms
    ]  # fmt: skip
    return any(matches)


def _plain(text: str) -> str:
    return text.replace("%", "%25").replace("&", "%26")


def _encoded(text: str) -> str:
    return quote(text, safe="!'()*-._~")


# -- session tokens


def claimed_app(token: str) -> str:
    """The client id a session token says it is for; proven by `session` alone."""
    body = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        known = msgspec.json.decode(raw, type=dict[str, Any])
    except (ValueError, binascii.Error):
        return ""
    audience = known.get("aud")
    return audience if isinstance(audience, str) else ""


def session(token: str, app: AppKeys) -> Session:
    """Signed with the app's secret (or the one before), for this app, of this minute. Raises
    LaunchRefused("session_token_refused")."""
    for secret in app.secrets:
        try:
            known = session_token.decode_from_header(f"Bearer {token}", app.client_id, secret)
        except (session_token.SessionTokenError, ValueError, TypeError, AttributeError):
            continue
        shop = urlsplit(str(known.get("dest"))).hostname or ""
        if "exp" in known and "nbf" in known and SHOP.fullmatch(shop):
            return Session(shop=shop, user=str(known["sub"]), client_id=app.client_id)
    raise LaunchRefused("session_token_refused")


# -- grants


def exchange(base: str, app: AppKeys, token: str, http: Http, now: datetime) -> dict[str, str]:
    """A session token for an expiring offline token. Raises GrantRevoked, PlatformError,
    OutcomeUnknown."""
    wanted = {**_EXCHANGE, "subject_token": token, "expiring": 1}
    return _asked(base, app, wanted, http, now, grant=_OFFLINE)


def redeem(base: str, app: AppKeys, code: str, http: Http, now: datetime) -> dict[str, str]:
    """The code of a callback for an expiring offline token; likewise."""
    return _asked(base, app, {"code": code, "expiring": 1}, http, now, grant=_OFFLINE)


def own_shop(base: str, app: AppKeys, http: Http, now: datetime) -> dict[str, str]:
    """For a shop of the organisation that owns the app, once the app is installed there."""
    return _asked(base, app, {"grant_type": _OWN_SHOP}, http, now, grant=_OWN_SHOP)


def renew(known: Connection, app: AppKeys, http: Http, now: datetime) -> Mapping[str, str]:
    """See plugin.ports.store. After a lost answer the old refresh token still works."""
    base = base_url(known.address)
    if known.credentials.get("grant") == _OWN_SHOP:
        return own_shop(base, app, http, now)
    token = known.credentials.get("refresh_token", "")
    if not token:
        raise GrantRevoked("grant_ended")
    wanted = {"grant_type": "refresh_token", "refresh_token": token}
    return _asked(base, app, wanted, http, now, grant=_OFFLINE)


def _asked(
    base: str, app: AppKeys, wanted: Mapping[str, object], http: Http, now: datetime, *, grant: str
) -> dict[str, str]:
    """With the newest secret, and the one before if that is no longer (or not yet) known."""
    trouble: PlatformError | SetupError = SetupError("app_keys_missing")
    for secret in app.secrets:
        body = {"client_id": app.client_id, "client_secret": secret, **wanted}
        answer = http.send(
            "POST", f"{base}/admin/oauth/access_token", headers={"Accept": "application/json"},
            json=body, timeout=_TIMEOUT, write=True,
        )  # fmt: skip
        if answer.status == 200:
            return _credentials(answer, app, now, grant)
        trouble = _refusal(answer)
        if trouble.code != "app_keys_wrong":
            break
    raise trouble


def _credentials(answer: Answer, app: AppKeys, now: datetime, grant: str) -> dict[str, str]:
    try:
        known = msgspec.json.decode(answer.body, type=dict[str, Any])
        token = known["access_token"]
        made = {
            "access_token": str(token) if token else "",
            "scope": str(known.get("scope") or ""),
            "client_id": app.client_id,
            "grant": grant,
            "granted_at": now.isoformat(),
        }
        if known.get("expires_in"):
            made["expires_at"] = _after(now, known["expires_in"])
        if known.get("refresh_token"):
            made["refresh_token"] = str(known["refresh_token"])
            made["renew_by"] = _after(now, known["refresh_token_expires_in"])
    except (KeyError, TypeError, ValueError, OverflowError):
        made = {}
    if not made.get("access_token"):
        # outside the except block on purpose: the decoder's error may quote what it met
        raise BadAnswer("bad_answer", cause="no_token")
    return made


def _after(now: datetime, seconds: object) -> str:
    return (now + timedelta(seconds=int(str(seconds)))).isoformat()


def _refusal(answer: Answer) -> PlatformError:
    """What a token endpoint means by saying no; parts of it answer in HTML."""
    word = _word(answer.body)
    if word in _REFUSALS:
        return GrantRevoked(_REFUSALS[word])
    if answer.status in (402, 423):
        return Unreachable("shop_frozen")
    if answer.status == 404:
        return GrantRevoked("shop_gone")
    if answer.status in (429, 430):
        return RateLimited()
    if answer.status >= 500:
        return Unreachable("shop_unreachable", status=answer.status)
    return BadAnswer("bad_answer", status=answer.status)


def _word(body: bytes) -> str:
    try:
        known = msgspec.json.decode(body, type=dict[str, Any])
    except ValueError:
        named = re.search(r"Oauth error (\w+)", body[:20_000].decode(errors="replace"))
        return named.group(1) if named else ""
    return str(known.get("error") or "")
