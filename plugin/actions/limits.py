"""What an owner sees of the limits, and what a whole form of them changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from plugin.actions import policy
from plugin.actions.kind import Kind
from plugin.actions.kinds import KINDS
from plugin.actions.policy import CLEAR, Wanted
from plugin.db import connections as installed
from plugin.db import policies as rows
from plugin.db.session import DbConnection, Scope
from plugin.domain.money import MoneyError, parse_amount
from plugin.domain.policy import LIMITED, Limits
from plugin.errors import InvalidInput
from plugin.services import Services

Span = Literal["per_action", "per_day", "per_customer"]
SPANS: tuple[Span, ...] = get_args(Span)


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRule:
    """What one role may do of one kind. `limits` by currency; empty for a kind that moves no money
    or shares the limits of `limited_as`."""

    kind: str
    allowed: bool
    reason_required: bool
    has_reason: bool
    money: bool
    limited_as: str
    limits: Mapping[str, Limits]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRules:
    role: str
    kinds: Sequence[KindRule]


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsView:
    """`currencies` are those of the shops and those that have a limit; `reasons` by kind, for kinds
    whose form asks for one. `mail` = people are told by mail of what waits."""

    roles: Sequence[RoleRules]
    currencies: Sequence[str]
    fuses: Mapping[str, Decimal]
    reasons: Mapping[str, Sequence[str]]
    mail: bool


def limits(services: Services, scope: Scope) -> LimitsView:
    """All of it."""
    with services.database.reading() as connection:
        fuses = rows.all_fuses(scope, connection)
        shops = installed.connection_rows(scope, connection)
        found = rows.rules(scope, connection)
        reasons = {
            kind.name: rows.all_reasons(scope, connection, kind.name)
            for kind in KINDS.values()
            if kind.reason is not None
        }
        roles = [RoleRules(role=role, kinds=_rules(scope, connection, role)) for role in _ROLES]
    limited = [row.currency for row in found if row.currency]
    known = {*fuses, *limited, *(shop.currency for shop in shops if shop.lives and shop.currency)}
    return LimitsView(
        roles=roles, currencies=sorted(known), fuses=fuses, reasons=reasons,
        mail=services.mail is not None,
    )  # fmt: skip


# The role that most people have stands first.
_ROLES = tuple(reversed(LIMITED))


def _rules(scope: Scope, connection: DbConnection, role: str) -> list[KindRule]:
    return [_rule(scope, connection, role, kind) for kind in KINDS.values()]


def _rule(scope: Scope, connection: DbConnection, role: str, kind: Kind) -> KindRule:
    rule = policy.rule_of(scope, connection, role, kind.name)
    return KindRule(
        kind=kind.name,
        allowed=role in kind.roles if rule.allowed is None else rule.allowed,
        reason_required=rule.reason_required,
        has_reason=kind.reason is not None,
        money=kind.money,
        limited_as=kind.limited_as,
        limits=rule.limits,
    )


def change_role(
    services: Services, scope: Scope, role: str, typed: Mapping[str, str], who: str
) -> None:
    """A whole form: `allowed.<kind>` and `reason.<kind>` are there or not, and amounts stand in
    `<span>.<kind>.<currency>`, empty for none. Only what differs is set and written down; nothing
    is if one amount cannot be read. Raises InvalidInput (role_unlimited, amounts) with `field`."""
    view = limits(services, scope)
    known = next((each for each in view.roles if each.role == role), None)
    if known is None:
        raise InvalidInput("role_unlimited")
    wanted = [each for rule in known.kinds for each in _wanted(role, rule, view, typed)]
    for each in wanted:
        policy.set_rule(services, scope, each, KINDS, who)


def _wanted(
    role: str, rule: KindRule, view: LimitsView, typed: Mapping[str, str]
) -> Iterator[Wanted]:
    allowed, reason = f"allowed.{rule.kind}" in typed, f"reason.{rule.kind}" in typed
    permits = None if allowed == rule.allowed else allowed
    needs = None if reason == rule.reason_required or not rule.has_reason else reason
    if permits is not None or needs is not None:
        yield Wanted(role=role, kind=rule.kind, allowed=permits, reason_required=needs)
    if not rule.money or rule.limited_as:
        return
    for currency in view.currencies:
        before = rule.limits.get(currency, Limits())
        asked: dict[str, Decimal] = {
            span: read_limit(typed[name], currency, name)
            for span in SPANS
            if (name := f"{span}.{rule.kind}.{currency}") in typed
        }
        changed = {
            span: limit
            for span, limit in asked.items()
            if limit != _stored(getattr(before, span))
        }  # fmt: skip
        if changed:
            yield Wanted(role=role, kind=rule.kind, currency=currency, limits=changed)


def change_fuses(services: Services, scope: Scope, typed: Mapping[str, str], who: str) -> None:
    """`per_hour.<currency>`, empty for none. Raises InvalidInput with `field`."""
    view = limits(services, scope)
    asked = {
        currency: read_limit(typed[name], currency, name)
        for currency in view.currencies
        if (name := f"per_hour.{currency}") in typed
    }
    for currency, limit in asked.items():
        if limit != _stored(view.fuses.get(currency)):
            policy.set_fuse(services, scope, currency, limit, who)


def change_reasons(services: Services, scope: Scope, kind: str, text: str, who: str) -> None:
    """One a line. Raises InvalidInput("kind_unknown" | "reasons_too_many") with `field`."""
    try:
        policy.set_reasons(services, scope, kind, text.splitlines(), KINDS, who)
    except InvalidInput as error:
        raise InvalidInput(error.code, **{**error.parameters, "field": "reasons"}) from error


def read_limit(text: str, currency: str, field: str = "") -> Decimal:
    """Written as people of any language write amounts; CLEAR for none, and zero is a limit above
    which everything is. Raises InvalidInput."""
    if not text.strip() or text.strip().lower() == "none":
        return CLEAR
    try:
        return parse_amount(text, currency).amount
    except MoneyError as error:
        if error.code == "amount_zero":
            return Decimal(0)
        known = {"field": field} if field else {}
        raise InvalidInput(error.code, currency=currency, **known) from error


def _stored(limit: Decimal | None) -> Decimal:
    return CLEAR if limit is None else limit
