"""A colleague at another desk: opens the same ticket through the panel's own pages and refunds.

It does what a browser would do, step by step: a launch of its own, the button "Refund" of the
first order that has one, the form, the preview, the confirmation. It knows no id beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import requests

from integrations.sandbox.seed.shapes import Ticket

from .launching import AGENTS, Agent, Signer
from .words import WORDS

AMOUNT = "5"
_SECONDS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondAgent:
    """`target` is the panel's address of the install."""

    target: str
    signer: Signer

    def clicks(self, ticket: Ticket, first: Agent, lang: str) -> str:
        """Refunds a little; gives a sentence about what came of it."""
        colleague = AGENTS["diego" if first.id != "diego" else "ana"]
        words = WORDS[lang]
        with requests.Session() as session:
            session.trust_env = False
            try:
                button = self._refund(session, ticket, colleague, lang)
            except _Refused as error:
                return words["second_refused"].format(agent=colleague.name, problem=error)
            except _Nothing:
                return words["second_nothing"]
            except (requests.RequestException, ValueError, KeyError) as error:
                return words["failed"].format(problem=type(error).__name__)
        return words["second_done"].format(agent=colleague.name, button=button)

    def _refund(self, session: requests.Session, ticket: Ticket, agent: Agent, lang: str) -> str:
        """The text of the button that was pressed last."""
        token = self.signer.launch(ticket, agent, lang)
        opened = self._call(session, "POST", "launch", json={"launch": token}).json()
        session.headers["Authorization"] = f"Bearer {opened['token']}"
        sidebar = read(opened["html"])
        path = next((path for path in sidebar.gets if path.startswith("act/refund/")), "")
        if not path:
            raise _Nothing
        form = read(self._call(session, "GET", path).text)
        asked = {**form.hidden, "mode": "amount", "amount": AMOUNT}
        preview = read(self._call(session, "POST", form.post, data=asked).text)
        self._call(session, "POST", preview.post, data=preview.hidden)
        return preview.button

    def _call(
        self, session: requests.Session, method: str, path: str, **body: Any
    ) -> requests.Response:
        answer = session.request(
            method, f"{self.target}/{path}", timeout=_SECONDS, allow_redirects=False, **body
        )
        if answer.status_code >= 400:
            raise _Refused(read(answer.text).problem or f"HTTP {answer.status_code}")
        return answer


class _Refused(Exception):
    """The panel said no; its own sentence."""


class _Nothing(Exception):
    """No order with a button."""


@dataclass(slots=True)
class Fragment:
    """What a browser would act on: where buttons lead, where the form goes, what it carries."""

    gets: list[str] = field(default_factory=list)
    post: str = ""
    hidden: dict[str, str] = field(default_factory=dict)
    button: str = ""
    problem: str = ""


def read(html: str) -> Fragment:
    """The first form, all buttons, and the first problem of a piece of the panel."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found = Fragment()
        self._into = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "data-get" in given:
            self.found.gets.append(given["data-get"])
        if tag == "form" and not self.found.post:
            self.found.post = given.get("data-post", "")
        if tag == "input" and given.get("type") == "hidden":
            self.found.hidden[given["name"]] = given.get("value", "")
        if tag == "button" and given.get("type") == "submit" and not self.found.button:
            self._into = "button"
        if given.get("role") == "alert" and not self.found.problem:
            self._into = "problem"

    def handle_data(self, data: str) -> None:
        if self._into:
            text = getattr(self.found, self._into) + data
            setattr(self.found, self._into, text)

    def handle_endtag(self, tag: str) -> None:
        self._into = ""
