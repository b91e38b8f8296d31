"""Writes of many threads in one transaction: none is lost, none is told before its commit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from plugin.db.gather import Gathering


class Book:
    """`committed` transactions; it holds up whoever begins one or writes, until it is told."""

    def __init__(self) -> None:
        self.committed: list[list[str]] = []
        self.begun = 0
        self.may_begin, self.may_write = threading.Event(), threading.Event()
        self.open = True
        self.gathering = Gathering(self.begin, self.write)

    @contextmanager
    def begin(self) -> Iterator[list[str]]:
        self.begun += 1
        self.may_begin.wait()
        if not self.open:
            raise TimeoutError
        written: list[str] = []
        yield written
        self.committed.append(sorted(written))

    def write(self, written: list[str], items: Sequence[str]) -> Sequence[str]:
        self.may_write.wait()
        if "bad" in items:
            raise ValueError
        written += items
        return [f"{item} of {len(items)}" for item in items]

    def put(self, item: str) -> str:
        said = self.gathering.put(item)
        assert any(item in some for some in self.committed)
        return said


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def start(book: Book) -> Iterator[Callable[..., list[Future[str]]]]:
    """Threads that put these; it comes back when all wait for something."""
    with ThreadPoolExecutor(8) as pool:

        def put(*items: str, taken: int = 0) -> list[Future[str]]:
            futures = [pool.submit(book.put, item) for item in items]
            while len(book.gathering._waiting) != len(items) - taken or not book.begun:
                time.sleep(0.001)
            return futures

        yield put
        book.may_begin.set()
        book.may_write.set()


def test_what_comes_while_one_writes_shares_the_next(
    book: Book, start: Callable[..., list[Future[str]]]
) -> None:
    book.may_begin.set()
    first = start("a", taken=1)
    rest = start("b", "c", "d")

    book.may_write.set()

    assert [each.result() for each in first + rest] == ["a of 1", "b of 3", "c of 3", "d of 3"]
    assert book.committed == [["a"], ["b", "c", "d"]]
    assert book.gathering.put("e") == "e of 1"


def test_what_comes_before_it_could_begin_is_in_it(
    book: Book, start: Callable[..., list[Future[str]]]
) -> None:
    book.may_write.set()
    all_of_them = start("a", "b", "c")

    book.may_begin.set()

    assert [each.result() for each in all_of_them] == ["a of 3", "b of 3", "c of 3"]
    assert book.begun == 1


def test_one_that_cannot_be_written_fails_alone(
    book: Book, start: Callable[..., list[Future[str]]]
) -> None:
    good, bad, other = start("a", "bad", "c")

    book.may_begin.set()
    book.may_write.set()

    assert (good.result(), other.result()) == ("a of 1", "c of 1")
    with pytest.raises(ValueError):
        bad.result()


def test_all_are_told_at_once_that_nothing_can_begin(
    book: Book, start: Callable[..., list[Future[str]]]
) -> None:
    book.open = False
    all_of_them = start("a", "b", "c")

    book.may_begin.set()

    for each in all_of_them:
        with pytest.raises(TimeoutError):
            each.result()
    assert (book.begun, book.committed) == (1, [])


def test_none_is_lost_in_a_rush(book: Book) -> None:
    book.may_begin.set()
    book.may_write.set()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(book.put, map(str, range(500))))

    assert sorted(int(item) for some in book.committed for item in some) == list(range(500))
