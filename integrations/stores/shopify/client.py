"""Calls of the Admin GraphQL API of one shop, each answer checked four times.

HTTP status, top-level `errors` with their codes, `data`, and the payload's `userErrors`. The shop
and its token are explicit on every call; nothing is kept between calls but the http pool.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NoReturn
from urllib.parse import urlsplit

from plugin.errors import (
    ActionRefused,
    BadAnswer,
    GrantRevoked,
    OutcomeUnknown,
    RateLimited,
    SetupError,
    Unreachable,
)
from plugin.ports.http import Answer, Download, Http
from plugin.ports.store import Fresh

from .door import Door, is_json

API_VERSION = "2026-10"
REFUND_TIMEOUT = (5.0, 60.0)
_SHOP_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

Sleep = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a call may take: `timeout` (connect, read), at most `tries` while the shop is
    busy, each after at most `nap` seconds. `repeat` a read that met no answer."""

    timeout: tuple[float, float]
    nap: float
    tries: int
    repeat: bool


# A bucket refills in 20 s from empty, so a longer nap means that others empty it.
STEADY = Patience(timeout=(5.0, 10.0), nap=10.0, tries=4, repeat=True)
# Two calls while a person waits: a preview has 10 s in all.
HURRIED = Patience(timeout=(1.5, 3.0), nap=0.5, tries=2, repeat=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """What the shop said about its query budget, in points."""

    maximum: float
    available: float
    per_second: float

    def seconds_until(self, points: float) -> float:
        """How long until `points` are available, 0 if they are."""
        return max(0.0, (points - self.available) / self.per_second) if self.per_second else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`data` of an answer; `denied` are the paths the shop kept back (protected data)."""

    data: Mapping[str, Any]
    denied: tuple[tuple[str | int, ...], ...] = ()
    bucket: Bucket | None = None


@cache
def operation(name: str) -> str:
    """The text of operations/<name>.graphql."""
    return (files(__package__) / "operations" / f"{name}.graphql").read_text("utf-8")


class ShopifyClient:
    """One shop. `address` is its myshopify.com domain, or a loopback base URL in development.
    Cheap to make; `sleep` is what waits when the shop is busy, `fresh` renews a token that ends.
    Raises SetupError("address_forbidden") for any other address."""

    def __init__(
        self,
        http: Http,
        *,
        address: str,
        token: str,
        sleep: Sleep = time.sleep,
        patience: Patience = STEADY,
        fresh: Fresh | None = None,
    ) -> None:
        self._http = http
        self._door = Door(http, token, fresh)
        self._patience = patience
        self._url = f"{base_url(address)}/admin/api/{API_VERSION}/graphql.json"
        self._sleep = sleep

    def hurried(self) -> ShopifyClient:
        """The same shop for a person who waits."""
        twin = copy(self)
        twin._patience = HURRIED
        return twin

    def read(self, name: str, variables: Mapping[str, object]) -> Result:
        """Runs a query. Raises Unreachable, RateLimited, GrantRevoked, BadAnswer."""
        return self._call(name, variables, write=False)

    def write(
        self, name: str, field: str, made: str, variables: Mapping[str, object]
    ) -> Mapping[str, Any]:
        """Runs a mutation once and gives what it `made` from its payload (`field`). Raises
        ActionRefused for userErrors, PlatformError if it surely did not run, else
        OutcomeUnknown."""
        payload = self.change(name, field, variables)
        result = payload.get(made)
        if isinstance(result, dict):
            # with the thing itself there, complaints beside it do not undo it
            return result
        errors = payload.get("userErrors") or payload.get(f"{field}UserErrors")
        if errors:
            raise ActionRefused("shop_refused", message=joined(errors))
        raise OutcomeUnknown("answer_lost", cause="nothing_made")

    def nap(self, seconds: float) -> None:
        """Waits for a job of the shop's own."""
        self._sleep(seconds)

    def change(self, name: str, field: str, variables: Mapping[str, object]) -> Mapping[str, Any]:
        """Runs a mutation once and gives its payload (`field`), userErrors in it. Raises what
        `write` raises."""
        payload = self._call(name, variables, write=True).data.get(field)
        if not isinstance(payload, dict):
            raise OutcomeUnknown("answer_lost", cause="nothing_made")
        return payload

    def download(
        self, url: str, *, timeout: tuple[float, float]
    ) -> AbstractContextManager[Download]:
        """A file the shop offers elsewhere: storage gets no token."""
        return self._http.download(url, timeout=timeout)

    def pause_for_agents(self, bucket: Bucket | None) -> None:
        """For backfills: waits until half of the budget is there for people at work."""
        if bucket:
            self._sleep(min(bucket.seconds_until(bucket.maximum / 2), self._patience.nap))

    def _call(self, name: str, variables: Mapping[str, object], *, write: bool) -> Result:
        """Naps a few times when throttled: a throttled query or mutation did not run."""
        after = 0.0
        for tries in range(self._patience.tries):
            if tries:
                self._sleep(after)
            document = _document(self._send(name, variables, write=write), write=write)
            if "THROTTLED" not in _codes(document):
                return _result(document, write=write)
            after = _throttled_for(document)
            if after > self._patience.nap:
                break
        raise RateLimited(after)

    def _send(self, name: str, variables: Mapping[str, object], *, write: bool) -> Answer:
        return self._door.post(
            self._url,
            json={"query": operation(name), "variables": dict(variables)},
            timeout=REFUND_TIMEOUT if write else self._patience.timeout,
            write=write,
            retry=self._patience.repeat and not write,
        )


def base_url(address: str) -> str:
    """https for a shop's own domain; a loopback URL (development) as it is, the http client
    decides about it. The token goes nowhere else: raises SetupError("address_forbidden")."""
    address = address.strip().rstrip("/").lower()
    if _SHOP_DOMAIN.fullmatch(address):
        return f"https://{address}"
    if urlsplit(address).scheme == "http" and urlsplit(address).hostname in _LOOPBACK:
        return address
    raise SetupError("address_forbidden", address=address)


def shop_handle(address: str) -> str:
    """ "tienda" of "tienda.myshopify.com", empty for anything else."""
    host = urlsplit(base_url(address)).hostname or ""
    return host.removesuffix(".myshopify.com") if host.endswith(".myshopify.com") else ""


def _document(answer: Answer, *, write: bool) -> Mapping[str, Any]:
    """The JSON object of an answer, whatever it says inside."""
    _check_status(answer, write=write)
    try:
        document = json.loads(answer.body, parse_float=str)
    except ValueError as error:
        raise _unreadable(write=write) from error
    if not isinstance(document, dict):
        raise _unreadable(write=write)
    return document


def _check_status(answer: Answer, *, write: bool) -> None:
    status = answer.status
    if status == 200:
        return
    if status == 401:
        raise GrantRevoked("shop_key_rejected")
    if status in (402, 423):
        raise Unreachable("shop_frozen")
    if status in (429, 430):
        raise RateLimited(_seconds(answer.headers.get("Retry-After", "")))
    if status >= 500:
        if write:
            raise OutcomeUnknown("answer_lost", status=status)
        raise Unreachable("shop_unreachable", status=status)
    if not is_json(answer):
        # a filter's page: whether it stood before or behind the shop cannot be told
        raise OutcomeUnknown("answer_lost") if write else BadAnswer("shop_blocked", status=status)
    if status == 403:
        lasting = b"on-expiring access token" in answer.body
        raise GrantRevoked("shop_token_lasting" if lasting else "shop_scope_missing")
    raise BadAnswer("bad_answer", status=status)


def _unreadable(*, write: bool) -> BadAnswer | OutcomeUnknown:
    if write:
        return OutcomeUnknown("answer_lost", cause="not_json")
    return BadAnswer("bad_answer", cause="not_json")


def _result(document: Mapping[str, Any], *, write: bool) -> Result:
    data = document.get("data")
    errors = _errors(document)
    denied = tuple(
        tuple(error.get("path") or ()) for error in errors if _code(error) == "ACCESS_DENIED"
    )
    if len(denied) < len(errors):
        _fail(_codes(document), errors, write=write)
    if denied and not _has_values(data) and (not write or min(map(len, denied)) <= 1):
        raise GrantRevoked("shop_scope_missing")
    if not isinstance(data, dict):
        raise _unreadable(write=write)
    return Result(data=data, denied=denied, bucket=_bucket(document))


def _fail(codes: set[str], errors: Sequence[Mapping[str, Any]], *, write: bool) -> NoReturn:
    """Codes that Shopify gives before running anything are clear; the rest is not."""
    message = joined(errors)
    if "SHOP_INACTIVE" in codes:
        raise Unreachable("shop_frozen")
    if "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED" in codes:
        raise ActionRefused("shop_refused", message=message)
    if "ACCESS_DENIED" in codes and not write:
        raise GrantRevoked("shop_scope_missing")
    if codes & _NOT_RUN:
        raise BadAnswer("bad_answer", cause=message)
    if write:
        raise OutcomeUnknown("answer_lost", cause=message)
    if "INTERNAL_SERVER_ERROR" in codes:
        raise Unreachable("shop_unreachable", cause=message)
    raise BadAnswer("bad_answer", cause=message)


# Refused while the document was read: validation of GraphQL itself, and the cost limit.
_NOT_RUN = {
    "MAX_COST_EXCEEDED",
    "undefinedField",
    "argumentNotAccepted",
    "argumentLiteralsIncompatible",
    "missingRequiredArguments",
    "selectionMismatch",
    "undefinedType",
    "INVALID_VARIABLE",
    "missingRequiredInputObjectAttribute",
}


def _has_values(data: object) -> bool:
    return isinstance(data, dict) and any(value is not None for value in data.values())


def _codes(document: Mapping[str, Any]) -> set[str]:
    return {_code(error) for error in _errors(document)} - {""}


def _errors(document: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Top-level errors; other shapes (REST writes a text there) become one without a code."""
    errors = document.get("errors") or []
    if not isinstance(errors, list):
        return [{"message": str(errors)}]
    return [error if isinstance(error, dict) else {"message": str(error)} for error in errors]


def _code(error: Mapping[str, Any]) -> str:
    extensions = error.get("extensions")
    return str(extensions.get("code") or "") if isinstance(extensions, dict) else ""


def joined(errors: Sequence[Mapping[str, Any]]) -> str:
    """The shop's own words, for the agent; bounded, as they are a stranger's."""
    texts = (str(error.get("message") or "").strip() for error in errors)
    return " ".join(text for text in texts if text)[:300]


def _bucket(document: Mapping[str, Any]) -> Bucket | None:
    status = _cost(document).get("throttleStatus")
    if not isinstance(status, dict):
        return None
    return Bucket(
        maximum=float(status.get("maximumAvailable") or 0),
        available=float(status.get("currentlyAvailable") or 0),
        per_second=float(status.get("restoreRate") or 0),
    )


def _cost(document: Mapping[str, Any]) -> Mapping[str, Any]:
    extensions = document.get("extensions")
    cost = extensions.get("cost") if isinstance(extensions, dict) else None
    return cost if isinstance(cost, dict) else {}


def _throttled_for(document: Mapping[str, Any]) -> float:
    """Seconds until the refused query fits; 1 where the shop does not say."""
    bucket = _bucket(document)
    if bucket is None:
        return 1.0
    return bucket.seconds_until(float(_cost(document).get("requestedQueryCost") or 0)) or 0.5


def _seconds(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 1.0
