"""What a helpdesk folder must offer: verify a launch. Pure functions of headers, ordered query
and raw body; no network, no clock of their own, no framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Proof = Literal["signed", "paired", "login"]
Source = Literal["signed", "server_fetched", "claimed", "typed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAgent:
    """The agent as the host names them; `id` is stable within the install."""

    id: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Who writes, as the host says: raw texts, nothing normalised yet."""

    name: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A verified launch. `source` is how far `writer` can be trusted; `nonce` is to be used
    once until `expires_at` ("" = the host has none). `text` is subject and last messages."""

    agent: HostAgent
    writer: Writer
    source: Source
    conversation: str = ""
    text: str = ""
    locale: str = ""
    nonce: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallSecrets:
    """What verification may use."""

    id: str
    secret: bytes
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The raw request, no framework."""

    headers: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpdeskPlatform:
    """A folder of integrations/helpdesks/. `verify` raises LaunchRefused."""

    key: str
    label: str
    verify: Callable[[Request, InstallSecrets, datetime], Launch]


__all__ = [
    "HelpdeskPlatform",
    "HostAgent",
    "InstallSecrets",
    "Launch",
    "Proof",
    "Request",
    "Source",
    "Writer",
]
