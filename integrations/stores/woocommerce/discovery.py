"""Where a typed address leads: the REST API of a WordPress site, or the reason why there is none.

Keys are not sent here. Every address the site names (redirects, `Link`) goes through the checks of
the http client like a typed one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import msgspec

from plugin.errors import BadAnswer, SetupError, Unreachable
from plugin.ports.http import Answer, Http

from .client import INDEX_FIELDS, PREFIX, READ_TIMEOUT, decoded, is_page, problem_code

_LINK = re.compile(r'<([^>]+)>\s*;[^,]*\brel="?https://api\.w\.org/"?', re.IGNORECASE)
# What people copy along with the address of their shop.
_BEHIND_ADDRESS = re.compile(r"/(wp-admin|wp-json|wp-login\.php|index\.php)(/.*)?$")
_NO_PAGE = (404, 410)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """`address` is the base URL with its folder, `prefix` where the REST API lies below it."""

    address: str
    prefix: str
    namespaces: Sequence[str]


class _Index(msgspec.Struct):
    namespaces: list[str]
    home: str = ""


_INDEX = msgspec.json.Decoder(_Index)


def find(http: Http, typed: str) -> Site:
    """Raises SetupError (address_invalid, https_refused, plain_permalinks, not_wordpress,
    rest_api_closed, site_locked, address_elsewhere), BadAnswer("shop_blocked"), Unreachable."""
    plain_allowed, bases = bases_of(typed)
    site = _first(http, bases)
    if site.address.startswith("http:") and not plain_allowed:
        raise SetupError("https_refused", address=site.address)
    return site


def bases_of(typed: str) -> tuple[bool, list[str]]:
    """Whether plain http was asked for, and the base URLs to try, best first. Plain http is never
    chosen by us: whoever can break https could otherwise choose it for the shop."""
    text = typed.strip()
    text = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise SetupError("address_invalid") from error
    odd = not parts.hostname or re.search(r"[@\s]", parts.netloc)
    if parts.scheme not in ("http", "https") or odd:
        raise SetupError("address_invalid")
    base = f"{parts.netloc.lower()}{_folder(parts)}"
    plain = parts.scheme == "http"
    if plain and port is None:
        return True, [f"https://{base}", f"http://{base}"]
    return plain, [f"{parts.scheme}://{base}"]


def _folder(parts: SplitResult) -> str:
    return _BEHIND_ADDRESS.sub("", parts.path).rstrip("/")


def _first(http: Http, bases: Sequence[str]) -> Site:
    *better, last = bases
    for base in better:
        try:
            return _site(http, base)
        except Unreachable:
            continue  # no https there, or one that cannot be trusted: the address said http
    return _site(http, last)


def _site(http: Http, base: str) -> Site:
    answer = _get(http, f"{base}/{PREFIX}/", {"_fields": INDEX_FIELDS})
    site = _read(answer)
    if site:
        return site
    check_served(answer)
    home = _get(http, f"{base}/", {})
    check_served(home)
    linked = _linked(home)
    if linked:
        return _behind_link(http, linked)
    if _read(_get(http, f"{base}/", {"rest_route": "/", "_fields": INDEX_FIELDS})):
        raise SetupError("plain_permalinks")
    raise SetupError("not_wordpress")


def _behind_link(http: Http, root: str) -> Site:
    answer = _get(http, root, {"_fields": INDEX_FIELDS})
    site = _read(answer)
    if site:
        return site
    check_served(answer)
    # WordPress believes in these addresses, the web server does not serve them
    raise SetupError("plain_permalinks")


def _get(http: Http, url: str, params: Mapping[str, str]) -> Answer:
    return http.send("GET", url, params=params, timeout=READ_TIMEOUT, write=False, retry=True)


def _read(answer: Answer) -> Site | None:
    """The site behind an index; None if this is none."""
    if answer.status != 200:
        return None
    try:
        index = decoded(_INDEX, answer.body)
    except BadAnswer:
        return None
    root = urlsplit(answer.url)
    path = root.path.strip("/")
    folder = urlsplit(index.home).path.strip("/")
    if not f"{path}/".startswith(f"{folder}/") or path == folder:
        folder = path.rpartition("/")[0]
    return Site(
        address=f"{root.scheme}://{root.netloc}{'/' if folder else ''}{folder}",
        prefix=path.removeprefix(folder).strip("/"),
        namespaces=index.namespaces,
    )


def _linked(home: Answer) -> str:
    """The API's own address out of the `Link` header, "" without one. The scheme stays ours."""
    found = _LINK.search(home.headers.get("Link", ""))
    if not found:
        return ""
    here, there = urlsplit(home.url), urlsplit(found[1])
    if "rest_route" in there.query:
        raise SetupError("plain_permalinks")
    if _name(there) != _name(here):
        raise SetupError("address_elsewhere", elsewhere=f"{there.scheme}://{there.netloc}")
    scheme = "https" if here.scheme == "https" else there.scheme
    return f"{scheme}://{there.netloc}{there.path}"


def _name(parts: SplitResult) -> str:
    return (parts.hostname or "").removeprefix("www.")


def check_served(answer: Answer) -> None:
    """Raises for an answer that stands between us and WordPress; anything else passes."""
    status, code = answer.status, problem_code(answer)
    if status < 400 or status in _NO_PAGE:
        return
    if status == 503 and (code == "wp_die" or answer.headers.get("Retry-After")):
        raise Unreachable("shop_maintenance")
    if status == 401 and not code:
        raise SetupError("site_locked")
    if status in (401, 403) and code:
        raise SetupError("rest_api_closed", cause=code)
    if is_page(answer.body) and (status < 500 or status == 503):
        raise BadAnswer("shop_blocked", status=status)
    if status >= 500:
        raise Unreachable("shop_error", status=status)
    raise BadAnswer("bad_answer", status=status)
