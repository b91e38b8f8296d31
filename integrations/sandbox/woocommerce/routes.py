"""The REST server's table of routes and what happens to a call before its handler."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import auth, params
from .answers import Answer, ApiError, Call
from .php import Query
from .records import Json
from .shop import Shop

Handler = Callable[[Call], Answer]
Guard = Callable[[Shop, tuple[int, ...]], None]

_DENIED = {
    "GET": ("woocommerce_rest_cannot_view", "Sorry, you cannot view this resource."),
    "POST": (
        "woocommerce_rest_cannot_create",
        "Sorry, you are not allowed to create resources.",
    ),
    "PUT": ("woocommerce_rest_cannot_edit", "Sorry, you are not allowed to edit this resource."),
    "DELETE": (
        "woocommerce_rest_cannot_delete",
        "Sorry, you are not allowed to delete this resource.",
    ),
}
_DENIED["PATCH"] = _DENIED["PUT"]
_DENIED_LIST = ("woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of a route."""

    handler: Handler
    params: params.Specs = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`pattern` has a group for each id. `allow` is what the real server offers there; what this
    one leaves out answers 501. `guard` raises before permissions are looked at.
    """

    pattern: re.Pattern[str]
    allow: tuple[str, ...]
    endpoints: Mapping[str, Endpoint]
    public: bool = False
    guard: Guard | None = None

    @property
    def is_collection(self) -> bool:
        return not self.pattern.pattern.endswith(")")


def route(
    path: str,
    allow: str,
    endpoints: Mapping[str, Endpoint],
    *,
    public: bool = False,
    guard: Guard | None = None,
) -> Route:
    """`path` writes an id as `{id}`."""
    pattern = re.compile("/" + path.replace("{id}", r"(\d+)"))
    methods = tuple(allow.split())
    return Route(pattern=pattern, allow=methods, endpoints=endpoints, public=public, guard=guard)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A request before routing: `path` begins after `/wp-json`."""

    knock: auth.Knock
    base: str
    path: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """`logged_in` and `allow` become headers."""

    answer: Answer
    logged_in: bool = False
    allow: tuple[str, ...] = ()


def dispatch(shop: Shop, table: tuple[Route, ...], incoming: Incoming) -> Outgoing:
    """The answer to one request; never raises for what a client did."""
    if not shop.site.plugin_on and incoming.path.strip("/"):
        return Outgoing(answer=_as_answer(_no_route()))
    try:
        key = auth.identify(shop, incoming.knock)
    except ApiError as error:
        headers = auth.CHALLENGE if incoming.knock.secure else {}
        return Outgoing(answer=_as_answer(error, headers))
    try:
        if key:
            auth.check_scope(key, incoming.knock.method)
        return _routed(shop, table, incoming, key.user_id if key else 0)
    except ApiError as error:
        return Outgoing(answer=_as_answer(error), logged_in=key is not None)


def _as_answer(error: ApiError, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(body=error.body, status=error.status, headers=headers or {})


def _routed(shop: Shop, table: tuple[Route, ...], incoming: Incoming, user: int) -> Outgoing:
    found, ids = _match(table, incoming.path)
    method = "GET" if incoming.knock.method == "HEAD" else incoming.knock.method
    if method not in found.allow:
        raise _no_route()
    manages = auth.may_manage(shop, user)
    allow = found.allow if manages or found.public else ()
    try:
        call = _call(shop, found, incoming, (method, ids, user))
        if found.guard:
            found.guard(shop, ids)
        if not manages and not found.public:
            raise _denied(found, method, user)
        answer = _endpoint(found, method).handler(call)
    except ApiError as error:
        return Outgoing(
            answer=_as_answer(error), logged_in=bool(user), allow=allow if error.allow else ()
        )
    return Outgoing(answer=answer, logged_in=bool(user), allow=allow)


def _match(table: tuple[Route, ...], path: str) -> tuple[Route, tuple[int, ...]]:
    for candidate in table:
        matched = candidate.pattern.fullmatch(path.rstrip("/") or "/")
        if matched:
            return candidate, tuple(int(group) for group in matched.groups())
    raise _no_route()


def _no_route() -> ApiError:
    text = "No route was found matching the URL and request method."
    return ApiError(404, "rest_no_route", text, allow=False)


def _denied(found: Route, method: str, user: int) -> ApiError:
    code, text = _DENIED[method]
    if method == "GET" and found.is_collection:
        code, text = _DENIED_LIST
    return ApiError(403 if user else 401, code, text, allow=False)


def _endpoint(found: Route, method: str) -> Endpoint:
    endpoint = found.endpoints.get(method)
    if endpoint is None:
        raise ApiError(501, "sandbox_not_offered", "The sandbox does not offer this method yet.")
    return endpoint


def _call(
    shop: Shop, found: Route, incoming: Incoming, target: tuple[str, tuple[int, ...], int]
) -> Call:
    method, ids, user = target
    endpoint = found.endpoints.get(method)
    specs = endpoint.params if endpoint else {}
    query = _unnested(incoming.knock.query)
    body = _body(incoming) if method not in ("GET", "DELETE") else {}
    cleaned = params.clean(specs, {**query, **body})
    return Call(
        method=method,
        shop=shop,
        base=incoming.base,
        route=f"/wp-json{incoming.path}",
        ids=ids,
        params=cleaned,
        query={name: cleaned[name] for name in query},
        user=user,
    )


def _unnested(query: Query) -> Json:
    return {
        name: list(value.values()) if isinstance(value, dict) else value
        for name, value in query.items()
    }


def _body(incoming: Incoming) -> Json:
    if not incoming.body or "json" not in incoming.content_type:
        return {}
    try:
        body: Any = json.loads(incoming.body)
    except ValueError as error:
        data = {"status": 400, "json_error_code": 4, "json_error_message": "Syntax error"}
        raise ApiError(400, "rest_invalid_json", "Invalid JSON body passed.", data) from error
    return body if isinstance(body, dict) else {}
