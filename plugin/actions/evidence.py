"""Why these orders belong to the person in the ticket: matches of exact contact points, graded."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from plugin.actions.launch import Seat
from plugin.db import panel
from plugin.db.session import DbConnection
from plugin.domain.identity import Evidence, Identifiers, Reason, Strength

Key = tuple[str, str]
_RANK: dict[Strength, int] = {"strong": 0, "good": 1, "weak": 2}
_PROVEN = ("signed", "server_fetched")


@dataclass(slots=True)
class Graded:
    """What the writer's identifiers open: whole holders or single orders, each with the best
    reason, and the registered customers among them; `homes` are the holders of single orders."""

    holders: dict[Key, Evidence] = field(default_factory=dict)
    orders: dict[Key, Evidence] = field(default_factory=dict)
    customers: dict[Key, Any] = field(default_factory=dict)
    homes: dict[Key, Key] = field(default_factory=dict)

    def of(self, connection_id: str, holder: str, ref: str) -> Evidence | None:
        """The best reason for one order; None = nothing ties it to the writer."""
        whole = self.holders.get((connection_id, holder))
        single = self.orders.get((connection_id, ref)) if self.orders else None
        if whole is None or single is None:
            return whole or single
        return min(whole, single, key=_rank)

    def wanted(self) -> tuple[list[Key], list[Key]]:
        """Holders, and the single orders that none of them opens anyway."""
        return list(self.holders), self._alone(self.orders, self.holders)

    def proven(self) -> tuple[list[Key], list[Key]]:
        """The same of what is more than weak."""
        holders = _better(self.holders)
        return holders, self._alone(_better(self.orders), holders)

    def _alone(self, orders: Iterable[Key], holders: Container[Key]) -> list[Key]:
        return [key for key in orders if self.homes[key] not in holders]


def points_of(seat: Seat) -> list[tuple[str, str]]:
    """The contact points to look for: everything the ticket offers, and links made for it."""
    who = seat.identifiers
    return [
        *(("email", email) for email in (*who.emails, *who.text_emails)),
        *(("phone", phone) for phone in (*who.phones, *who.text_phones)),
        *(("number", number) for number in who.numbers),
        *(("link", value) for value in linkable(seat)),
    ]


def linkable(seat: Seat) -> tuple[str, ...]:
    """What a confirmed fact ties to a customer: the writer's addresses and the conversation."""
    who = seat.identifiers
    here = f"{seat.install_id}:{seat.conversation}"[:250]
    if who.source == "typed":
        here += ":" + seat.subject_key  # whom the agent looks up need not be the ticket's writer
    return (*who.emails, *who.phones, here)


def grade(seat: Seat, connection: DbConnection) -> Graded:
    """One statement. An empty ticket opens nothing."""
    graded = Graded()
    if seat.identifiers.empty:
        return graded
    shops = {shop.id for shop in seat.connections}
    for row in panel.matches(seat.scope, connection, points_of(seat)):
        if row.connection_id not in shops:
            continue  # disconnected: what is kept of it waits, unseen
        evidence = _evidence(seat.identifiers, row.kind, row.value)
        if evidence is None:
            continue
        home = (row.connection_id, row.holder)
        key = (row.connection_id, row.order_ref) if row.order_ref else home
        _keep_best(graded.orders if row.order_ref else graded.holders, key, evidence)
        if row.order_ref:
            graded.homes[key] = home
        elif row.doc is not None:
            graded.customers[home] = row
    return graded


def _evidence(who: Identifiers, kind: str, value: str) -> Evidence | None:
    """Checked again here, exactly: the database only narrowed it down."""
    if kind == "link":
        return Evidence(strength="good", reason="link")
    if kind == "email" and value in who.emails:
        strength: Strength = "strong" if who.source in _PROVEN else "good"
        return Evidence(strength=strength, reason="email", detail=value)
    if kind == "phone" and value in who.phones:
        return Evidence(strength="good", reason="phone", detail=value)
    weak: Sequence[tuple[str, tuple[str, ...], Reason]] = (
        ("email", who.text_emails, "text_email"),
        ("phone", who.text_phones, "text_phone"),
        ("number", who.numbers, "number"),
    )
    for name, values, reason in weak:
        if kind == name and value in values:
            return Evidence(strength="weak", reason=reason)
    return None


def _keep_best(into: dict[Key, Evidence], key: Key, evidence: Evidence) -> None:
    known = into.get(key)
    if known is None or _rank(evidence) < _rank(known):
        into[key] = evidence


def _better(graded: dict[Key, Evidence]) -> list[Key]:
    return [key for key, evidence in graded.items() if evidence.strength != "weak"]


def _rank(evidence: Evidence) -> int:
    return _RANK[evidence.strength]
