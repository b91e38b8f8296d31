"""Who may do how much: asked at the preview for the agent's sake, and in the very transaction that
confirms, which is what counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from plugin.actions import journal
from plugin.actions.kind import Kind
from plugin.actions.kinds import KINDS
from plugin.db import connections as installed
from plugin.db import policies as rows
from plugin.db.ledger import ActionRow
from plugin.db.session import DbConnection, Scope
from plugin.domain.money import Money
from plugin.domain.policy import (
    CUSTOMER_SPAN,
    FUSE_SPAN,
    LIMITED,
    Limits,
    Over,
    Spent,
    above,
)
from plugin.errors import Conflict, Forbidden, InvalidInput
from plugin.messages import time_zone
from plugin.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What the owner set for one role and kind; `allowed` None = the kind's own rule."""

    allowed: bool | None
    reason_required: bool
    limits: Mapping[str, Limits]


def rule_of(scope: Scope, connection: DbConnection, role: str, kind: str) -> Rule:
    allowed, reason, limits = None, False, {}
    for row in rows.rules(scope, connection, role, kind):
        if not row.currency:
            allowed, reason = row.allowed, row.reason_required
            continue
        known = Limits(
            per_action=row.per_action, per_day=row.per_day, per_customer=row.per_customer
        )
        if known:
            limits[row.currency] = known
    return Rule(allowed=allowed, reason_required=reason, limits=limits)


def verdict(
    services: Services, scope: Scope, connection: DbConnection, row: ActionRow, kind: Kind,
    role: str, agent_id: str,
) -> Over | None:  # fmt: skip
    """The limit that this action is above if `agent_id` answers for it, None if it may go. Raises
    Forbidden("role_forbids"), Conflict("fuse_blown") and what the kind's `room` says. Whoever acts
    on the answer holds `policies.lock` since before."""
    rule = rule_of(scope, connection, role, kind.name)
    if not (role in kind.roles if rule.allowed is None else rule.allowed):
        raise Forbidden("role_forbids")
    if kind.room is not None:
        kind.room(scope, connection, row, kind.frozen(row))
    amount, now = Money(row.amount, row.currency), services.clock()
    if amount.amount <= 0:
        return None
    missing = _fuse(scope, connection, amount, now)
    if role not in LIMITED:
        return None
    if kind.limits != kind.name:
        rule = rule_of(scope, connection, role, kind.limits)
    kinds = [other.name for other in KINDS.values() if other.limits == kind.limits]
    count = _Count(kinds=kinds, currency=row.currency, agent_id=agent_id, customer=row.customer_key)
    spent = _spent(scope, connection, count, rule.limits.get(row.currency), now)
    return above(amount, rule.limits, spent) or missing


def _fuse(scope: Scope, connection: DbConnection, amount: Money, now: datetime) -> Over | None:
    """Blown: nobody gets through until the hour has passed or the owner raises it. Fuses in other
    currencies only: the owner has forgotten one, so somebody looks first."""
    known = rows.all_fuses(scope, connection)
    if not known:
        return None
    limit = known.get(amount.currency)
    if limit is None:
        return Over(what="no_limit", limit=None, currency=amount.currency)
    spent = rows.spent_by_all(scope, connection, amount.currency, now - FUSE_SPAN)
    if spent + amount.amount > limit:
        raise Conflict("fuse_blown", limit=Money(limit, amount.currency))
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count:
    """What is summed: kinds that share limits, in one currency, for whom and on whom."""

    kinds: Sequence[str]
    currency: str
    agent_id: str
    customer: str


def _spent(
    scope: Scope, connection: DbConnection, count: _Count, limits: Limits | None, now: datetime
) -> Spent:  # fmt: skip
    """Only what a limit asks for is summed."""
    if limits is None:
        return Spent()
    today = on_customer = Decimal(0)
    if limits.per_day is not None:
        midnight = _midnight(scope, connection, now)
        today = rows.spent_by(
            scope, connection, count.agent_id, count.kinds, count.currency, midnight
        )
    if limits.per_customer is not None:
        since = now - CUSTOMER_SPAN
        on_customer = rows.spent_on(
            scope, connection, count.customer, count.kinds, count.currency, since
        )
    return Spent(today=today, on_customer=on_customer)


def _midnight(scope: Scope, connection: DbConnection, now: datetime) -> datetime:
    """When today began where the business is."""
    zone = time_zone(installed.workspace(scope, connection).timezone)
    local = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return local.astimezone(now.tzinfo)


# --- what the owner sets ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A change to one role and kind; what is None stays. Limits need `currency`; a limit of
    `CLEAR` is taken away."""

    role: str
    kind: str
    currency: str = ""
    allowed: bool | None = None
    reason_required: bool | None = None
    limits: Mapping[str, Decimal] | None = None


CLEAR = Decimal(-1)


def set_rule(
    services: Services, scope: Scope, wanted: Wanted, kinds: Mapping[str, Kind], who: str
) -> None:
    """Effective with the next confirmation. Raises InvalidInput: kind_unknown, role_unlimited,
    currency_missing, limit_negative, limits_shared."""
    if wanted.kind not in kinds:
        raise InvalidInput("kind_unknown", kind=wanted.kind)
    if wanted.role not in LIMITED:
        raise InvalidInput("role_unlimited")
    limits: Mapping[str, Any] = _limits(wanted)
    if limits and kinds[wanted.kind].limited_as:
        raise InvalidInput("limits_shared", kind=kinds[wanted.kind].limited_as)
    said = {"allowed": wanted.allowed, "reason_required": wanted.reason_required}
    switches = {name: value for name, value in said.items() if value is not None}
    with services.database.writing() as connection:
        rows.lock(scope, connection)
        if switches:
            rows.put_rule(scope, connection, wanted.role, wanted.kind, "", **switches)
        if limits:
            role, kind, currency = wanted.role, wanted.kind, wanted.currency
            rows.put_rule(scope, connection, role, kind, currency, **limits)
        facts = {"role": wanted.role, "kind": wanted.kind, **_told(wanted.currency, limits)}
        _journal(services, scope, connection, "policy:limit", {**facts, **switches}, who)


def set_fuse(services: Services, scope: Scope, currency: str, per_hour: Decimal, who: str) -> None:
    """`CLEAR` takes it out. Raises InvalidInput("currency_missing" | "limit_negative")."""
    limit = _limit(per_hour)
    if not currency:
        raise InvalidInput("currency_missing")
    with services.database.writing() as connection:
        rows.lock(scope, connection)
        rows.put_fuse(scope, connection, currency, limit)
        facts = _told(currency, {"per_hour": limit})
        _journal(services, scope, connection, "policy:fuse", facts, who)


MOST_REASONS = 30


def set_reasons(
    services: Services, scope: Scope, kind: str, texts: Sequence[str], kinds: Mapping[str, Kind],
    who: str,
) -> None:  # fmt: skip
    """What agents choose from; none means that they write their own. Raises
    InvalidInput("kind_unknown" | "reasons_too_many")."""
    if kind not in kinds or kinds[kind].reason is None:
        raise InvalidInput("kind_unknown", kind=kind)
    plain = [" ".join(text.split())[:100] for text in texts]
    known = tuple(dict.fromkeys(text for text in plain if text))
    if len(known) > MOST_REASONS:
        raise InvalidInput("reasons_too_many", most=MOST_REASONS)
    with services.database.writing() as connection:
        rows.put_reasons(scope, connection, kind, known)
        facts = {"kind": kind, "reasons": len(known)}
        _journal(services, scope, connection, "policy:reasons", facts, who)


def _limits(wanted: Wanted) -> dict[str, Decimal | None]:
    if not wanted.limits:
        return {}
    if not wanted.currency:
        raise InvalidInput("currency_missing")
    return {name: _limit(value) for name, value in wanted.limits.items()}


def _limit(value: Decimal) -> Decimal | None:
    if value == CLEAR:
        return None
    if value < 0:
        raise InvalidInput("limit_negative")
    return value


def _told(currency: str, limits: Mapping[str, Decimal | None]) -> dict[str, object]:
    texts = {name: "" if value is None else str(value) for name, value in limits.items()}
    return {"currency": currency, **texts} if texts else {}


def _journal(
    services: Services, scope: Scope, connection: DbConnection, event: str,
    facts: Mapping[str, object], who: str,
) -> None:  # fmt: skip
    journal.record(scope, connection, services.keys, services.clock(), event, facts, {"who": who})
