"""Whether a writing database transaction is open here; `ApiClient` refuses to call out in one
(a slow shop would hold the write lock of everybody)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_writing: ContextVar[bool] = ContextVar("writing", default=False)


def is_writing() -> bool:
    return _writing.get()


@contextmanager
def marked_writing() -> Iterator[None]:
    token = _writing.set(True)
    try:
        yield
    finally:
        _writing.reset(token)
