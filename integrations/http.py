"""The one way out of the process: `ApiClient`.

A shop's address is typed by a stranger and its answers are hostile, so every call is checked,
bounded in time and size, and blind to proxies, netrc and cookies. Nothing here logs: bodies,
query strings and headers carry keys and personal data.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import NoReturn
from urllib.parse import urljoin, urlsplit

import requests
import stamina
import urllib3

from integrations.download import opened
from integrations.pinned import PinnedAdapter, Trip, trip
from plugin.errors import BadAnswer, MostradorError, OutcomeUnknown, Unreachable
from plugin.ports.courtesy import give_way
from plugin.ports.http import Answer, Download, Params
from plugin.ports.transaction import is_writing

USER_AGENT = "Mostrador/1.0"
MOST_BYTES = 10 * 1024 * 1024
_PORTS = {80, 443, 8080, 8443}
_HOPS = 3
_REDIRECTS = {301, 302, 303, 307, 308}
_WORTH_REPEATING = {429, 502, 503, 504}
_LONGEST_WAIT = 5.0
_RETRY_SECONDS = 30.0
# What may go along when a redirect leads to another host; everything else could be a key.
_HARMLESS = {"accept", "accept-language", "user-agent"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    method: str
    url: str
    headers: Mapping[str, str]
    params: Params | None
    json: object
    data: bytes | None
    timeout: tuple[float, float]
    write: bool


class _Repeat(Exception):
    """Raised inside the retry loop; holds either an answer or an error worth another try."""

    def __init__(self, answer: Answer | None = None, error: MostradorError | None = None) -> None:
        super().__init__(answer.status if answer else "no connection")
        self.answer = answer
        self.error = error


class ApiClient:
    """One per process: holds the connection pools, safe to share between threads.

    `allow_loopback` (development) also allows any port and plain http; `allow_http` allows plain
    http to public addresses. `attempts` = 1 turns retries off. `authority` is a file of
    certificates to trust instead of the usual ones.
    """

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        allow_http: bool = False,
        user_agent: str = USER_AGENT,
        attempts: int = 3,
        authority: str = "",
    ) -> None:
        self._allow_loopback = allow_loopback
        self._allow_http = allow_http or allow_loopback
        self._attempts = attempts
        self._reads = _session(user_agent, authority, fresh=False)
        self._writes = _session(user_agent, authority, fresh=True)
        # its debug lines hold whole query strings, and with them keys
        logging.getLogger("urllib3").setLevel(logging.WARNING)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Params | None = None,
        json: object = None,
        data: bytes | None = None,
        timeout: tuple[float, float],
        write: bool,
        retry: bool = False,
    ) -> Answer:
        """See plugin.ports.http. Raises RuntimeError inside a writing database transaction."""
        if is_writing():
            raise RuntimeError("a shop is not called while a writing transaction is open")
        give_way()
        call = _Call(
            method=method.upper(),
            url=url,
            headers=headers or {},
            params=params,
            json=json,
            data=data,
            timeout=timeout,
            write=write,
        )
        if write:
            return self._once(call)
        return self._repeated(call) if retry and self._attempts > 1 else self._read(call)

    @contextmanager
    def download(self, url: str, *, timeout: tuple[float, float]) -> Iterator[Download]:
        """See plugin.ports.http. Redirects are followed, each to a checked address."""
        if is_writing():
            raise RuntimeError("a shop is not called while a writing transaction is open")
        call = _Call(
            method="GET", url=url, headers={}, params=None, json=None, data=None,
            timeout=timeout, write=False,
        )  # fmt: skip
        for _ in range(_HOPS + 1):
            self._check(call.url)
            prepared = _prepared(self._reads, call)
            flow = opened(self._reads, prepared, timeout, allow_loopback=self._allow_loopback)
            with closing(flow):
                target = _target(call, _head(flow.response, call))
                if not target:
                    yield Download(status=flow.response.status_code, pieces=flow.pieces())
                    return
            call = _moved(call, target)
        raise BadAnswer("too_many_redirects")

    def close(self) -> None:
        self._reads.close()
        self._writes.close()

    def _repeated(self, call: _Call) -> Answer:
        attempts = stamina.retry_context(
            on=_wait_for, attempts=self._attempts, timeout=_RETRY_SECONDS, wait_max=_LONGEST_WAIT
        )
        answer: Answer | None = None
        trouble: MostradorError = Unreachable("shop_unreachable")
        try:
            for attempt in attempts:
                with attempt:
                    return self._try(call)
        except _Repeat as last:
            answer, trouble = last.answer, last.error or trouble
        if answer:
            return answer
        raise trouble

    def _try(self, call: _Call) -> Answer:
        try:
            answer = self._read(call)
        except Unreachable as error:
            if error.parameters.get("cause") in {"ConnectionError", "ConnectTimeout"}:
                raise _Repeat(error=error) from error
            raise
        after = retry_after(answer)
        if answer.status in _WORTH_REPEATING and (after is None or after <= _LONGEST_WAIT):
            raise _Repeat(answer)
        return answer

    def _read(self, call: _Call) -> Answer:
        answer = self._once(call)
        for _ in range(_HOPS):
            target = _target(call, answer)
            if not target:
                return answer
            call = _moved(call, target)
            answer = self._once(call)
        if _target(call, answer):
            raise BadAnswer("too_many_redirects")
        return answer

    def _once(self, call: _Call) -> Answer:
        self._check(call.url)
        session = self._writes if call.write else self._reads
        prepared = _prepared(session, call)
        journey = Trip(allow_loopback=self._allow_loopback, seconds=2 * sum(call.timeout))
        token = trip.set(journey)
        cause = ""
        try:
            return _exchange(session, prepared, call)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            cause = type(error).__name__
        finally:
            journey.done()
            trip.reset(token)
        # outside the except block on purpose: the library's own error quotes the whole URL,
        # keys included, and would be printed as this one's context
        _fail(call, journey, cause)

    def _check(self, text: str) -> None:
        try:
            url = urlsplit(text)
            port = url.port or (443 if url.scheme == "https" else 80)
        except ValueError as error:
            raise Unreachable("address_forbidden") from error
        scheme_fine = url.scheme == "https" or (url.scheme == "http" and self._allow_http)
        plain_host = bool(url.hostname) and "@" not in url.netloc and "\\" not in url.netloc
        if not (scheme_fine and plain_host and (self._allow_loopback or port in _PORTS)):
            raise Unreachable("address_forbidden")


def retry_after(answer: Answer) -> float | None:
    """Seconds the server asks to wait (never negative), None if it does not say."""
    text = answer.headers.get("Retry-After", "").strip()
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _session(user_agent: str, authority: str, *, fresh: bool) -> requests.Session:
    session = requests.Session()
    session.verify = authority or True
    session.trust_env = False  # no proxy, netrc or CA bundle from the environment
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = user_agent
    adapter = PinnedAdapter(fresh=fresh)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _prepared(session: requests.Session, call: _Call) -> requests.PreparedRequest:
    request = requests.Request(
        call.method,
        call.url,
        headers=dict(call.headers),
        params=call.params,
        json=call.json,
        data=call.data,
    )
    try:
        return session.prepare_request(request)
    except requests.exceptions.InvalidURL:
        pass
    # outside the except block: the library's text quotes the URL
    raise Unreachable("address_forbidden")


def _exchange(session: requests.Session, prepared: requests.PreparedRequest, call: _Call) -> Answer:
    response = session.send(prepared, timeout=call.timeout, allow_redirects=False, stream=True)
    with response:
        body = _body(response)
    if body is None:
        raise OutcomeUnknown("answer_lost") if call.write else BadAnswer("answer_too_large")
    return Answer(
        status=response.status_code,
        headers=response.headers,
        body=body,
        url=response.url or call.url,
    )


def _head(response: requests.Response, call: _Call) -> Answer:
    return Answer(
        status=response.status_code, headers=response.headers, body=b"",
        url=response.url or call.url,
    )  # fmt: skip


def _body(response: requests.Response) -> bytes | None:
    """The whole decoded body, None if larger than the cap."""
    parts: list[bytes] = []
    size = 0
    while part := response.raw.read1(65536, decode_content=True):
        size += len(part)
        if size > MOST_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


def _fail(call: _Call, journey: Trip, cause: str) -> NoReturn:
    if journey.forbidden:
        raise Unreachable("address_forbidden")
    if call.write and journey.stage != "connecting":
        raise OutcomeUnknown("answer_lost", cause=cause)
    raise Unreachable("shop_unreachable", cause=cause)


def _wait_for(error: Exception) -> bool | float:
    """stamina asks: repeat, and after how long?"""
    if not isinstance(error, _Repeat):
        return False
    after = retry_after(error.answer) if error.answer else None
    return True if after is None else after


def _target(call: _Call, answer: Answer) -> str:
    """Where a read is sent on to; "" for anything that is no redirect we follow."""
    location = answer.headers.get("Location", "")
    if answer.status not in _REDIRECTS or not location or call.method not in {"GET", "HEAD"}:
        return ""
    try:
        return urljoin(answer.url, location)
    except ValueError as error:
        raise Unreachable("address_forbidden") from error


def _moved(call: _Call, target: str) -> _Call:
    """The same read at another place, without keys if that is another host or scheme."""
    stays = _origin(call.url) == _origin(target)
    headers = {
        name: value for name, value in call.headers.items() if stays or name.lower() in _HARMLESS
    }
    return _Call(
        method=call.method,
        url=target,
        headers=headers,
        params=None,
        json=None,
        data=None,
        timeout=call.timeout,
        write=False,
    )


def _origin(url: str) -> tuple[str, str | None, int | None] | None:
    """Scheme, host and port; None for what cannot be one (and is refused before it is sent)."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return parts.scheme, parts.hostname, port
