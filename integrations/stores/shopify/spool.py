"""Exported files on their way: each line lies in a temporary file, and a small index knows where,
by parent.

Without grouping the shop writes lines in any order, so whether an order has all its lines is only
known at the end of the file. Keeping the open ones in memory would let a file decide how much that
is. So the file goes to the disk as it is, and the index (its parent, place and length for every
line, in SQLite, which sorts on disk) puts families together again. Memory stays the same for a
file of any size; the disk holds the file once, until the part has arrived.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import msgspec

from plugin.errors import BadAnswer, SetupError

LINES = 4000
"""Lines between two signs of life while a file comes in."""
LONGEST_LINE = 16 * 1024 * 1024
_SPARE = 200 * 1024 * 1024
# /tmp is often memory
_DURABLE = Path("/var/tmp")  # noqa: S108


class _Head(msgspec.Struct):
    id: str | None = None
    parent: str = msgspec.field(default="", name="__parentId")


_head = msgspec.json.Decoder(_Head).decode


class Spool:
    """A context manager; the files are gone with it, or with the process. Raises
    SetupError("disk_full")."""

    def __init__(self, size: int = 0) -> None:
        """`size` is what the shop says the files have, in bytes."""
        folder = _DURABLE if _DURABLE.is_dir() else Path(tempfile.gettempdir())
        free = shutil.disk_usage(folder).free
        if size + _SPARE > free:
            raise SetupError("disk_full", folder=str(folder), megabytes=(size + _SPARE) >> 20)
        # both without a name: whatever ends this process, no customer's line stays behind
        self._lines = tempfile.TemporaryFile(buffering=1 << 20, dir=folder)  # noqa: SIM115
        self._index = sqlite3.connect("", isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-8000"):
            self._index.execute(f"PRAGMA {pragma}")
        self._index.execute("CREATE TABLE lines (parent TEXT, at INTEGER, size INTEGER)")
        self._end = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._index.close()
        self._lines.close()

    def fill(self, pieces: Iterable[bytes], *, roots: bool = True) -> Iterator[int]:
        """Takes a file in; gives the number of lines now and then. Without `roots` only lines that
        have a parent are kept."""
        found: list[tuple[str, int, int]] = []
        count = 0
        self._index.execute("BEGIN")
        for line in _split(pieces):
            try:
                parent = _head(line).parent
            except msgspec.MsgspecError as error:
                raise BadAnswer("bad_answer", cause="not_json") from error
            count += 1
            if parent or roots:
                self._lines.write(line)
                found.append((parent, self._end, len(line)))
                self._end += len(line)
            if len(found) >= LINES:
                self._write(found)
                found.clear()
                yield count
        self._write(found)
        self._index.execute("COMMIT")
        yield count

    def ready(self) -> None:
        """After the last file."""
        self._lines.flush()
        self._index.execute("CREATE INDEX families ON lines (parent, at, size)")

    def roots(self, after: int, count: int) -> Sequence[tuple[int, bytes]]:
        """Up to `count` lines without a parent that begin at `after` or later: (place, line)."""
        rows = self._index.execute(
            "SELECT at, size FROM lines WHERE parent = '' AND at >= ? ORDER BY at LIMIT ?",
            (after, count),
        ).fetchall()
        return [(at, self._read(at, size)) for at, size in rows]

    def children(self, parents: Sequence[str]) -> Mapping[str, list[bytes]]:
        """The lines of each of them, in the order of the file."""
        marks = ", ".join("?" * len(parents))
        rows = self._index.execute(
            f"SELECT parent, at, size FROM lines WHERE parent IN ({marks}) ORDER BY at",  # noqa: S608
            list(parents),
        ).fetchall()
        found: dict[str, list[bytes]] = {}
        for parent, at, size in rows:
            found.setdefault(parent, []).append(self._read(at, size))
        return found

    def _read(self, at: int, size: int) -> bytes:
        if self._lines.tell() != at:
            self._lines.seek(at)
        line: bytes = self._lines.read(size)
        return line

    def _write(self, found: Sequence[tuple[str, int, int]]) -> None:
        self._index.executemany("INSERT INTO lines VALUES (?, ?, ?)", found)


def _split(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Lines that are not empty. Raises BadAnswer for one without an end."""
    rest = b""
    for piece in pieces:
        lines = (rest + piece).split(b"\n")
        rest = lines.pop()
        if len(rest) > LONGEST_LINE:
            raise BadAnswer("answer_too_large")
        yield from (line for line in lines if line.strip())
    if rest.strip():
        yield rest
