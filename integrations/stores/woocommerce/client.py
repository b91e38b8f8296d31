"""Calls of the REST API (wc/v3) of one shop, and what its answers mean.

What happened is told by the JSON `code`, never by the text (translated, full of entities) or the
status alone: a refused refund comes as HTTP 500. Over https keys go as Basic auth or, where the
server eats that header, in the query; over plain http each call is signed (OAuth 1.0a).
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from woocommerce.oauth import OAuth

from integrations.http import retry_after
from plugin.errors import (
    ActionRefused,
    BadAnswer,
    GrantRevoked,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Unreachable,
)
from plugin.ports.http import Answer, Http

from .values import clean

T = TypeVar("T")
Query = Mapping[str, str]

READ_TIMEOUT = (5.0, 20.0)
QUICK_TIMEOUT = (2.0, 4.5)
"""For previews, which have 10 s in all."""
REFUND_TIMEOUT = (5.0, 65.0)
CONFIGURE_TIMEOUT = (5.0, 30.0)
"""Making a webhook, the shop calls us before it answers."""
PREFIX = "wp-json"
"""Where WordPress has its REST API below the shop's address, unless told otherwise."""
_API = "wc/v3/"
# In no plugin's routes: the call is refused before anything could handle it.
_NOWHERE = "mostrador/may-i-write"
# The shop says these after it put everything back: nothing was refunded.
_NOT_REFUNDED = frozenset(
    {
        "woocommerce_rest_cannot_create_order_refund",
        "woocommerce_rest_invalid_order_refund",
        "woocommerce_rest_invalid_order_id",
    }
)
INDEX_FIELDS = (
    "name,url,home,timezone_string,gmt_offset,namespaces"  # the whole answer is over a megabyte
)
_LONGEST_MESSAGE = 200


class _Problem(msgspec.Struct):
    code: str
    message: str = ""


_PROBLEM = msgspec.json.Decoder(_Problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """An answer to a list call; `total` and `pages` are None where the headers were lost."""

    body: bytes
    total: int | None
    pages: int | None


class WooClient:
    """One shop. `address` is its base URL, folder included; `prefix` where its REST API lies below
    that. Cheap to make."""

    def __init__(
        self,
        http: Http,
        *,
        address: str,
        key: str,
        secret: str,
        query_auth: bool = False,
        prefix: str = PREFIX,
    ) -> None:
        self._http = http
        self._base = address.rstrip("/")
        self._root = f"{self._base}/{prefix}/"
        self._key = key
        self._secret = secret
        scheme = urlsplit(self._base).scheme.lower()
        self._mode = ("query" if query_auth else "basic") if scheme == "https" else "signed"

    @property
    def base(self) -> str:
        return self._base

    def index(self) -> bytes:
        """What the site says of itself to anybody; no keys are sent."""
        answer = self._http.send(
            "GET",
            self._root,
            params={"_fields": INDEX_FIELDS},
            timeout=READ_TIMEOUT,
            write=False,
            retry=True,
        )
        _check_read(answer, self._base)
        return answer.body

    def read(
        self, path: str, query: Query | None = None, *, fresh: bool = False, quick: bool = False
    ) -> Listing:
        """A GET. `fresh` gets past caches of the host, `quick` is for a person who waits: short
        time-outs, no repeats.

        Raises Unreachable, RateLimited, GrantRevoked, BadAnswer, NotFound("order_not_found").
        """
        query = dict(query or {})
        if fresh or quick:
            query["_"] = secrets.token_hex(4)
        url, headers = self._request("GET", path, query)
        answer = self._http.send(
            "GET",
            url,
            headers=headers,
            timeout=QUICK_TIMEOUT if quick else READ_TIMEOUT,
            write=False,
            # a repeated signed call would bring its nonce a second time and be refused for it
            retry=not quick and self._mode != "signed",
        )
        _check_read(answer, self._base)
        return Listing(
            body=answer.body,
            total=_number(answer, "X-WP-Total"),
            pages=_number(answer, "X-WP-TotalPages"),
        )

    def refund(self, order_id: str, body: Mapping[str, object]) -> bytes:
        """Creates a refund, once; see `change`."""
        return self.change("POST", f"orders/{order_id}/refunds", body, made=201)

    def change(
        self,
        method: str,
        path: str,
        body: Mapping[str, object],
        *,
        query: Query | None = None,
        made: int = 200,
    ) -> bytes:
        """Changes something, once; the answer is whole with the status `made`. Raises
        ActionRefused("shop_refused"), GrantRevoked, RateLimited, Unreachable if it surely did not
        run, else OutcomeUnknown."""
        url, headers = self._request(method, path, query or {})
        answer = self._http.send(
            method, url, headers=headers, json=body, timeout=REFUND_TIMEOUT, write=True
        )
        if answer.status == made and answer.body.lstrip()[:1] == b"{":
            return answer.body
        _refuse_write(answer)

    def ask(self, path: str, query: Query) -> Answer:
        """A GET whose answer the caller judges. Raises Unreachable, BadAnswer."""
        url, headers = self._request("GET", path, query)
        return self._http.send("GET", url, headers=headers, timeout=READ_TIMEOUT, write=False)

    def ask_to_write(self) -> Answer:
        """A POST to a route that does not exist. The permission of the key is looked at before the
        route is, so a key that may write is told 404 and one that only reads 401; nothing is ever
        handled. Raises Unreachable, OutcomeUnknown."""
        url, headers = self._request("POST", _NOWHERE, {})
        return self._http.send(
            "POST", url, headers=headers, json={}, timeout=READ_TIMEOUT, write=True
        )

    def configure(
        self, method: str, path: str, body: Mapping[str, object], query: Query | None = None
    ) -> str:
        """A change of the shop's settings, such that doing it twice does no harm. Returns the
        shop's own code if it refused, else "". Raises PlatformError."""
        url, headers = self._request(method, path, query or {})
        try:
            answer = self._http.send(
                method, url, headers=headers, json=body, timeout=CONFIGURE_TIMEOUT, write=True
            )
        except OutcomeUnknown as error:
            raise Unreachable("shop_unreachable") from error
        if 200 <= answer.status < 300:
            return ""
        problem = _problem(answer)
        if problem is not None and answer.status in (400, 401, 403, 404):
            return problem.code
        _check_read(answer, self._base)
        return ""

    def _request(self, method: str, path: str, query: Query) -> tuple[str, Mapping[str, str]]:
        url = f"{self._root}{_API}{path}"
        headers = {"Accept": "application/json"}
        if self._mode == "signed":
            return signed(method, _with_query(url, query), self._key, self._secret), headers
        if self._mode == "query":
            keys = {"consumer_key": self._key, "consumer_secret": self._secret}
            return _with_query(url, {**query, **keys}), headers
        pair = base64.b64encode(f"{self._key}:{self._secret}".encode()).decode()
        return _with_query(url, query), {**headers, "Authorization": f"Basic {pair}"}


def signed(method: str, url: str, key: str, secret: str) -> str:
    """The URL with OAuth parameters. Two parts of the library are replaced: its encoding decodes
    percent signs in values first and leaves slashes, both refused by the shop as an invalid
    signature; and its nonce has only eight digits of chance."""
    oauth = OAuth(url=url, consumer_key=key, consumer_secret=secret, method=method, version="wc/v3")
    oauth.normalize_parameters = _encoded_twice
    oauth.generate_nonce = secrets.token_hex
    return str(oauth.get_oauth_url())


def _encoded_twice(parameters: Mapping[str, object]) -> Mapping[str, str]:
    return {
        _encoded(_encoded(name)): _encoded(_encoded(str(value)))
        for name, value in parameters.items()
    }


def _encoded(text: str) -> str:
    return quote(text, safe="")


def _with_query(url: str, query: Query) -> str:
    return f"{url}?{urlencode(query)}" if query else url


def decoded(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """Raises BadAnswer. A notice or byte order mark printed before the JSON is passed over: for
    reads only, as nothing depends on it."""
    try:
        return decoder.decode(body)
    except ValueError as error:
        trouble = error
    starts = [place for place in (body.find(b"["), body.find(b"{")) if place > 0]
    try:
        return decoder.decode(body[min(starts, default=0) :])
    except ValueError as error:
        code = "shop_blocked" if is_page(body) else "bad_answer"
        raise BadAnswer(code, cause=type(trouble).__name__) from error


def problem_code(answer: Answer) -> str:
    """The `code` of the API's own error object, "" for anything else."""
    problem = _problem(answer)
    return problem.code if problem else ""


def _problem(answer: Answer) -> _Problem | None:
    """The API's own error object, None for anything else (HTML, a proxy's page, nothing)."""
    try:
        return _PROBLEM.decode(answer.body)
    except ValueError:
        return None


def _check_read(answer: Answer, base: str) -> None:
    if 200 <= answer.status < 300:
        return
    problem = _problem(answer)
    if answer.status == 429:
        raise RateLimited(_wait(answer))
    if answer.status >= 500:
        raise Unreachable("shop_unreachable", status=answer.status)
    if answer.status in (401, 403) and problem:
        if _place(answer.url) != _place(base):
            # redirected to another host or to plain http, where our keys did not go along
            raise BadAnswer("bad_answer", cause="redirected")
        raise GrantRevoked("shop_key_rejected", cause=problem.code)
    if answer.status == 404 and problem and problem.code.endswith("_invalid_id"):
        raise NotFound("order_not_found")
    if problem is None and answer.status != 404 and is_page(answer.body):
        raise BadAnswer("shop_blocked", status=answer.status)
    raise BadAnswer("bad_answer", status=answer.status, cause=problem.code if problem else "")


def _place(url: str) -> tuple[str, str | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname


def _refuse_write(answer: Answer) -> NoReturn:
    """Only what certainly did not run is said so; all else is unknown."""
    problem = _problem(answer)
    if answer.status == 429:
        raise RateLimited(_wait(answer))
    if problem is None:
        raise OutcomeUnknown("answer_lost", status=answer.status)
    if problem.code in _NOT_REFUNDED:
        raise ActionRefused("shop_refused", message=_message(problem))
    if answer.status in (401, 403):
        raise GrantRevoked("shop_key_rejected", cause=problem.code)
    if answer.status in (400, 404):
        raise ActionRefused("shop_refused", message=_message(problem))
    if answer.status == 503 and problem.code == "wp_die" and answer.headers.get("Retry-After"):
        # maintenance mode answers before any plugin is loaded
        raise Unreachable("shop_unreachable", status=503)
    raise OutcomeUnknown("answer_lost", status=answer.status, cause=problem.code)


def _message(problem: _Problem) -> str:
    return clean(problem.message)[:_LONGEST_MESSAGE]


def is_page(body: bytes) -> bool:
    return body.lstrip()[:1] == b"<"


def _wait(answer: Answer) -> float:
    after = retry_after(answer)
    return 1.0 if after is None else after


def _number(answer: Answer, name: str) -> int | None:
    text = answer.headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else None


def digits(reference: str) -> str:
    """The reference if it can be an id, else "": it is never put into a path then."""
    return reference if reference.isascii() and reference.isdigit() else ""
