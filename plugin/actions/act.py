"""The one way in, the same for every kind: what an order offers, form, preview, confirm, view."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from plugin.actions import ledger
from plugin.actions.kind import Kind, Plan
from plugin.actions.kinds import KINDS
from plugin.actions.launch import Seat
from plugin.actions.shops import open_shop, watched
from plugin.actions.sidebar import OrderRow, order_view
from plugin.db import ledger as rows
from plugin.db.ledger import ActionRow
from plugin.domain.actions import ActionState
from plugin.domain.money import Money
from plugin.domain.orders import Order
from plugin.errors import Conflict, Forbidden, NotFound, Unsupported
from plugin.ports.clock import new_id, new_reference
from plugin.ports.store import MISSING, Capability
from plugin.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionForm:
    """What a form needs, from what is stored alone. `content` is what the kind's own `form`
    gave."""

    kind: str
    order: Order
    connection_id: str
    capability: Capability
    as_of: datetime
    content: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionView:
    """One action as the panel shows it. `mine` = the agent who looks is the one who acts; `plan`
    is of the kind's own type."""

    id: str
    state: ActionState
    kind: str
    connection_id: str
    order_ref: str
    order_number: str
    amount: Money
    plan: Plan
    agent_id: str
    agent_name: str
    mine: bool
    created_at: datetime
    expires_at: datetime
    requested_at: datetime | None
    finished_at: datetime | None
    code: str
    parameters: Mapping[str, Any]
    payment: str
    reference: str


def offers(services: Services, seat: Seat, row: OrderRow) -> tuple[Capability, ...]:
    """What can be done with this order here and now, by this agent, and why the rest cannot; what
    the role forbids is left out. From what is stored, no call."""
    every = (_capability(services, seat, row, kind) for kind in KINDS.values())
    return tuple(known for known in every if known.reason != "role_forbids")


def form_of(
    services: Services, seat: Seat, kind_name: str, connection_id: str, order_ref: str
) -> ActionForm:
    """Raises NotFound, Forbidden (order_masked, role_forbids)."""
    kind = _permitted(seat, kind_name)
    row = order_view(services, seat, connection_id, order_ref)
    capability = _capability(services, seat, row, kind)
    return ActionForm(
        kind=kind.name,
        order=row.order(),
        connection_id=connection_id,
        capability=capability,
        as_of=row.fetched_at,
        content=kind.form(services, seat, row) if capability.available else None,
    )


def preview(
    services: Services, seat: Seat, kind_name: str, connection_id: str, order_ref: str,
    typed: Mapping[str, str],
) -> ActionView:  # fmt: skip
    """Re-reads the order live, computes every consequence and freezes it as an intent. Raises
    InvalidInput, Unsupported, Forbidden, Conflict, NotFound, PlatformError."""
    kind = _permitted(seat, kind_name)
    row = order_view(services, seat, connection_id, order_ref)
    if lacking := _lacking(seat, connection_id, kind):
        raise Unsupported(lacking)
    choice = kind.read(row.order(), typed)
    store = open_shop(services, seat.scope, connection_id)
    with watched(services, seat.scope, connection_id):
        plan = kind.plan(store, choice)
    kind.check(plan, choice)
    action_id = new_id("ac_")
    with services.database.writing() as connection:
        values = _values(services, seat, row, kind, plan, action_id)
        rows.add(seat.scope, connection, values)
        added = ledger.must_get(seat.scope, connection, action_id)
        ledger.note(services, seat.scope, connection, added, "previewed")
    return _view(seat, added)


def confirm(services: Services, seat: Seat, action_id: str) -> ActionView:
    """Asks the worker to do exactly what was previewed. The same id again gives the recorded
    answer. Raises NotFound, Forbidden, Conflict("preview_expired")."""
    row = _own(services, seat, action_id)
    _permitted(seat, row.kind)
    if row.state == "previewed":
        order_view(services, seat, row.connection_id, row.order_ref)
        row = ledger.request(services, seat.scope, row)
    elif row.state == "expired":
        raise Conflict("preview_expired")
    return _view(seat, row)


def view_of(services: Services, seat: Seat, action_id: str) -> ActionView:
    """An action on an order that this seat may see. Raises NotFound, Forbidden."""
    with services.database.reading() as connection:
        row = ledger.must_get(seat.scope, connection, action_id)
    if row.agent_id != seat.agent_id:
        order_view(services, seat, row.connection_id, row.order_ref)
    return _view(seat, row)


def _capability(services: Services, seat: Seat, row: OrderRow, kind: Kind) -> Capability:
    if seat.role not in kind.roles:
        return Capability(name=kind.name, available=False, reason="role_forbids")
    shop = seat.connection(row.connection_id)
    if shop is None or shop.failing_since is not None:
        return Capability(name=kind.name, available=False, reason="shop_unreachable")
    if lacking := _lacking(seat, row.connection_id, kind):
        return Capability(name=kind.name, available=False, reason=lacking)
    return replace(kind.capability(services.stores[shop.platform], row.order()), name=kind.name)


def _permitted(seat: Seat, kind_name: str) -> Kind:
    kind = KINDS.get(kind_name)
    if kind is None:
        raise NotFound("page_not_found")
    if seat.role not in kind.roles:
        raise Forbidden("role_forbids")
    return kind


def _lacking(seat: Seat, connection_id: str, kind: Kind) -> str:
    """Why this shop's credentials cannot do it at all, "" if they can."""
    shop = seat.connection(connection_id)
    return shop.options.get(f"{MISSING}{kind.name}", "") if shop else ""


def _values(
    services: Services, seat: Seat, row: OrderRow, kind: Kind, plan: Plan, action_id: str
) -> dict[str, object]:
    now, amount = services.clock(), kind.amount(plan)
    return {
        "id": action_id,
        "kind": kind.name,
        "exclusive": kind.exclusive,
        "connection_id": row.connection_id,
        "order_ref": row.ref,
        "order_number": row.number,
        "state": "previewed",
        "parameters": {},
        "plan": kind.freeze(plan),
        "amount": amount.amount,
        "currency": amount.currency,
        "idempotency_key": str(uuid.uuid4()),
        "reference": new_reference(),
        "agent_id": seat.agent_id,
        "agent_name": seat.agent_name,
        "install_id": seat.install_id,
        "conversation": seat.conversation,
        "evidence": f"{row.evidence.strength}:{row.evidence.reason}",
        "created_at": now,
        "expires_at": now + ledger.PREVIEW_LIFE,
        "attempts": 0,
    }


def _own(services: Services, seat: Seat, action_id: str) -> ActionRow:
    with services.database.reading() as connection:
        row = rows.get(seat.scope, connection, action_id)
    if row is None or row.agent_id != seat.agent_id:
        raise NotFound("action_not_found")
    return row


def _view(seat: Seat, row: ActionRow) -> ActionView:
    return ActionView(
        id=row.id,
        state=row.state,
        kind=row.kind,
        connection_id=row.connection_id,
        order_ref=row.order_ref,
        order_number=row.order_number,
        amount=Money(row.amount, row.currency),
        plan=KINDS[row.kind].frozen(row),
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        mine=row.agent_id == seat.agent_id,
        created_at=row.created_at,
        expires_at=row.expires_at,
        requested_at=row.requested_at,
        finished_at=row.finished_at,
        code=row.code,
        parameters=row.parameters,
        payment=row.payment,
        reference=row.reference,
    )
