"""Commands about what each role may do, and how much."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import click

from plugin.actions import policy
from plugin.actions.kinds import KINDS
from plugin.actions.limits import read_limit
from plugin.commands.shell import State, command
from plugin.db import policies as rows
from plugin.domain.policy import LIMITED
from plugin.errors import InvalidInput

_AMOUNT = "An amount in that currency, or none to take the limit away."
_WHO = "operator"


@click.command("limit")
@click.option("--role", type=click.Choice(LIMITED), help="Whom the limit is for.")
@click.option("--kind", type=click.Choice(tuple(KINDS)), help="Which action.")
@click.option("--currency", default="", help="ISO code; limits never mix currencies.")
@click.option("--per-action", help=_AMOUNT)
@click.option("--per-day", help="Of one agent, from midnight. " + _AMOUNT)
@click.option("--per-customer", help="In 30 days, by anybody. " + _AMOUNT)
@click.option("--per-hour", help="The fuse: all actions of everybody. " + _AMOUNT)
@click.option("--allow/--forbid", "allowed", default=None, help="Give or take the action.")
@click.option("--reason/--no-reason", "reason", default=None, help="Whether it needs a reason.")
@command
def limit_command(
    state: State, role: str | None, kind: str | None, currency: str, per_action: str | None,
    per_day: str | None, per_customer: str | None, per_hour: str | None, allowed: bool | None,
    reason: bool | None,
) -> None:  # fmt: skip
    """Set what a role may do. Amounts above a limit need approval; in a currency without a limit
    of its own, every amount does, as soon as the role has one in another."""
    currency = currency.upper()
    if per_hour is not None:
        limit = _amount(per_hour, currency)
        policy.set_fuse(state.services, state.scope(), currency, limit, _WHO)
    texts = {"per_action": per_action, "per_day": per_day, "per_customer": per_customer}
    limits = {name: _amount(text, currency) for name, text in texts.items() if text is not None}
    if limits or allowed is not None or reason is not None:
        if role is None or kind is None:
            raise InvalidInput("role_and_kind_missing")
        wanted = policy.Wanted(
            role=role, kind=kind, currency=currency, allowed=allowed, reason_required=reason,
            limits=limits,
        )  # fmt: skip
        policy.set_rule(state.services, state.scope(), wanted, KINDS, _WHO)
    elif per_hour is None:
        raise InvalidInput("limit_missing")
    state.say(_listed(state))


@click.command("limits")
@command
def limits_command(state: State) -> None:
    """What each role may do, and how much."""
    state.say(_listed(state))


@click.command("reasons")
@click.option("--kind", required=True, type=click.Choice(tuple(KINDS)), help="Of which action.")
@click.option("--none", "clear", is_flag=True, help="Agents write their own.")
@click.argument("texts", nargs=-1)
@command
def reasons_command(state: State, kind: str, clear: bool, texts: tuple[str, ...]) -> None:
    """What agents choose from as the reason of an action; without texts, what they have."""
    if texts or clear:
        policy.set_reasons(state.services, state.scope(), kind, texts, KINDS, _WHO)
    with state.services.database.reading() as connection:
        known = rows.all_reasons(state.scope(), connection, kind)
    state.say([{"kind": kind, "reason": text} for text in known])


def _listed(state: State) -> list[dict[str, Any]]:
    with state.services.database.reading() as connection:
        found = rows.rules(state.scope(), connection)
        fuses = rows.all_fuses(state.scope(), connection)
    names = ("role", "kind", "currency", "allowed", "reason_required", "per_action", "per_day",
             "per_customer")  # fmt: skip
    rules = [{name: _plain(getattr(row, name)) for name in names} for row in found]
    return [*rules, *({"currency": at, "per_hour": str(limit)} for at, limit in fuses.items())]


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _amount(text: str, currency: str) -> Decimal:
    if len(currency) != 3 or not currency.isalpha():
        raise InvalidInput("currency_missing")
    if not text.strip():
        raise InvalidInput("amount_missing")
    return read_limit(text, currency)
