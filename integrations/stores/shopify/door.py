"""Every call into a shop passes here with the token that holds now."""

from __future__ import annotations

from typing import Any

from plugin.ports.http import Answer, Http
from plugin.ports.store import Fresh


class Door:
    """A token that the shop does not know (any more) is renewed by `fresh`, and the same sent once
    more: who is refused at the door has changed nothing. Raises what `fresh` and `http` raise."""

    def __init__(self, http: Http, token: str, fresh: Fresh | None = None) -> None:
        self._http = http
        self._token = token
        self._fresh = fresh

    def post(self, url: str, **call: Any) -> Answer:
        """`call` is the rest of `Http.send`."""
        token = self._current()
        answer = self._send(url, token, call)
        if answer.status == 401 and is_json(answer) and self._current(token) != token:
            return self._send(url, self._token, call)
        return answer

    def _current(self, refused: str = "") -> str:
        if self._fresh is not None:
            self._token = self._fresh(refused).get("access_token", "")
        return self._token

    def _send(self, url: str, token: str, call: dict[str, Any]) -> Answer:
        headers = {"X-Shopify-Access-Token": token, "Accept": "application/json"}
        return self._http.send("POST", url, headers=headers, **call)


def is_json(answer: Answer) -> bool:
    """A filter in front of the shop answers in HTML."""
    return "json" in answer.headers.get("Content-Type", "").lower()
