"""`@idempotent(key:)` on `refundCreate`: required, one key for one intent.

How Shopify words these errors for a payload without error codes could not be seen; here they are
top-level errors with the codes its schema names elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo, get_directive_values

from .world import World

Answer = dict[str, Any]


def key_of(info: GraphQLResolveInfo[Any]) -> str:
    """The key written on the mutation's field. Raises GraphQLError without one."""
    directive = info.schema.get_directive("idempotent")
    values = directive and get_directive_values(
        directive, info.field_nodes[0], info.variable_values
    )
    key = str((values or {}).get("key", "")).strip()
    if not key:
        raise _error("The @idempotent directive with a key is required.", "BAD_REQUEST")
    return key


def fingerprint(variables: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(variables, sort_keys=True).encode()).hexdigest()


class Keys:
    """Which keys are in work now; what they answered is the world's to keep."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.Lock()
        self._working: dict[str, str] = {}

    def once(self, key: str, print_: str, run: Callable[[], Answer]) -> Answer:
        """The recorded answer, or that of `run`, which records it. Raises GraphQLError for the
        same key with other variables, or while the first call is still at work."""
        with self._held(key, print_) as known:
            return run() if known is None else known

    @contextmanager
    def _held(self, key: str, print_: str) -> Iterator[Answer | None]:
        with self._lock:
            known = self._world.keys.get(key)
            at_work = self._working.get(key)
            seen = known["fingerprint"] if known else at_work
            if seen is not None and seen != print_:
                raise _error(
                    "The idempotency key was used with different parameters.",
                    "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
                )
            if at_work is not None:
                raise _error(
                    "A request with this idempotency key is in progress.",
                    "IDEMPOTENCY_CONCURRENT_REQUEST",
                )
            if known is None:
                self._working[key] = print_
        try:
            yield known
        finally:
            if known is None:
                with self._lock:
                    self._working.pop(key, None)


def _error(message: str, code: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})
