"""The ledger under any sequence of clicks, decisions, crashes, lost answers and time: nothing is
done twice, nothing is lost, and what we say is what the shop's till says.

EXAMPLES=1000 plays so many sequences, others each time, and shortens the one that it finds."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
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
from plugin.actions.kind import Kind
from plugin.actions.kinds import KINDS
from plugin.actions.launch import Seat
from plugin.db import ledger as rows
from plugin.db import manual
from plugin.db.ledger import ActionRow
from plugin.domain.actions import FINAL
from plugin.domain.money import Money
from plugin.domain.orders import Order
from plugin.domain.policy import Limits
from plugin.errors import ActionRefused, MostradorError, OutcomeUnknown, Unreachable
from plugin.ports.store import Capability
from tests.builders import a_payment, an_order
from tests.plugin import ledger_truths as truths
from tests.plugin.conftest import Desk, a_platform, add_shop
from tests.plugin.till import Killed, Till, crashing

ROLES = {"ana": "agent", "diego": "agent", "marta": "supervisor", "olga": "supervisor",
         "reina": "owner"}  # fmt: skip
BOSSES = ("marta", "olga", "reina")
RULES = {
    ("agent", "refund"): Limits(
        per_action=Decimal(20), per_day=Decimal(30), per_customer=Decimal(45)
    ),
    ("agent", "discount"): Limits(per_action=Decimal(20), per_day=Decimal(30)),
    ("agent", "replacement"): Limits(per_action=Decimal(10)),
    ("supervisor", "refund"): Limits(per_action=Decimal(25)),
}
FUSE = Decimal(50)
ORDERS, CASH = ("o1", "o2"), "o3"
IBAN = "ES91 2100 0418 4502 0005 1332"
LATE = timedelta(minutes=10)  # within the limit of any gateway
MOVED = {"first_name": "Ana", "line1": "Calle Nueva 1", "city": "Madrid", "province": "M",
         "postcode": "28013", "country": "ES"}  # fmt: skip


Asked = tuple[str, dict[str, str]]
"""A kind of action and what is typed into its form."""


def refund(amount: str) -> Asked:
    return "refund", {"mode": "amount", "amount": amount}


def by_hand(amount: str, **more: str) -> Asked:
    return "manual_refund", {"amount": amount, "way": "other", **more}


def code(**more: str) -> Asked:
    return "discount", {"what": "amount", "until": "2036-01-01", **more}


ASKS = (
    refund("5"), refund("5"), refund("5"), refund("18"),
    by_hand("5"), by_hand("18", way="transfer", account=IBAN),
    code(amount="5"), code(what="percentage", percentage="10"),
    ("cancel", {"refund": "none", "why": "customer"}),
    ("replacement", {"qty.l1": "1", "mode": "free"}),
    ("address", MOVED), ("address", {**MOVED, "line1": "Calle Otra 2"}),
    ("note", {"on": "order", "text": "Llamó"}),
    ("tags", {"on": "order", "add": "vip"}),
    ("mail", {"what": "details"}),
    refund("18"), refund("30"), refund("30"), refund("30"), refund("50"), refund("50"),
    by_hand("30"), code(amount="30"),
    ("cancel", {"refund": "original", "why": "customer"}),
    ("replacement", {"qty.l1": "2", "mode": "free"}),
)  # fmt: skip
ELSEWHERE = ("refunded", "cancelled", "forbids", "allows")
AGAIN = ("asked", "decided", "worked", "closed")
MISHAPS = ("", "", "", "", "late", "late", "killed sending", "killed after", "lost before",
           "lost after", "refused", "slow", "killed before", "unreachable")  # fmt: skip
HOW = ("looks", "confirms", "confirms", "asks", "asks", "and a worker works", "and a worker works")
ref, turn, mishap = st.sampled_from(ORDERS), st.integers(0, 3), st.sampled_from(MISHAPS)
crash = st.sampled_from((0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 6, 9, 12))
asking = st.tuples(
    st.just("asks"), st.sampled_from(("ana", "ana", "diego", "marta", "marta")), ref,
    st.sampled_from(ASKS), st.sampled_from(HOW), mishap, crash,
)  # fmt: skip
going_on = st.tuples(
    st.just("goes_on"), turn, st.sampled_from(BOSSES), st.sampled_from((True, True, False)),
    mishap, crash,
)  # fmt: skip
STEP = st.one_of(
    st.tuples(  # the first is what Hypothesis begins with, sixty times
        st.just("time_passes"), st.sampled_from((3, 3, 90, 90, 1200, 3600, 93_600, 262_000)),
        st.booleans(), crash,
    ),
    asking,
    asking,
    going_on,
    going_on,
    st.tuples(
        st.just("comes_late"), turn, st.sampled_from((*BOSSES, "ana")), st.sampled_from(AGAIN)
    ),
    st.tuples(st.just("somebody_changes"), st.sampled_from(ELSEWHERE), ref),
)  # fmt: skip


class Machine(RuleBasedStateMachine):
    """Everybody at three orders of one shop, one of them paid in cash. `on_its_way` holds calls
    that will become true later, with the action and the moment by which they have."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.actions: list[tuple[str, str]] = []
        self.on_its_way: list[tuple[datetime, str, Callable[[], Any]]] = []
        self.sent: Counter[str] = Counter()
        self.mishap = ""
        self.kinds = {kind.name: replace(kind, send=self._sending(kind)) for kind in KINDS.values()}

    @initialize(idempotent=st.booleans())
    def opens(self, idempotent: bool) -> None:
        self.desk = a_workspace(self.desk)
        orders = [an_order(ref, email="carmen@example.com") for ref in (*ORDERS, CASH)]
        cash = a_payment(gateway="cod", label="Contra entrega", manual=True)
        orders[-1] = replace(orders[-1], total=Money.of("20", "EUR"), payments=(cash,))
        self.desk.save(*orders)
        self.shop = Till(now=self.desk.clock, idempotent=idempotent).holds(*orders)
        self.shop.resend_within = timedelta(minutes=10 if idempotent else 0)
        self.desk.stores[self.desk.shops["blue"]] = self.shop
        self.seats = {name: self._seat(name, role) for name, role in ROLES.items()}
        self.roles = {seat.agent_id: seat.role for seat in self.seats.values()}
        services, scope = self.desk.services, self.desk.scope
        for (role, kind), known in RULES.items():
            limits = {name: getattr(known, name) for name in known.__slots__}
            wanted = policy.Wanted(
                role=role, kind=kind, currency="EUR",
                limits={name: value for name, value in limits.items() if value is not None},
            )  # fmt: skip
            policy.set_rule(services, scope, wanted, KINDS, "owner")
        policy.set_fuse(services, scope, "EUR", FUSE, "owner")

    @rule(step=STEP)
    def happens(self, step: tuple[Any, ...]) -> None:
        """One rule for all: of many, Hypothesis would leave out half in each sequence, and without
        a review nothing else matters."""
        name, *given = step
        getattr(self, name)(*given)

    # --- people ---------------------------------------------------------------------------------

    def asks(self, who: str, ref: str, what: Asked, how: str, mishap: str, crash: int) -> None:
        kind, typed = what
        ref = CASH if kind == truths.BY_HAND else ref
        with suppress(MostradorError):
            view = act.preview(
                self.desk.services, self.seats[who], kind, self.desk.shops["blue"], ref, typed
            )
            self.actions.append((view.id, who))
            if how != "looks":
                self._confirms(view.id, "Llegó roto" if how == "asks" else None, crash)
            if how == "and a worker works":
                self._works(view.id, mishap, 0)

    def goes_on(self, turn: int, boss: str, yes: bool, mishap: str, crash: int) -> None:
        """What an action waits for is done."""
        waiting = [row for row in self._rows() if row.state not in FINAL or row.payment == "due"]
        for row in waiting[turn : turn + 1]:
            if row.state == "awaiting_approval":
                self._decides(row.id, boss, yes, crash)
            elif row.state == "requested":
                self._works(row.id, mishap, crash)
            elif row.state in ("unknown", "needs_person") and not yes:
                self._says(row.id, boss)
            elif row.state in ("unknown", "performing"):
                self.passes(65)
                self._settles(row.id, mishap, crash)
            elif row.state == "previewed":
                self._confirms(row.id, "Llegó roto" if yes else None, crash)
            else:
                self._pays(row.id, boss, yes, crash)

    def comes_late(self, turn: int, boss: str, what: str) -> None:
        """A second click, a second answer, a second worker, whatever the action waits for."""
        for row in self._rows()[turn : turn + 1]:
            if what == "asked":
                self._confirms(row.id, "Otra vez", 0)
            elif what == "decided":
                self._decides(row.id, boss, True, 0)
            elif what == "worked":
                self._works(row.id, "", 0)
                self._settles(row.id, "", 0)
            else:
                self._says(row.id, boss)
                self._pays(row.id, boss, True, 0)

    def _confirms(self, action_id: str, comment: str | None, crash: int) -> None:
        who = next(name for known, name in self.actions if known == action_id)
        with self._crash(crash), suppress(MostradorError):
            act.confirm(self.desk.services, self.seats[who], action_id, comment)

    def _decides(self, action_id: str, boss: str, yes: bool, crash: int) -> None:
        with self._crash(crash), suppress(MostradorError):
            act.decide(
                self.desk.services, self.seats[boss], action_id, approve=yes,
                reason="" if yes else "No",
            )  # fmt: skip

    def _says(self, action_id: str, boss: str) -> None:
        """What the shop shows; who looks in the middle of a call waits."""
        if any(known == action_id for _, known, _ in self.on_its_way):
            return
        done = self.shop.effects(self._row(action_id).reference) > 0
        with suppress(MostradorError):
            act.settle(self.desk.services, self.seats[boss], action_id, done=done, proof="visto")

    def _pays(self, action_id: str, boss: str, paid: bool, crash: int) -> None:
        with self._crash(crash), suppress(MostradorError):
            act.close_owed(self.desk.services, self.seats[boss], action_id, paid=paid, proof="77")

    # --- workers, the shop and time -------------------------------------------------------------

    def _works(self, action_id: str, mishap: str, crash: int) -> None:
        with self._meeting(mishap), self._crash(crash), suppress(Killed):
            ledger.perform(self.desk.services, self.desk.scope, action_id, self.kinds)

    def _settles(self, action_id: str, mishap: str, crash: int) -> None:
        with self._meeting(mishap), self._crash(crash), suppress(Killed):
            settle.settle(self.desk.services, self.desk.scope, action_id, self.kinds)

    def time_passes(self, seconds: int, swept: bool, crash: int) -> None:
        self.passes(seconds)
        if swept:
            with self._crash(crash):
                settle.sweep(self.desk.services)

    def passes(self, seconds: int) -> None:
        """What is on its way arrives in its time."""
        until = self.desk.clock.now + timedelta(seconds=seconds)
        arriving = [call for at, _, call in self.on_its_way if at <= until]
        self.on_its_way = [known for known in self.on_its_way if known[0] > until]
        for call in arriving:
            with suppress(MostradorError):
                call()
        self.desk.clock.now = until

    def somebody_changes(self, what: str, ref: str) -> None:
        """At the shop without us; or the owner, what agents may."""
        order, now = self.shop.orders[ref], self.desk.clock()
        if what == "refunded" and order.remaining >= Money.of("5", "EUR"):
            self.shop.elsewhere("5", now, ref)
        elif what == "cancelled":
            self.shop.orders[ref] = replace(order, cancelled_at=order.cancelled_at or now)
        else:
            wanted = policy.Wanted(role="agent", kind="discount", allowed=what != "forbids")
            policy.set_rule(self.desk.services, self.desk.scope, wanted, KINDS, "owner")

    # --- what is always true --------------------------------------------------------------------

    @invariant()
    def all_is_well(self) -> None:
        every = self._rows()
        if every:
            moving = {action_id for _, action_id, _ in self.on_its_way}
            truths.nothing_is_done_twice(every, self.shop, moving)
            truths.what_has_no_key_is_sent_once(every, self.sent)
            truths.no_order_gives_more_than_it_had(every, self.shop)
            truths.one_action_holds_an_order(every)
            truths.no_limit_is_passed(every, RULES, self.roles)
            truths.the_fuse_holds(every, FUSE)

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
                ledger.perform(self.desk.services, self.desk.scope, action_id, self.kinds)
                settle.settle(self.desk.services, self.desk.scope, action_id, self.kinds)
        for action_id, _ in self.actions:
            self._says(action_id, "marta")
        self.passes(262_000)
        settle.sweep(self.desk.services)
        assert {row.state for row in self._rows()} <= FINAL | {"previewed"}
        self.all_is_well()
        self._all_is_in_the_journal()
        self._accounts_are_erased()

    def _all_is_in_the_journal(self) -> None:
        with self.desk.services.database.reading() as connection:
            entries = list(journal.export(self.desk.scope, connection, self.desk.services.keys))
            assert journal.verify(self.desk.scope, connection, self.desk.services.keys).intact
        truths.every_step_is_written(self._rows(), entries, self.shop)

    def _accounts_are_erased(self) -> None:
        """At once where somebody closed it, with the upkeep where nobody had to."""
        every, scope = self._rows(), self.desk.scope
        with self.desk.services.database.writing() as connection:
            for row in every:
                known = manual.secret(scope, connection, row.id)
                assert known is None or row.payment not in ("paid", "dropped")
            manual.erase_ended(scope, connection)
            for row in every:
                kept = manual.secret(scope, connection, row.id)
                assert kept is None or row.state == "previewed" or row.payment == "due"

    # --- how ------------------------------------------------------------------------------------

    def _seat(self, name: str, role: str) -> Seat:
        emails = ["carmen@example.com"]
        seat = self.desk.seat(name, emails=emails)
        if seat.role == role:
            return seat
        connect.set_role(self.desk.services, self.desk.scope, seat.agent_id, role)
        return self.desk.seat(name, emails=emails)

    def _row(self, action_id: str) -> ActionRow:
        with self.desk.services.database.reading() as connection:
            return ledger.must_get(self.desk.scope, connection, action_id)

    def _rows(self) -> list[ActionRow]:
        if not self.actions:
            return []
        with self.desk.services.database.reading() as connection:
            return rows.recent(self.desk.scope, connection, 1000)

    @contextmanager
    def _crash(self, statement: int) -> Iterator[None]:
        with crashing(self.desk.services.database.engine, statement):
            yield

    @contextmanager
    def _meeting(self, mishap: str) -> Iterator[None]:
        """The shop as one call meets it."""
        self.mishap = mishap
        self.shop.reading = {"killed before": _kill, "unreachable": _unreachable}.get(
            mishap, lambda: None
        )
        try:
            yield
        finally:
            self.mishap = ""
            self.shop.reading = lambda: None

    def _sending(self, kind: Kind) -> Callable[..., Any]:
        def send(store: Any, row: ActionRow, plan: Any) -> Any:
            self.sent[row.id] += 1
            return self._send(kind, row, lambda: kind.send(store, row, plan))

        return send

    def _send(self, kind: Kind, row: ActionRow, make: Callable[[], Any]) -> Any:
        mishap, self.mishap = self.mishap, ""
        nothing_leaves = kind.name == truths.BY_HAND
        if mishap == "killed sending":
            raise Killed
        if mishap == "refused" and not nothing_leaves:
            raise ActionRefused("shop_refused")
        if mishap == "late" and not nothing_leaves:
            self.on_its_way.append((self.desk.clock.now + LATE, row.id, make))
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


def _refundable(order: Order) -> Capability:
    if all(payment.manual for payment in order.payments):
        return Capability(name="refund", available=False, reason="payment_manual")
    return Capability(name="refund", available=True)


def a_workspace(desk: Desk) -> Desk:
    """Another one on the same database, for one example."""
    desk.woken.clear()
    platform = replace(a_platform(), refund_capability=_refundable)
    services = replace(desk.services, stores={"pretend": platform})
    scope = connect.create_workspace(
        services, name="Prueba", locale="es", country="ES", timezone="Europe/Madrid"
    )
    shops = {"blue": add_shop(services, scope, "blue", desk.clock)}
    install = installs.install_helpdesk(
        services, scope, helpdesk="pretend", label="Inbox", origins=[], default_role="agent"
    )
    return Desk(services, scope, desk.clock, desk.woken, install.id, shops, desk.stores)


EXAMPLES = int(os.environ.get("EXAMPLES", "0"))


@pytest.mark.parametrize("number", range(1 if EXAMPLES else 4))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_sequence_pays_twice_or_loses_a_step(desk: Desk, number: int) -> None:
    """A few runs with the same sequences each time: in a longer one Hypothesis varies those it
    has had, instead of looking for others."""
    log.set_up("critical")
    run_state_machine_as_test(
        seed(int(EXAMPLES and time.time()) or number)(lambda: Machine(desk)),
        settings=settings(
            max_examples=EXAMPLES or 12,
            database=None,
            derandomize=False,
            stateful_step_count=60,
            phases=tuple(Phase) if EXAMPLES else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
