"""Rendered facts of shops, kept between requests.

Only what a shop says may go in: nothing of the agent, the ticket, the clock, an action, or why an
order is shown. Whoever may see the order may see its memo, so the key needs no person.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from threading import Lock

Pieces = tuple[str, ...]
_ENTRY_OVERHEAD = 600


class Memo:
    """A least-recently-used store of tuples of HTML pieces, bounded by bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._entries: OrderedDict[Hashable, tuple[Pieces, int]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def held(self) -> int:
        """Bytes, as near as Python tells."""
        return self._held

    def many(self, keys: Sequence[Hashable]) -> list[Pieces | None]:
        """What is kept under each key, None where nothing is."""
        entries = self._entries
        with self._lock:
            found = [entries.get(key) for key in keys]
            for key, entry in zip(keys, found, strict=True):
                if entry is not None:
                    entries.move_to_end(key)
        return [None if entry is None else entry[0] for entry in found]

    def pieces(self, key: Hashable, render: Callable[[], Pieces]) -> Pieces:
        """What is kept under `key`, else what `render` makes now. Two threads that miss together
        both render: the same facts give the same pieces."""
        found = self.many((key,))[0]
        return self.keep(key, render()) if found is None else found

    def keep(self, key: Hashable, pieces: Pieces) -> Pieces:
        """Keeps and returns the pieces; what is too big for the whole store is not kept."""
        size = _ENTRY_OVERHEAD + sum(sys.getsizeof(piece) for piece in pieces)
        if size > self._limit:
            return pieces
        with self._lock:
            replaced = self._entries.pop(key, None)
            self._held += size - (replaced[1] if replaced else 0)
            self._entries[key] = (pieces, size)
            while self._held > self._limit:
                _, (_, dropped) = self._entries.popitem(last=False)
                self._held -= dropped
        return pieces

    def clear(self) -> None:
        """Forgets everything; the next request renders again."""
        with self._lock:
            self._entries.clear()
            self._held = 0

    def texts(self) -> list[str]:
        """Everything kept, for looking at."""
        with self._lock:
            return [piece for pieces, _ in self._entries.values() for piece in pieces]
