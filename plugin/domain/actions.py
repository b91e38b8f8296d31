"""The life cycle of everything that changes a shop (design: "The ledger")."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol, get_args

ActionState = Literal[
    "previewed",
    "expired",
    "requested",
    "awaiting_approval",
    "performing",
    "refused",
    "done",
    "unknown",
    "not_done",
    "needs_person",
]
STATES: tuple[ActionState, ...] = get_args(ActionState)

MOVES: dict[ActionState, frozenset[ActionState]] = {
    "previewed": frozenset({"expired", "requested", "refused"}),
    "requested": frozenset({"awaiting_approval", "performing", "refused"}),
    "awaiting_approval": frozenset({"requested", "refused"}),
    # back to `requested` only while nothing was sent (call_started_at empty)
    "performing": frozenset({"done", "refused", "unknown", "requested"}),
    "unknown": frozenset({"done", "not_done", "needs_person"}),
    "needs_person": frozenset({"done", "not_done"}),
    "expired": frozenset(),
    "refused": frozenset(),
    "done": frozenset(),
    "not_done": frozenset(),
}
OPEN: frozenset[ActionState] = frozenset({"performing", "unknown", "needs_person"})
COUNTED: tuple[ActionState, ...] = ("requested", "performing", "unknown", "needs_person", "done")
"""What counts against limits: what happened, may have, or is about to."""
TELLING: frozenset[ActionState] = frozenset(
    {"done", "refused", "unknown", "not_done", "needs_person"}
)
"""What the agent who confirmed wants to hear of, wherever they look by then."""
FINAL: frozenset[ActionState] = frozenset(state for state in STATES if not MOVES[state])


def may_move(before: ActionState, after: ActionState) -> bool:
    """Whether the life cycle allows this step."""
    return after in MOVES[before]


class Receipt(Protocol):
    """What a shop says of the effect of an action; each kind has its own dataclass that fits.
    `ref` is the shop's name for the effect, `reference` ours as it was read back. `state`
    "working" = the shop lists it but has not finished; `payment` is "" where no money moves, "due"
    where a person has to pay."""

    @property
    def ref(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def payment(self) -> Literal["pending", "succeeded", "failed", "none", "due", ""]: ...
    @property
    def state(self) -> Literal["final", "working"]: ...
    @property
    def reference(self) -> str: ...
