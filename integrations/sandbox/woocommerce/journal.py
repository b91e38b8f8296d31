"""What changed since the seed, in a file of JSON lines: a restart agrees with whoever read it."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from .records import Json

FILE = "woocommerce.jsonl"


class Journal:
    """Append-only; every line is on disk before `write` returns. Without a folder: nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / FILE if folder else None
        self._lock = threading.Lock()
        if folder:
            folder.mkdir(parents=True, exist_ok=True)

    def write(self, kind: str, key: int, record: Json | None) -> None:
        """Keep the new `record`, or None for a removed one."""
        if self._path is None:
            return
        line = json.dumps([kind, key, record], ensure_ascii=False) + "\n"
        with self._lock, self._path.open("ab") as file:
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> Iterator[tuple[str, int, Json | None]]:
        """All whole lines; a last line that was cut off by a crash is dropped for good."""
        if self._path is None or not self._path.exists():
            return
        data = self._path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            self._path.write_bytes(whole)
        for line in whole.splitlines():
            kind, key, record = json.loads(line)
            yield kind, key, record
