"""How one agent reads: language, zone, and the writing of amounts, dates, links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

from plugin import messages
from plugin.domain.money import Money

_LOOPBACK = ("127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True)
class Words:
    """Language and zone, passed to every function here instead of read from somewhere."""

    locale: str
    zone: str

    @property
    def t(self) -> Callable[..., str]:
        return messages.labels(self.locale)

    def money(self, value: Money) -> str:
        return messages.money(value, self.locale)

    def less(self, value: Money) -> str:
        """An amount that was taken off."""
        return messages.money(-value, self.locale)

    def day(self, moment: datetime | None) -> str:
        return messages.day(moment, self.locale, self.zone) if moment else ""

    def clock(self, moment: datetime | None) -> str:
        return messages.clock(moment, self.zone) if moment else ""

    def moment(self, moment: datetime | None) -> str:
        return f"{self.day(moment)}, {self.clock(moment)}" if moment else ""


@dataclass(frozen=True, slots=True)
class Tag:
    """A short state with its tone: good, busy, warn, bad or calm. The text says it all; the tone
    only repeats it."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    url: str


def web_url(text: str) -> str:
    """A link a shop gave, if a browser may follow it: http or https with a host, else ""."""
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return ""
    return text.strip() if parts.scheme in ("http", "https") and parts.hostname else ""


def image_url(text: str) -> str:
    """A picture the panel's policy lets through: https, or the loopback shops of development."""
    url = web_url(text)
    if not url:
        return ""
    parts = urlsplit(url)
    return url if parts.scheme == "https" or parts.hostname in _LOOPBACK else ""


def order_path(connection_id: str, ref: str) -> str:
    """The part of an address that names an order; refs may hold anything."""
    return f"{quote(connection_id, safe='')}/{quote(ref, safe='')}"
