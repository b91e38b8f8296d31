"""The ledger under any sequence of clicks, decisions, crashes, lost answers and time: nothing is
done twice, nothing is lost, and what we say is what the shop's till says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from plugin import log
from plugin.actions import act, connect, installs, journal, ledger, policy, settle
from plugin.actions.kinds import KINDS
from plugin.actions.launch import Seat
from plugin.db import ledger as rows
from plugin.db.ledger import ActionRow
from plugin.domain.actions import COUNTED, FINAL, OPEN
from plugin.domain.money import Money
from plugin.domain.refunds import RefundPlan, RefundReceipt
from plugin.errors import ActionRefused, MostradorError, OutcomeUnknown, Unreachable
from tests.builders import an_order
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk, add_shop

AGENTS, BOSSES = ("ana", "diego"), ("marta", "olga")
PER_ACTION, PER_DAY = Decimal(20), Decimal(45)
ORDERS = ("o1", "o2")
MADRID = ZoneInfo("Europe/Madrid")
LATE = timedelta(minutes=10)  # within the limit of any gateway
JOURNALLED = {"awaiting_approval": "approval_asked", "performing": "claimed"}
UNSENT = {"previewed", "expired", "requested", "awaiting_approval", "refused", "not_done"}


TURN = st.sampled_from((0, 0, 0, 1, 2, 4))


MISHAP = st.sampled_from(
    ("", "late", "late", "killed sending", "killed after", "lost before", "lost after", "refused",
     "slow", "killed before", "unreachable")
)  # fmt: skip


class Killed(BaseException):
    """SIGKILL: nothing of ours catches it."""


@dataclass
class Till(FakeShop):
    """Pays once for a key where it is `idempotent`, as often as it is asked where it is not."""

    by_key: dict[str, RefundReceipt] = field(default_factory=dict)

    def refund(self, plan: RefundPlan, *, key: str, reference: str) -> RefundReceipt:
        self._look()

        def pay() -> RefundReceipt:
            if not self.idempotent or key not in self.by_key:
                self.by_key[key] = self._book(
                    plan.order_ref, plan.amount.amount, reference, self.now()
                )
            return self.by_key[key]

        step = self.sends.pop(0) if self.sends else (lambda pay: pay())
        return step(pay)

    def effects(self, reference: str) -> int:
        return sum(made.reference == reference for made in (*self.refunds, *self.changes))


class Machine(RuleBasedStateMachine):
    """Everybody at two orders of one shop. `on_its_way` holds calls that will become true later,
    with the action and the moment by which they have."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.actions: list[tuple[str, str]] = []
        self.on_its_way: list[tuple[datetime, str, Callable[[], Any]]] = []

    @initialize(idempotent=st.booleans())
    def opens(self, idempotent: bool) -> None:
        self.desk = a_workspace(self.desk)
        orders = [an_order(ref, email="carmen@example.com") for ref in ORDERS]
        self.desk.save(*orders)
        self.shop = Till(now=self.desk.clock, idempotent=idempotent).holds(*orders)
        self.shop.resend_within = timedelta(minutes=10 if idempotent else 0)
        self.desk.stores[self.desk.shops["blue"]] = self.shop
        self.seats = {name: self._seat(name, "agent") for name in AGENTS}
        self.seats |= {name: self._seat(name, "supervisor") for name in BOSSES}
        limits = {"per_action": PER_ACTION, "per_day": PER_DAY}
        wanted = policy.Wanted(role="agent", kind="refund", currency="EUR", limits=limits)
        policy.set_rule(self.desk.services, self.desk.scope, wanted, KINDS, "owner")

    # --- people ---------------------------------------------------------------------------------

    @rule(who=st.sampled_from(AGENTS), ref=st.sampled_from(ORDERS),
          amount=st.sampled_from(("5", "5", "18", "30", "50")))  # fmt: skip
    def previews_a_refund(self, who: str, ref: str, amount: str) -> None:
        self._preview(who, "refund", ref, {"mode": "amount", "amount": amount})

    @rule(
        who=st.sampled_from(AGENTS),
        ref=st.sampled_from(ORDERS),
        kind=st.sampled_from(("refund", "note")),
        mishap=MISHAP,
    )
    def asks_and_a_worker_works(self, who: str, ref: str, kind: str, mishap: str) -> None:
        texts = {"mode": "amount", "amount": "5", "on": "order", "text": "Llamó"}
        self._preview(who, kind, ref, texts)
        self.confirms(0, None)
        self.works(0, mishap)

    @rule(
        who=st.sampled_from(AGENTS),
        ref=st.sampled_from(ORDERS),
        amount=st.sampled_from(("5", "18", "30")),
    )
    def asks_for_a_refund(self, who: str, ref: str, amount: str) -> None:
        self.previews_a_refund(who, ref, amount)
        self.confirms(0, "Llegó roto")

    @rule(number=TURN, comment=st.sampled_from((None, "Llegó roto")))
    def confirms(self, number: int, comment: str | None) -> None:
        for action_id, who in self._one(number, "previewed"):
            with suppress(MostradorError):
                act.confirm(self.desk.services, self.seats[who], action_id, comment)

    @rule(
        number=TURN,
        boss=st.sampled_from((*BOSSES, "ana")),
        yes=st.booleans(),
    )
    def decides(self, number: int, boss: str, yes: bool) -> None:
        for action_id, _who in self._one(number, "awaiting_approval"):
            with suppress(MostradorError):
                act.decide(
                    self.desk.services, self.seats[boss], action_id, approve=yes,
                    reason="" if yes else "No",
                )  # fmt: skip

    @rule(number=TURN, boss=st.sampled_from(BOSSES))
    def looks_at_the_shop_and_says_so(self, number: int, boss: str) -> None:
        for action_id, _who in self._one(number):
            if any(known == action_id for _, known, _ in self.on_its_way):
                continue  # who looks in the middle of a call waits
            done = self.shop.effects(self._row(action_id).reference) > 0
            with suppress(MostradorError):
                act.settle(
                    self.desk.services, self.seats[boss], action_id, done=done, proof="visto"
                )

    # --- workers, the shop and time -------------------------------------------------------------

    @rule(number=TURN, mishap=MISHAP)
    def works(self, number: int, mishap: str) -> None:
        for action_id, _who in self._one(number, "requested"):
            with self._meeting(action_id, mishap), suppress(Killed):
                ledger.perform(self.desk.services, self.desk.scope, action_id, KINDS)

    @rule(
        number=TURN,
        mishap=st.sampled_from(("", "", "killed before", "lost after", "refused")),
        wait=st.sampled_from((0, 65, 65)),
    )
    def settles(self, number: int, mishap: str, wait: int) -> None:
        self.passes(wait)
        for action_id, _who in self._one(number, "unknown"):
            with self._meeting(action_id, mishap), suppress(Killed):
                settle.settle(self.desk.services, self.desk.scope, action_id, KINDS)

    @rule()
    def sweeps(self) -> None:
        settle.sweep(self.desk.services)

    @rule(seconds=st.sampled_from((3, 90, 90, 1200, 93_600)))
    def passes(self, seconds: int) -> None:
        """What is on its way arrives in its time."""
        until = self.desk.clock.now + timedelta(seconds=seconds)
        arriving = [call for at, _, call in self.on_its_way if at <= until]
        self.on_its_way = [known for known in self.on_its_way if known[0] > until]
        for call in arriving:
            call()
        self.desk.clock.now = until

    @rule(ref=st.sampled_from(ORDERS))
    def is_refunded_elsewhere(self, ref: str) -> None:
        if self.shop.orders[ref].remaining >= Money.of("5", "EUR"):
            self.shop.elsewhere("5", self.desk.clock(), ref)

    # --- what is always true --------------------------------------------------------------------

    @invariant()
    def all_is_well(self) -> None:
        every = self._rows()
        if every:
            self._nothing_is_done_twice_and_states_are_true(every)
            self._no_order_gives_more_than_it_had()
            self._one_action_holds_an_order(every)
            self._no_limit_is_passed(every)

    def _nothing_is_done_twice_and_states_are_true(self, every: list[ActionRow]) -> None:
        moving = {action_id for _, action_id, _ in self.on_its_way}
        for row in every:
            count = self.shop.effects(row.reference)
            assert count <= 1, (row.state, count)
            if row.state == "done":
                assert count == 1
            if row.state in UNSENT:
                assert count == 0, (row.state, row.code)
                assert row.id not in moving, (row.state, row.code)

    def _no_order_gives_more_than_it_had(self) -> None:
        for order in self.shop.orders.values():
            assert order.refunded <= order.total

    def _one_action_holds_an_order(self, every: list[ActionRow]) -> None:
        holding = Counter(
            row.order_ref for row in every if KINDS[row.kind].exclusive and row.state in OPEN
        )
        assert all(count == 1 for count in holding.values())

    def _no_limit_is_passed(self, every: list[ActionRow]) -> None:
        agents = {self.seats[who].agent_id for who in AGENTS}
        days: defaultdict[tuple[str, object], Decimal] = defaultdict(Decimal)
        for row in every:
            if row.state in COUNTED and row.answerable_id in agents and row.requested_at:
                assert row.amount <= PER_ACTION
                day = row.requested_at.astimezone(MADRID).date()
                days[row.answerable_id, day] += row.amount
        assert all(spent <= PER_DAY for spent in days.values())

    def every_step_is_in_the_journal(self) -> None:
        with self.desk.services.database.reading() as connection:
            entries = list(journal.export(self.desk.scope, connection, self.desk.services.keys))
            assert journal.verify(self.desk.scope, connection, self.desk.services.keys).intact
        steps: defaultdict[str, list[str]] = defaultdict(list)
        for entry in entries:
            if "action" in entry:
                steps[entry["action"]].append(entry["event"].rpartition(":")[2])
        for row in self._rows():
            assert JOURNALLED.get(row.state, row.state) in steps[row.id] or _unasked(row, steps)
            if self.shop.effects(row.reference):
                assert "sent" in steps[row.id]

    def teardown(self) -> None:
        """Workers go on, and a person answers what only a person can: everything ends."""
        if not self.actions:
            return
        waiting = FINAL | {"previewed", "awaiting_approval"}
        for _ in range(40):
            moving = [row.id for row in self._rows() if row.state not in waiting]
            if not moving:
                break
            self.passes(90)
            settle.sweep(self.desk.services)
            for action_id in moving:
                ledger.perform(self.desk.services, self.desk.scope, action_id, KINDS)
                settle.settle(self.desk.services, self.desk.scope, action_id, KINDS)
        for number, _ in enumerate(self.actions):
            self.looks_at_the_shop_and_says_so(number, "marta")
        assert {row.state for row in self._rows()} <= waiting
        self.all_is_well()
        self.every_step_is_in_the_journal()

    # --- how ------------------------------------------------------------------------------------

    def _seat(self, name: str, role: str) -> Seat:
        emails = ["carmen@example.com"]
        seat = self.desk.seat(name, emails=emails)
        if seat.role == role:
            return seat
        connect.set_role(self.desk.services, self.desk.scope, seat.agent_id, role)
        return self.desk.seat(name, emails=emails)

    def _preview(self, who: str, kind: str, ref: str, typed: dict[str, str]) -> None:
        with suppress(MostradorError):
            view = act.preview(
                self.desk.services, self.seats[who], kind, self.desk.shops["blue"], ref, typed
            )
            self.actions.append((view.id, who))

    def _one(self, number: int, state: str = "") -> list[tuple[str, str]]:
        """Counted from the newest, first of those in this state: what people and workers turn to.
        The others are there too, for late clicks and lost wakes."""
        if not self.actions:
            return []
        states = {row.id: row.state for row in self._rows()} if state else {}
        first = [known for known in self.actions if states.get(known[0]) == state]
        others = [known for known in self.actions if states.get(known[0]) != state]
        turn = [*reversed(first), *reversed(others)]
        return [turn[(number if number < len(turn) else 0)]]

    def _row(self, action_id: str) -> ActionRow:
        with self.desk.services.database.reading() as connection:
            return ledger.must_get(self.desk.scope, connection, action_id)

    def _rows(self) -> list[ActionRow]:
        if not self.actions:
            return []
        with self.desk.services.database.reading() as connection:
            return rows.recent(self.desk.scope, connection, 1000)

    @contextmanager
    def _meeting(self, action_id: str, mishap: str) -> Iterator[None]:
        """The shop as one call meets it."""

        def step(make: Callable[[], Any]) -> Any:
            return self._send(action_id, mishap, make)

        self.shop.sends, self.shop.steps = [step], [step]
        self.shop.reading = {"killed before": _kill, "unreachable": _unreachable}.get(
            mishap, lambda: None
        )
        try:
            yield
        finally:
            self.shop.sends, self.shop.steps = [], []
            self.shop.reading = lambda: None

    def _send(self, action_id: str, mishap: str, make: Callable[[], Any]) -> Any:
        if mishap == "killed sending":
            raise Killed
        if mishap == "refused":
            raise ActionRefused("shop_refused")
        if mishap == "late":
            self.on_its_way.append((self.desk.clock.now + LATE, action_id, make))
        if mishap in ("lost before", "late"):
            raise OutcomeUnknown("answer_lost")
        if mishap == "slow":
            self.desk.clock.pass_(seconds=100)
            settle.sweep(self.desk.services)
        made = make()
        if mishap == "killed after":
            raise Killed
        if mishap == "lost after":
            raise OutcomeUnknown("answer_lost")
        return made


def _kill() -> None:
    raise Killed


def _unreachable() -> None:
    raise Unreachable("shop_unreachable")


def _unasked(row: ActionRow, steps: dict[str, list[str]]) -> bool:
    """Given back by a dead worker, or approved: the step has another name than the state."""
    return row.state == "requested" and bool({"returned", "approved"} & {*steps[row.id]})


def a_workspace(desk: Desk) -> Desk:
    """Another one on the same database, for one example."""
    desk.woken.clear()
    scope = connect.create_workspace(
        desk.services, name="Prueba", locale="es", country="ES", timezone="Europe/Madrid"
    )
    shops = {"blue": add_shop(desk.services, scope, "blue", desk.clock)}
    install = installs.install_helpdesk(
        desk.services, scope, helpdesk="pretend", label="Inbox", origins=[], default_role="agent"
    )
    return Desk(desk.services, scope, desk.clock, desk.woken, install.id, shops, desk.stores)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_sequence_pays_twice_or_loses_a_step(desk: Desk) -> None:
    log.set_up("critical")
    run_state_machine_as_test(
        lambda: Machine(desk),
        settings=settings(
            max_examples=50,
            stateful_step_count=18,
            suppress_health_check=list(HealthCheck),
        ),
    )
