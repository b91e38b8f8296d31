"""The one way out of the process, as adapters see it; `integrations/http.py` does it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

Params = Mapping[str, str] | Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said, read whole. `headers` ignore case; `url` is where it was said in the
    end (after redirects of reads) and may hold keys in its query: never log it."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """An answer whose body arrives in pieces; `pieces` raises Unreachable where it breaks off,
    is too slow or takes too long."""

    status: int
    pieces: Iterator[bytes] = field(repr=False)


class Http(Protocol):
    """Sends one request to an address a stranger may have typed."""

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
        """Any HTTP status is an Answer. `timeout` is (connect, read) in seconds.

        Reads raise Unreachable("shop_unreachable" | "address_forbidden") or
        BadAnswer("answer_too_large"). Writes raise Unreachable only if nothing left this
        process, else OutcomeUnknown("answer_lost"). `retry` repeats reads only.
        """
        ...

    def download(
        self, url: str, *, timeout: tuple[float, float]
    ) -> AbstractContextManager[Download]:
        """A file of any size, without any key. Raises Unreachable."""
        ...


__all__ = ["Answer", "Download", "Http", "Params"]
