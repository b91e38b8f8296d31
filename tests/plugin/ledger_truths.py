"""What is true of every action at every moment, whatever happened before."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from plugin.actions.kinds import KINDS
from plugin.db.ledger import ActionRow
from plugin.domain.actions import COUNTED, OPEN
from plugin.domain.money import Money, total
from plugin.domain.policy import CUSTOMER_SPAN, FUSE_SPAN, Limits
from tests.plugin.till import Till

MADRID = ZoneInfo("Europe/Madrid")
UNSENT = {"previewed", "expired", "requested", "awaiting_approval", "refused", "not_done"}
BY_HAND = "manual_refund"
JOURNALLED = {"awaiting_approval": "approval_asked", "performing": "claimed"}


def nothing_is_done_twice(every: Sequence[ActionRow], shop: Till, moving: Collection[str]) -> None:
    """And states are what the shop's own till says; `moving` are calls on their way to it."""
    for row in every:
        count = shop.effects(row.reference)
        if row.kind == BY_HAND:
            assert count == 0
            assert (row.payment in ("due", "paid", "dropped")) == (row.state == "done")
            continue
        assert count <= 1, (row.kind, row.state, count)
        if row.state == "done":
            assert count == 1, row.kind
        if row.state in UNSENT:
            assert count == 0, (row.kind, row.state, row.code)
            assert row.id not in moving, (row.kind, row.state, row.code)


def what_has_no_key_is_sent_once(every: Sequence[ActionRow], sent: Mapping[str, int]) -> None:
    for row in every:
        assert sent.get(row.id, 0) <= 1 or KINDS[row.kind].resend, (row.kind, sent[row.id])


def no_order_gives_more_than_it_had(every: Sequence[ActionRow], shop: Till) -> None:
    for order in shop.orders.values():
        owed = [
            Money(row.amount, row.currency)
            for row in every
            if row.kind == BY_HAND and row.order_ref == order.ref and row.state in COUNTED
            and row.payment != "dropped"
        ]  # fmt: skip
        assert order.refunded + total(owed, order.currency) <= order.total
    assert all(count == 1 for count in shop.endings().values())


def one_action_holds_an_order(every: Sequence[ActionRow]) -> None:
    holding = Counter(
        ("", row.order_ref) for row in every if KINDS[row.kind].exclusive and row.state in OPEN
    )
    holding += Counter(
        (row.kind, row.order_ref)
        for row in every
        if KINDS[row.kind].in_turn and row.state in ("performing", "unknown")
    )
    assert all(count == 1 for count in holding.values())


def no_limit_is_passed(
    every: Sequence[ActionRow], rules: Mapping[tuple[str, str], Limits], roles: Mapping[str, str]
) -> None:
    """`rules` by role and kind, `roles` by the agent who answers for it."""
    counted = [row for row in every if row.state in COUNTED and row.payment != "dropped"]
    days: defaultdict[tuple[str, str, object], Decimal] = defaultdict(Decimal)
    for row in counted:
        kind, at = KINDS[row.kind].limits, row.requested_at
        limits = rules.get((roles[row.answerable_id], kind))
        if limits is None or at is None or not row.amount:
            continue
        if limits.per_action is not None:
            assert row.amount <= limits.per_action
        if limits.per_day is not None:
            day = (row.answerable_id, kind, at.astimezone(MADRID).date())
            days[day] += row.amount
            assert days[day] <= limits.per_day
        if limits.per_customer is not None:
            known = [other for other in _within(counted, row, CUSTOMER_SPAN)
                     if KINDS[other.kind].limits == kind and (other.customer_key ==
                     row.customer_key) and (other.requested_at != at or
                     roles[other.answerable_id] == roles[row.answerable_id])]  # fmt: skip
            assert sum(other.amount for other in known) <= limits.per_customer


def the_fuse_holds(every: Sequence[ActionRow], per_hour: Decimal) -> None:
    """For everybody, the owner included."""
    counted = [row for row in every if row.state in COUNTED and row.payment != "dropped"]
    for row in counted:
        spent = sum(other.amount for other in _within(counted, row, FUSE_SPAN))
        assert spent <= per_hour or not row.amount


def _within(counted: Sequence[ActionRow], row: ActionRow, span: timedelta) -> Sequence[ActionRow]:
    """What counted when this one was let through, itself included."""
    at = row.requested_at
    assert at is not None
    return [
        other
        for other in counted
        if other.requested_at is not None and at - span < other.requested_at <= at
    ]


def every_step_is_written(
    every: Sequence[ActionRow], entries: Sequence[Mapping[str, Any]], shop: Till
) -> None:
    """What is, was written down; what was sent, was announced; nobody approved their own."""
    steps: defaultdict[str, list[str]] = defaultdict(list)
    for entry in entries:
        if "action" in entry:
            step = entry["event"].rpartition(":")[2]
            steps[entry["action"]].append(step)
            assert step != "approved" or entry["by"] != entry["agent"]
    for row in every:
        assert JOURNALLED.get(row.state, row.state) in steps[row.id] or _unasked(row, steps)
        if shop.effects(row.reference):
            assert "sent" in steps[row.id]
        if row.payment in ("paid", "dropped"):
            assert row.payment in steps[row.id]


def _unasked(row: ActionRow, steps: Mapping[str, Sequence[str]]) -> bool:
    """Given back by a dead worker, or approved: the step has another name than the state."""
    return row.state == "requested" and bool({"returned", "approved"} & {*steps[row.id]})
