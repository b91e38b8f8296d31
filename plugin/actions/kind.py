"""What one kind of action is: everything the form, the ledger and the settler ask of it.

A kind is a module of this package that ends in one frozen `Kind`; kinds.py lists them.
docs/add-an-action.md walks through one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from plugin.actions.launch import Seat
from plugin.actions.sidebar import OrderRow
from plugin.db.ledger import ActionRow
from plugin.db.personal import BLANK
from plugin.db.session import DbConnection, Scope
from plugin.domain.actions import Receipt
from plugin.domain.money import Money
from plugin.domain.orders import Order
from plugin.domain.policy import ACTING, Role
from plugin.errors import NotFound
from plugin.ports.store import Capability, Store, StorePlatform
from plugin.services import Services

Choice = Any
Plan = Any

NOT_HERE = "not_for_this_order"
"""The reason of a capability that makes no sense on an order: it is not offered at all."""


def _nothing_more(
    services: Services, seat: Seat, row: OrderRow, typed: Mapping[str, str]
) -> object:
    return None


def _no_facts(plan: Plan) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of action, in the order in which its parts are used.

    `name` stands in addresses, templates, labels, policies and the journal; `roles` have it unless
    the owner says otherwise. `exclusive` kinds move money or stock and lock their order; limits are
    set for those with `money`.
    `capability` is pure: the platform's word on a stored order. `form` reads what the form shows
    beside the order (no call to a shop), also from what was typed so far. `read` turns what was
    typed into a choice or raises InvalidInput; `plan` re-reads live and computes every
    consequence; `check` raises InvalidInput for a plan that no adapter may make; `amount` is what
    limits count (zero for no money); `reason` is the agent's, where the form asks for one; `facts`
    are what the journal says of it beside the amount, nothing personal. `room`
    raises Conflict if what we did before leaves none, in the transaction that confirms. `secret`
    is what must not stand in the plan (b"" for nothing): sealed beside the action, erased when it
    has ended. Where it is available, a kind takes the place of the one it is `instead_of`. It
    shares limits and sums with the one it is `limited_as`, so that no limit has a way round. Of a
    kind `in_turn` one at a time is under way on an order: its call writes over what stood there.

    What follows is the worker's and gets the frozen plan back: `recheck` raises Conflict if the
    preview no longer holds; `send` is the one call; `find` looks for its effect; `strangers` says
    whether an effect that is not surely ours looks like it. `resend`: the platform may honour our
    key, so that `Store.may_resend` is worth asking."""

    name: str
    plan_type: Any
    exclusive: bool = True
    money: bool = True
    resend: bool = False
    instead_of: str = ""
    limited_as: str = ""
    in_turn: bool = False
    roles: frozenset[Role] = ACTING
    capability: Callable[[StorePlatform, Order], Capability]
    form: Callable[[Services, Seat, OrderRow, Mapping[str, str]], object] = _nothing_more
    read: Callable[[Order, Mapping[str, str]], Choice]
    plan: Callable[[Store, Choice], Plan]
    check: Callable[[Plan, Choice], None]
    amount: Callable[[Plan], Money]
    reason: Callable[[Plan], str] | None = None
    facts: Callable[[Plan], Mapping[str, Any]] = _no_facts
    room: Callable[[Scope, DbConnection, ActionRow, Plan], None] | None = None
    secret: Callable[[Choice], bytes] | None = None
    recheck: Callable[[Store, ActionRow, Plan], None]
    send: Callable[[Store, ActionRow, Plan], Receipt]
    find: Callable[[Store, ActionRow, Plan], Receipt | None]
    strangers: Callable[[Store, ActionRow, Plan], bool]

    @property
    def limits(self) -> str:
        """The kind whose limits count."""
        return self.limited_as or self.name

    def freeze(self, plan: Plan) -> bytes:
        return msgspec.json.encode(plan)

    def frozen(self, row: ActionRow) -> Plan:
        """The plan exactly as it was previewed. Raises NotFound("action_erased")."""
        if row.plan == BLANK:
            raise NotFound("action_erased")
        return msgspec.json.decode(row.plan, type=self.plan_type)
