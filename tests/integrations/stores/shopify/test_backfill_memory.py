"""Ten times the orders take no more memory. Counted in allocated bytes, so that no clock and no
neighbour can change it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from integrations.stores.shopify import backfill as adapter
from integrations.stores.shopify import spool
from integrations.stores.shopify.exports import Export
from plugin.ports.http import Download
from plugin.ports.store import Part
from tests.bench.exports import file

MOST_MORE = 1 << 19


class Client:
    """Only downloads, of lines that are there already."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces

    @contextmanager
    def download(self, url: str, *, timeout: tuple[float, float]) -> Iterator[Download]:
        yield Download(status=200, pieces=iter(self.pieces))


def peak(part: Part, pieces: list[bytes], count: int) -> int:
    """The most bytes held at once while these records pass."""
    client: Any = Client(pieces)
    cursor = adapter.Place(["gid://shopify/BulkOperation/1"], currency="EUR").cursor()
    seen = 0
    tracemalloc.reset_peak()
    start = tracemalloc.get_traced_memory()[0]
    for batch in adapter.Backfill(client, "").steps(part, cursor):
        seen += len(batch.items)
    assert seen == count
    return tracemalloc.get_traced_memory()[1] - start


def people(count: int) -> list[bytes]:
    return [
        b'{"id":"gid://shopify/Customer/%d","displayName":"Ana %d","defaultEmailAddress":null,'
        b'"defaultPhoneNumber":null,"defaultAddress":null,"numberOfOrders":"1","amountSpent":'
        b'{"amount":"1.0","currencyCode":"EUR"},"note":null,"tags":[],"locale":"es",'
        b'"createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z"}\n' % (n, n)
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("part", "make", "counts"),
    [("customers", people, (1000, 10_000)), ("orders", lambda n: list(file(n)), (80, 600))],
)
def test_memory_does_not_grow_with_the_shop(
    monkeypatch: pytest.MonkeyPatch, part: Part, make: Any, counts: tuple[int, int]
) -> None:
    ready = Export(state="ready", url="http://storage")
    monkeypatch.setattr(adapter.exports, "look", lambda _client, _id: ready)
    monkeypatch.setattr(adapter, "AT_ONCE", 50)
    monkeypatch.setattr(spool, "LINES", 100)
    small, large = map(make, counts)
    tracemalloc.start()
    try:
        peak(part, large, counts[1])  # fills what is bounded: caches, decoders
        little = peak(part, small, counts[0])
        much = peak(part, large, counts[1])
    finally:
        tracemalloc.stop()

    assert much < little + MOST_MORE
