"""A refund where the gateway has none (cash on delivery, bank transfer): a task for a person, with
a date and, for a transfer, an account. Never a "refunded" that did not happen."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from plugin.actions.kind import NOT_HERE, Kind
from plugin.db import manual as rows
from plugin.db.ledger import ActionRow
from plugin.db.session import DbConnection, Scope
from plugin.domain.bank import AccountError, parse_account
from plugin.domain.manual import ManualChoice, ManualPlan, ManualReceipt, Way
from plugin.domain.money import Money, MoneyError, parse_amount
from plugin.domain.orders import Order
from plugin.errors import Conflict, InvalidInput, Unsupported
from plugin.ports.store import Capability, Store, StorePlatform

REASON = "payment_manual"
_WAYS: Mapping[str, Way] = {"transfer": "transfer", "other": "other"}
_DAYS = 5
_MOST_DAYS = 60


def _capability(platform: StorePlatform, order: Order) -> Capability:
    """Where the platform's own refund says that a person must pay; its words are kept."""
    known = platform.refund_capability(order)
    if known.available or known.reason != REASON:
        return Capability(name="manual_refund", available=False, reason=NOT_HERE)
    return Capability(
        name="manual_refund", available=True, reason=known.reason, parameters=known.parameters
    )


def _read(order: Order, typed: Mapping[str, str]) -> ManualChoice:
    """`typed`: amount, way, account, holder, days, reason."""
    way = _WAYS.get(typed.get("way", ""))
    if way is None:
        raise InvalidInput("way_unknown", field="way")
    account, masked = "", ""
    if way == "transfer":
        try:
            known = parse_account(typed.get("account", ""))
        except AccountError as error:
            raise InvalidInput(error.code, field="account") from error
        account, masked = known.grouped, known.masked
    return ManualChoice(
        order_ref=order.ref,
        amount=_amount(order, typed.get("amount", "")),
        way=way,
        days=_days(typed.get("days", "")),
        account=account,
        holder=" ".join(typed.get("holder", "").split())[:120] if account else "",
        masked=masked,
        reason=" ".join(typed.get("reason", "").split())[:200],
    )


def _amount(order: Order, text: str) -> Money:
    try:
        return parse_amount(text, order.currency)
    except MoneyError as error:
        raise InvalidInput(error.code, field="amount", currency=order.currency) from error


def _days(text: str) -> int:
    text = text.strip() or str(_DAYS)
    if not (text.isascii() and text.isdecimal() and 0 <= int(text[:4]) <= _MOST_DAYS):
        raise InvalidInput("days_invalid", field="days")
    return int(text)


def _plan(store: Store, choice: ManualChoice) -> ManualPlan:
    order = store.order(choice.order_ref)
    _by_hand(order)
    return ManualPlan(
        order_ref=order.ref,
        amount=choice.amount,
        remaining=order.remaining,
        way=choice.way,
        masked=choice.masked,
        days=choice.days,
        payment=", ".join(dict.fromkeys(payment.label for payment in order.payments)),
        refunded_before=order.refunded,
        order_total=order.total,
        order_state=order.state,
        reason=choice.reason,
    )


def _by_hand(order: Order) -> None:
    """Live, whatever the form was made from: what a gateway can pay back is not owed beside."""
    if any(not payment.manual and payment.state == "succeeded" for payment in order.payments):
        raise Unsupported("refund_by_gateway")


def _check(plan: ManualPlan, choice: ManualChoice) -> None:
    if plan.amount > plan.remaining:
        raise InvalidInput("amount_above_refundable", field="amount", left=plan.remaining)


def _room(scope: Scope, connection: DbConnection, row: ActionRow, plan: ManualPlan) -> None:
    """What is owed or was paid by hand does not show in the shop: it is added up here."""
    known = rows.owed_or_paid(scope, connection, row)
    if known + plan.amount.amount > plan.remaining.amount:
        raise Conflict("manual_already", amount=Money(known, row.currency))


def _recheck(store: Store, row: ActionRow, plan: ManualPlan) -> None:
    order = store.order(row.order_ref)
    _by_hand(order)
    if order.refunded != plan.refunded_before:
        more = order.refunded - plan.refunded_before
        raise Conflict("order_changed", what="refunded", amount=more)
    if order.total != plan.order_total:
        raise Conflict("order_changed", what="total", amount=order.total)


def _send(store: Store, row: ActionRow, plan: ManualPlan) -> ManualReceipt:
    """Nothing leaves: the action itself is what is owed."""
    at = row.call_started_at or row.created_at
    return ManualReceipt(ref=row.reference, created_at=at, reference=row.reference)


def _find(store: Store, row: ActionRow, plan: ManualPlan) -> ManualReceipt:
    return _send(store, row, plan)


def _secret(choice: ManualChoice) -> bytes:
    if not choice.account:
        return b""
    return msgspec.json.encode({"account": choice.account, "holder": choice.holder})


MANUAL_REFUND = Kind(
    name="manual_refund",
    plan_type=ManualPlan,
    instead_of="refund",
    limited_as="refund",
    capability=_capability,
    read=_read,
    plan=_plan,
    check=_check,
    room=_room,
    secret=_secret,
    amount=lambda plan: plan.amount,
    reason=lambda plan: plan.reason,
    recheck=_recheck,
    send=_send,
    find=_find,
    strangers=lambda store, row, plan: False,
)
