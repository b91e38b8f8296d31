"""Rendered facts of shops, kept between requests.

Only what a shop says may go in: nothing of the agent, the ticket, the clock, an action, or why an
order is shown. Whoever may see the order may see its memo, so the key needs no person.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Hashable
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
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def held(self) -> int:
        """Bytes, as near as Python tells."""
        return self._held

    def pieces(self, key: Hashable, render: Callable[[], Pieces]) -> Pieces:
        """What is kept under `key`, else what `render` makes now. Two threads that miss together
        both render: the same facts give the same pieces."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
                self.hits += 1
                return entry[0]
            self.misses += 1
        pieces = render()
        self._keep(key, pieces)
        return pieces

    def clear(self) -> None:
        """Forgets everything; the next request renders again."""
        with self._lock:
            self._entries.clear()
            self._held = 0

    def _keep(self, key: Hashable, pieces: Pieces) -> None:
        size = _ENTRY_OVERHEAD + sum(sys.getsizeof(piece) for piece in pieces)
        if size > self._limit:
            return
        with self._lock:
            replaced = self._entries.pop(key, None)
            if replaced is not None:
                self._held -= replaced[1]
            self._entries[key] = (pieces, size)
            self._held += size
            while self._held > self._limit:
                _, (_, dropped) = self._entries.popitem(last=False)
                self._held -= dropped
