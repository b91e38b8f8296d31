"""Remembers the last call, so that whoever runs the shop's server can find it in their log."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from urllib.parse import urlsplit

from integrations.http import USER_AGENT
from plugin.errors import Unreachable
from plugin.ports.clock import utc_now
from plugin.ports.http import Answer, Download, Http, Params

from .client import is_page, problem_code
from .values import clean

_SILENT = re.compile(rb"<(script|style)\b.*?</\1\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_MARKUP = re.compile(rb"<[^>]*>")
_READ_OF_PAGE = 20_000
_WORDS = 12
_LONGEST = 120


class Witness:
    """An Http that passes on what it is given. `error` parameters: see `account`."""

    def __init__(self, http: Http, now: Callable[[], datetime] = utc_now) -> None:
        self._http = http
        self._now = now
        self._account: dict[str, object] = {}

    def account(self) -> Mapping[str, object]:
        """method, path (never its query: keys may stand there), time (UTC text), agent, and of
        the answer status and words, where there was one."""
        return self._account

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
        """Raises Unreachable("certificate_wrong") and, where nobody answers,
        Unreachable("shop_silent") beside what the port says: the owner looks at both now."""
        self._account = {
            "method": method,
            "path": urlsplit(url).path or "/",
            "time": f"{self._now():%Y-%m-%d %H:%M:%S} UTC",
            "agent": USER_AGENT,
        }
        try:
            answer = self._http.send(
                method, url, headers=headers, params=params, json=json, data=data,
                timeout=timeout, write=write, retry=retry,
            )  # fmt: skip
        except Unreachable as error:
            if error.parameters.get("cause") == "SSLError":
                raise Unreachable("certificate_wrong") from error
            if error.code == "shop_unreachable":
                raise Unreachable("shop_silent") from error
            raise
        self._account |= {"status": answer.status, "words": first_words(answer)}
        return answer

    def download(
        self, url: str, *, timeout: tuple[float, float]
    ) -> AbstractContextManager[Download]:
        return self._http.download(url, timeout=timeout)


def first_words(answer: Answer) -> str:
    """What a page says first, or the code of an error; nothing else of an answer is shown."""
    if not is_page(answer.body):
        return problem_code(answer)
    page = _MARKUP.sub(b" ", _SILENT.sub(b" ", answer.body[:_READ_OF_PAGE]))
    words = clean(page.decode("utf-8", "replace")).split()
    return " ".join(words[:_WORDS])[:_LONGEST]
