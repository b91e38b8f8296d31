"""Who calls: keys over https as Basic or query, OAuth 1.0a in the query over plain http.

An unknown key, a dropped header and Basic over http all leave the caller anonymous; only a known
key with a wrong secret or signature is told so.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from .answers import ApiError
from .php import Query, leading_number
from .records import ADMINISTRATOR, SHOP_MANAGER, ApiKey
from .shop import Shop

_WINDOW_SECONDS = 15 * 60
_OAUTH = (
    "oauth_consumer_key",
    "oauth_timestamp",
    "oauth_nonce",
    "oauth_signature",
    "oauth_signature_method",
)
_HASHES = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}
_REALM = (
    "WooCommerce API. Use a consumer key in the username field "
    "and a consumer secret in the password field."
)
CHALLENGE = {"WWW-Authenticate": f'Basic realm="{_REALM}"'}


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """What of a request counts for authentication. `url` has no query."""

    method: str
    url: str
    path: str
    authorization: str
    query: Query

    @property
    def secure(self) -> bool:
        return self.url.startswith("https:")


def identify(shop: Shop, knock: Knock) -> ApiKey | None:
    """The key that called, None for nobody. Raises ApiError 401 for a known key used wrongly."""
    if "wp-json/wc/" not in knock.path and "wp-json/wc-" not in knock.path:
        return None
    key = _by_secret(shop, knock) if knock.secure else None
    return key or _by_signature(shop, knock)


def check_scope(key: ApiKey, method: str) -> None:
    """Raises ApiError 401 if the key may not read or write."""
    if method == "OPTIONS":
        return
    wanted = "read" if method in ("GET", "HEAD") else "write"
    if wanted not in key.permissions.split("_"):
        raise _refused(f"The API key provided does not have {wanted} permissions.")


def may_manage(shop: Shop, user: int) -> bool:
    """Whether the user behind a key may see and change the shop; a demoted one may not."""
    return shop.users.get(user) in (ADMINISTRATOR, SHOP_MANAGER)


def _by_secret(shop: Shop, knock: Knock) -> ApiKey | None:
    name, secret = _query_pair(knock.query) or _basic_pair(shop, knock.authorization)
    key = _known(shop, name)
    if key is None or not secret:
        return None
    if not hmac.compare_digest(key.secret.encode(), secret.encode()):
        raise _refused("Consumer secret is invalid.")
    return key


def _query_pair(query: Query) -> tuple[str, str] | None:
    name, secret = query.get("consumer_key"), query.get("consumer_secret")
    return (name, secret) if isinstance(name, str) and isinstance(secret, str) and name else None


def _basic_pair(shop: Shop, header: str) -> tuple[str, str]:
    kind, _, coded = header.partition(" ")
    if shop.site.header_eaten or kind.lower() != "basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret


def _known(shop: Shop, name: str) -> ApiKey | None:
    return next((key for key in shop.known_keys() if key.key == name), None)


def _by_signature(shop: Shop, knock: Knock) -> ApiKey | None:
    missing = [name for name in _OAUTH if not knock.query.get(name)]
    if len(missing) == len(_OAUTH):
        return None
    if missing:
        word = "parameter" if len(missing) == 1 else "parameters"
        text = f"Missing OAuth {word} {', '.join(missing)}"
        raise ApiError(401, "woocommerce_rest_authentication_missing_parameter", text, allow=False)
    key = _known(shop, str(knock.query["oauth_consumer_key"]))
    if key is None:
        raise _refused("Consumer key is invalid.")
    _check_signature(key, knock)
    _check_freshness(shop, key, knock.query)
    return key


def _check_signature(key: ApiKey, knock: Knock) -> None:
    signed = {name: value for name, value in knock.query.items() if name != "oauth_signature"}
    method = str(signed["oauth_signature_method"])
    if method not in _HASHES:
        raise _refused("Invalid signature - signature method is invalid.")
    text = f"{knock.method}&{_encoded(knock.url)}&{'%26'.join(_joined(signed))}"
    digest = hmac.new(f"{key.secret}&".encode(), text.encode(), _HASHES[method]).digest()
    given = unquote(str(knock.query["oauth_signature"]).replace(" ", "+"))
    if not hmac.compare_digest(base64.b64encode(digest), given.encode()):
        raise _refused("Invalid signature - provided signature does not match.")


def _joined(query: Query) -> list[str]:
    pairs: list[str] = []
    for name in sorted(query):
        pairs += _pairs(_encoded(name), query[name])
    return [_encoded(pair) for pair in pairs]


def _pairs(name: str, value: Any) -> list[str]:
    if not isinstance(value, dict):
        return [f"{name}={_encoded(str(value))}"]
    inner = (_pairs(f"{name}%5B{key}%5D", member) for key, member in value.items())
    return [pair for pairs in inner for pair in pairs]


def _encoded(text: str) -> str:
    return quote(text, safe="")


def _check_freshness(shop: Shop, key: ApiKey, query: Query) -> None:
    moment = int(leading_number(str(query["oauth_timestamp"])))
    now = int(shop.clock().timestamp())
    if abs(now - moment) > _WINDOW_SECONDS:
        raise _refused("Invalid timestamp.")
    nonce = (key.key, str(query["oauth_nonce"]))
    with shop.lock:
        for old in [seen for seen, at in shop.nonces.items() if at < now - _WINDOW_SECONDS]:
            del shop.nonces[old]
        if nonce in shop.nonces:
            raise _refused("Invalid nonce - nonce has already been used.")
        shop.nonces[nonce] = moment


def _refused(text: str) -> ApiError:
    return ApiError(401, "woocommerce_rest_authentication_error", text, allow=False)
