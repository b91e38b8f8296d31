"""Where refunds happen: form, preview from a live re-read, confirm. The ledger does the rest."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from plugin.actions import ledger
from plugin.actions.launch import Seat
from plugin.actions.ledger import Kind
from plugin.actions.shops import open_shop, watched
from plugin.actions.sidebar import OrderRow, order_view
from plugin.db import ledger as rows
from plugin.db.ledger import ActionRow
from plugin.domain.actions import ActionState
from plugin.domain.money import Money, MoneyError, parse_amount
from plugin.domain.orders import Order
from plugin.domain.policy import may
from plugin.domain.refunds import LineChoice, RefundChoice, RefundMode, RefundPlan, RefundReceipt
from plugin.errors import Conflict, Forbidden, InvalidInput, NotFound, Unsupported
from plugin.ports.clock import new_id, new_reference
from plugin.ports.store import MISSING, Capability, Store
from plugin.services import Services

_plan = msgspec.json.Decoder(RefundPlan).decode
_MODES: Mapping[str, RefundMode] = {"all": "all", "lines": "lines", "amount": "amount"}
_MAX_LINES = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundForm:
    """What the form needs, from the mirror alone."""

    order: Order
    connection_id: str
    capability: Capability
    as_of: datetime

    @property
    def remaining(self) -> Money:
        return self.order.remaining


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionView:
    """One action as the panel shows it. `mine` = the agent who looks is the one who acts."""

    id: str
    state: ActionState
    kind: str
    connection_id: str
    order_ref: str
    order_number: str
    amount: Money
    plan: RefundPlan
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


def capability_of(services: Services, seat: Seat, row: OrderRow) -> Capability:
    """Can this order be refunded here and now, by this agent: from what is stored, no call."""
    if not may(seat.role, "refund"):
        return Capability(name="refund", available=False, reason="role_forbids")
    shop = seat.connection(row.connection_id)
    if shop is None or shop.failing_since is not None:
        return Capability(name="refund", available=False, reason="shop_unreachable")
    if lacking := _lacking(seat, row.connection_id):
        return Capability(name="refund", available=False, reason=lacking)
    return services.stores[shop.platform].refund_capability(row.order())


def refund_form(services: Services, seat: Seat, connection_id: str, order_ref: str) -> RefundForm:
    """Raises NotFound, Forbidden (order_masked, role_forbids)."""
    _permitted(seat)
    row = order_view(services, seat, connection_id, order_ref)
    return RefundForm(
        order=row.order(),
        connection_id=connection_id,
        capability=capability_of(services, seat, row),
        as_of=row.fetched_at,
    )


def preview_refund(
    services: Services, seat: Seat, connection_id: str, order_ref: str, typed: Mapping[str, str]
) -> ActionView:
    """Re-reads the order live, computes every consequence and freezes it as an intent. `typed`:
    mode, qty.<line ref>, amount, shipping, restock, reason, notify. Raises InvalidInput,
    Unsupported, Forbidden, Conflict, NotFound, PlatformError."""
    _permitted(seat)
    row = order_view(services, seat, connection_id, order_ref)
    if lacking := _lacking(seat, connection_id):
        raise Unsupported(lacking)
    choice = read_choice(row.order(), typed)
    store = open_shop(services, seat.scope, connection_id)
    with watched(services, seat.scope, connection_id):
        plan = store.plan_refund(choice)
    _check(plan, choice)
    action_id = new_id("ac_")
    with services.database.writing() as connection:
        values = _values(services, seat, row, plan, action_id)
        rows.add(seat.scope, connection, values)
        added = ledger.must_get(seat.scope, connection, action_id)
        ledger.note(services, seat.scope, connection, added, "previewed")
    return _view(seat, added)


def confirm_refund(services: Services, seat: Seat, action_id: str) -> ActionView:
    """Asks the worker to do exactly what was previewed. The same id again gives the recorded
    answer. Raises NotFound, Forbidden, Conflict("preview_expired")."""
    _permitted(seat)
    row = _own(services, seat, action_id)
    if row.state == "previewed":
        order_view(services, seat, row.connection_id, row.order_ref)
        row = ledger.request(services, seat.scope, row)
    elif row.state == "expired":
        raise Conflict("preview_expired")
    return _view(seat, row)


def action_view(services: Services, seat: Seat, action_id: str) -> ActionView:
    """An action on an order that this seat may see. Raises NotFound, Forbidden."""
    with services.database.reading() as connection:
        row = ledger.must_get(seat.scope, connection, action_id)
    if row.agent_id != seat.agent_id:
        order_view(services, seat, row.connection_id, row.order_ref)
    return _view(seat, row)


def read_choice(order: Order, typed: Mapping[str, str]) -> RefundChoice:
    """The form as a choice, or InvalidInput naming the field."""
    mode = _MODES.get(typed.get("mode", ""))
    if mode is None:
        raise InvalidInput("mode_unknown", field="mode")
    return RefundChoice(
        order_ref=order.ref,
        mode=mode,
        lines=_lines(typed) if mode == "lines" else (),
        amount=_amount(order, typed) if mode == "amount" else None,
        shipping=mode == "all" or bool(typed.get("shipping")),
        restock=bool(typed.get("restock")),
        reason=" ".join(typed.get("reason", "").split())[:200],
        notify=bool(typed.get("notify")),
    )


def _lines(typed: Mapping[str, str]) -> tuple[LineChoice, ...]:
    chosen = []
    for name, text in typed.items():
        if not name.startswith("qty."):
            continue
        text = text.strip() or "0"
        if not (text.isascii() and text.isdecimal()) or len(text) > 6:
            raise InvalidInput("quantity_invalid", field=name)
        if int(text):
            chosen.append(LineChoice(line_ref=name.removeprefix("qty."), quantity=int(text)))
    if len(chosen) > _MAX_LINES:
        raise InvalidInput("request_invalid", field="qty")
    return tuple(chosen)


def _amount(order: Order, typed: Mapping[str, str]) -> Money:
    try:
        return parse_amount(typed.get("amount", ""), order.currency)
    except MoneyError as error:
        raise InvalidInput(error.code, field="amount", currency=order.currency) from error


def _permitted(seat: Seat) -> None:
    if not may(seat.role, "refund"):
        raise Forbidden("role_forbids")


def _lacking(seat: Seat, connection_id: str) -> str:
    """Why this shop's credentials cannot refund at all, "" if they can."""
    shop = seat.connection(connection_id)
    return shop.options.get(f"{MISSING}refund", "") if shop else ""


def _check(plan: RefundPlan, choice: RefundChoice) -> None:
    """What no adapter may get wrong: the plan is what was asked, adds up and stays within what
    is left."""
    if plan.order_ref != choice.order_ref or choice.amount not in (None, plan.amount):
        raise InvalidInput("plan_does_not_add_up")
    parts = sum((part.amount.amount for part in plan.parts), Decimal(0))
    if parts != plan.amount.amount or plan.amount.amount <= 0:
        raise InvalidInput("plan_does_not_add_up")
    if plan.amount > plan.refundable:
        raise InvalidInput("amount_above_refundable", field="amount", left=plan.refundable)


def _values(
    services: Services, seat: Seat, row: OrderRow, plan: RefundPlan, action_id: str
) -> dict[str, object]:
    now = services.clock()
    return {
        "id": action_id,
        "kind": "refund",
        "exclusive": True,
        "connection_id": row.connection_id,
        "order_ref": plan.order_ref,
        "order_number": plan.order_number,
        "state": "previewed",
        "parameters": {},
        "plan": msgspec.json.encode(plan),
        "amount": plan.amount.amount,
        "currency": plan.amount.currency,
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
        plan=_plan(row.plan),
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


# --- what the ledger does with a refund ------------------------------------------------------


def _recheck(store: Store, row: ActionRow) -> None:
    """The order as it is now against the frozen preview."""
    plan, order = _plan(row.plan), store.order(row.order_ref)
    if order.refunded != plan.refunded_before:
        more = order.refunded - plan.refunded_before
        raise Conflict("order_changed", what="refunded", amount=more)
    if order.total != plan.order_total:
        raise Conflict("order_changed", what="total", amount=order.total)
    if order.state != plan.order_state:
        raise Conflict("order_changed", what="state")


def _send(store: Store, row: ActionRow) -> RefundReceipt:
    return store.refund(_plan(row.plan), key=row.idempotency_key, reference=row.reference)


def _find(store: Store, row: ActionRow) -> RefundReceipt | None:
    return store.find_refund(row.order_ref, row.reference)


def _strangers(store: Store, row: ActionRow) -> bool:
    """An equal amount without a reference that may have come with our call: perhaps ours. Told
    by the sum as well as by the hour, as the shop's clock need not agree with ours."""
    since = (row.call_started_at or row.created_at).replace(microsecond=0)
    known, before = store.refunds_of(row.order_ref), _plan(row.plan).refunded_before
    grown = sum((receipt.amount.amount for receipt in known), Decimal(0)) > before.amount
    return any(
        receipt.amount.amount == row.amount
        and not receipt.reference
        and (grown or receipt.created_at >= since)
        for receipt in known
    )


REFUND = Kind(name="refund", recheck=_recheck, send=_send, find=_find, strangers=_strangers)
KINDS: Mapping[str, Kind] = {REFUND.name: REFUND}
