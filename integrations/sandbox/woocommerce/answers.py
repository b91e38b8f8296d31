"""Answers and errors as the REST server writes them: JSON, `_fields`, paging headers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .php import build_query
from .records import Json
from .shop import Shop


class ApiError(Exception):
    """An error answer. `data` None means the usual `{"status": status}`; refunds carry a number."""

    def __init__(
        self, status: int, code: str, message: str, data: Any = None, *, allow: bool = True
    ) -> None:
        super().__init__(message)
        self.status = status
        self.allow = allow
        self.body = {
            "code": code,
            "message": message,
            "data": {"status": status} if data is None else data,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`body` is what becomes JSON; `headers` go on top of the usual ones."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request after routing. `params` are checked and cleaned; `query` keeps, in their order,
    those that stood in the address, for the links to other pages. `user` 0 is nobody.
    """

    method: str
    shop: Shop
    base: str
    route: str
    ids: tuple[int, ...]
    params: Json
    query: Json
    user: int

    @property
    def id(self) -> int:
        return self.ids[-1]

    @property
    def decimals(self) -> int:
        """Places of money in the answer: `dp`, else the store's setting."""
        wanted = self.params.get("dp")
        return self.shop.site.decimals if wanted is None else abs(wanted)

    def link(self, path: str) -> str:
        return f"{self.base}/wp-json/wc/v3/{path}"


Document = Callable[[Json], Json]


def one(call: Call, document: Json, status: int = 200, **headers: str) -> Answer:
    """A single resource: `_links` stay whatever `_fields` says."""
    links = document.get("_links")
    chosen = only_fields(document, call.params.get("_fields"))
    if links is not None:
        chosen["_links"] = links
    return Answer(body=chosen, status=status, headers=headers)


def many(call: Call, documents: Iterable[Json]) -> Answer:
    """A list without pages."""
    fields = call.params.get("_fields")
    return Answer(body=[only_fields(document, fields) for document in documents])


def page(
    call: Call,
    found: Sequence[Json],
    document: Document,
    *,
    always: Json | None = None,
    if_any: Json | None = None,
) -> Answer:
    """One page of `found` with its headers. `always` and `if_any` are what the server itself adds
    to the query of the links, the latter only if the page holds anything."""
    size = call.params["per_page"]
    number = call.params["page"]
    start = call.params.get("offset")
    start = (number - 1) * size if start is None else start
    shown = found[start : start + size]
    total = 0 if number > 1 and not shown else len(found)
    pages = -(-total // size)
    headers = {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)}
    added = {**(always or {}), **((if_any or {}) if shown else {})}
    link = _page_link(call, number, pages, _with(call.query, added, moved=always or {}))
    if link:
        headers["Link"] = link
    fields = call.params.get("_fields")
    body = [only_fields(document(record), fields) for record in shown]
    return Answer(body=body, headers=headers)


def _with(query: Json, added: Json, *, moved: Json) -> Json:
    """What the caller wrote keeps its place, except for what the server writes anew."""
    kept = {key: value for key, value in query.items() if key not in moved}
    return {**kept, **{key: value for key, value in added.items() if key not in kept}}


def _page_link(call: Call, number: int, pages: int, query: Json) -> str:
    base = f"{call.base}{call.route}"
    links: list[str] = []
    if number > 1:
        before = min(number - 1, pages)
        links.append(f'<{base}?{build_query({**query, "page": before})}>; rel="prev"')
    if number < pages:
        links.append(f'<{base}?{build_query({**query, "page": number + 1})}>; rel="next"')
    return ", ".join(links)


def only_fields(document: Json, wanted: str | None) -> Json:
    """`_fields`: names with dots reach into objects, never into lists; "" or None keeps all."""
    if not wanted:
        return dict(document)
    tree: Json = {}
    for name in wanted.replace(" ", "").split(","):
        branch = tree
        for part in name.split("."):
            branch = branch.setdefault(part, {})
    return _cut(document, tree)


def _cut(document: Json, tree: Json) -> Json:
    kept: Json = {}
    for key, value in document.items():
        if key not in tree:
            continue
        if not tree[key]:
            kept[key] = value
        elif isinstance(value, dict):
            inner = _cut(value, tree[key])
            if inner:
                kept[key] = inner
    return kept


def as_json(body: Any) -> bytes:
    """JSON as PHP prints it: ASCII only, slashes escaped."""
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()
