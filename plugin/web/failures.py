"""A connection that failed, as its owner reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from plugin import messages
from plugin.messages import LOCALES
from plugin.web.base import services


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """`hosting` is a message to copy for those who run the shop's server, by language; empty where
    no server is to blame."""

    code: str
    text: str
    hosting: Mapping[str, str]


def failure_of(code: str, locale: str, parameters: Mapping[str, object]) -> Failure:
    known = dict(parameters)
    told = {**known, "ours": services().settings.host}
    at_fault = LOCALES if known.get("path") else ()
    return Failure(
        code=code,
        text=messages.to_owner(code, locale, **known),
        hosting={at: messages.for_hosting(code, at, **told) for at in at_fault},
    )
