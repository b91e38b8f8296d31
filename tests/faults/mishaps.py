"""The mishaps, each a way through the ledger, and what must be true at its end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal

import requests

from plugin.actions import act, ledger, policy
from plugin.actions.kinds import KINDS
from plugin.actions.launch import Seat
from plugin.actions.views import ActionView
from plugin.domain.orders import Order
from plugin.errors import MostradorError
from tests.faults.ground import EXPIRING, Ground
from tests.faults.killed import Point, kill_worker
from tests.faults.kinds import FREE, MANY, Case
from tests.money.house import until

HURRY_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One cell while it runs."""

    ground: Ground
    case: Case
    order: Order

    def preview(self, agent: str = "ana") -> tuple[Seat, ActionView]:
        seat = self.ground.seat(self.order, agent)
        typed = self.case.typed(self.ground, self.order, agent)
        return seat, self.ground.preview(self.case.name, self.order, seat, typed)

    def confirmed(self) -> str:
        seat, action = self.preview()
        act.confirm(self.ground.services, seat, action.id)
        return action.id

    def effects(self, action_id: str) -> int:
        return self.case.effects(self.ground, self.order, self.ground.row(action_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishap:
    """`play` gives the actions it took part in. `must` is how many effects there are at the end:
    None = one or none, as the states say. `lost`: the answer never came, so that an action which
    nobody can look for may stay with a person. `offered` says why there is no such cell."""

    name: str
    play: Callable[[Play], Sequence[str]]
    must: int | None = None
    lost: bool = False
    offered: Callable[[Ground, Case], str] = lambda ground, case: ""


def _meeting(fault: str) -> Callable[[Play], Sequence[str]]:
    def play(cell: Play) -> Sequence[str]:
        action_id = cell.confirmed()
        _set(cell, fault)
        return [action_id]

    return play


def _set(cell: Play, fault: str, times: int = 1) -> None:
    """Where nothing is sent, the worker's own reading is what can fail."""
    if cell.case.change:
        cell.ground.fault(fault, cell.case.change, times)
    else:
        cell.ground.shop.fault(fault, "read", times)


def _timed_out(fault: str) -> Callable[[Play], Sequence[str]]:
    """We stop waiting, then look, while the shop still works on it; it becomes true later."""

    def play(cell: Play) -> Sequence[str]:
        action_id, ground = cell.confirmed(), cell.ground
        ground.fault(fault, cell.case.change, seconds=2 * HURRY_SECONDS)
        ground.http.hurry = HURRY_SECONDS
        try:
            ground.perform(action_id)
        finally:
            ground.http.hurry = None
        ground.settle(action_id)
        until(lambda: ground.door.busy == 0, "the shop to end its work")
        return [action_id]

    return play


def _refused(cell: Play) -> Sequence[str]:
    """By the gateway where money moves, else at the door, and with the renewed token too."""
    action_id = cell.confirmed()
    if cell.case.name == "refund":
        cell.ground.shop.decline_next()
    else:
        _set(cell, "bad_token", times=2)
    return [action_id]


def _killed(point: Point) -> Callable[[Play], Sequence[str]]:
    def play(cell: Play) -> Sequence[str]:
        action_id = cell.confirmed()
        cell.ground.woken.clear()
        if point == "during" and cell.case.change:
            cell.ground.fault("late_answer", cell.case.change, seconds=1.5)
        elif point == "during":
            kill_worker(cell.ground, action_id, "after", lambda: True)
            return [action_id]
        kill_worker(cell.ground, action_id, point, lambda: cell.effects(action_id) > 0)
        return [action_id]

    return play


def _changed(cell: Play) -> Sequence[str]:
    """Somebody in the shop was quicker: money given back, another address, another note."""
    action_id = cell.confirmed()
    shop, store = cell.ground.shop, cell.ground.store()
    kind, elsewhere = KINDS[cell.case.name], "M-ELSEWHER"
    if cell.case.name in ("address", "note", "tags"):
        typed = cell.case.typed(cell.ground, cell.order, "fuera")
        plan = kind.plan(store, kind.read(cell.order, typed))
        row = replace(cell.ground.row(action_id), reference=elsewhere, idempotency_key=elsewhere)
        kind.send(store, row, plan)
    else:
        body = {"order": cell.order.ref, "amount": "1"}
        requests.post(f"{shop.url}/_control/refund", json=body, timeout=5)
    return [action_id]


def _double_click(cell: Play) -> Sequence[str]:
    seat, action = cell.preview()
    _at_once([lambda: act.confirm(cell.ground.services, seat, action.id)] * 4)
    _at_once([lambda: cell.ground.perform(action.id)] * 3)
    act.confirm(cell.ground.services, seat, action.id)
    return [action.id]


def _two_agents(cell: Play) -> Sequence[str]:
    both = [cell.preview("ana"), cell.preview("diego")]
    _at_once([
        lambda seat=seat, action=action: act.confirm(cell.ground.services, seat, action.id)
        for seat, action in both
    ])  # fmt: skip
    _at_once([lambda action=action: cell.ground.perform(action.id) for _, action in both])
    return [action.id for _, action in both]


def _approvals(*yes: bool) -> Callable[[Play], Sequence[str]]:
    """Two people answer a request at once."""

    def play(cell: Play) -> Sequence[str]:
        ground = cell.ground
        _limit(cell, Decimal("0.01"))
        try:
            seat, action = cell.preview()
            asked = act.confirm(ground.services, seat, action.id, "¿Vale?")
        finally:
            _limit(cell, policy.CLEAR)
        assert asked.state == "awaiting_approval", asked.state
        bosses = [ground.seat(cell.order, f"jefa{n}", "supervisor") for n in range(len(yes))]
        said = _at_once([
            lambda boss=boss, answer=answer: act.decide(
                ground.services, boss, action.id, approve=answer, reason="" if answer else "No"
            )
            for boss, answer in zip(bosses, yes, strict=True)
        ])  # fmt: skip
        assert said.count("already_decided") == len(yes) - 1, said
        return [action.id]

    return play


def _limit(cell: Play, amount: Decimal) -> None:
    wanted = policy.Wanted(
        role="agent", kind=KINDS[cell.case.name].limits, currency=cell.order.currency,
        limits={"per_action": amount},
    )  # fmt: skip
    policy.set_rule(cell.ground.services, cell.ground.scope, wanted, KINDS, "owner")


def _expired(cell: Play) -> Sequence[str]:
    """The token ends between the worker's reading and its call."""
    action_id, ground = cell.confirmed(), cell.ground

    def ending(*given: object) -> None:
        KINDS[cell.case.name].recheck(*given)  # type: ignore[arg-type]
        ground.expire_token()

    kinds = {**KINDS, cell.case.name: replace(KINDS[cell.case.name], recheck=ending)}
    ledger.perform(ground.services, ground.scope, action_id, kinds)
    return [action_id]


def _at_once(calls: Sequence[Callable[[], object]]) -> list[str]:
    """All of them in threads that start together; the codes of those that were refused."""
    start = threading.Barrier(len(calls))

    def one(call: Callable[[], object]) -> str:
        start.wait()
        try:
            call()
        except MostradorError as error:
            return error.code
        return ""

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def _needs_limit(ground: Ground, case: Case) -> str:
    free = case.name in FREE or (case.name == "cancel" and not case.moves_money)
    return "no money moves, so no limit asks anybody" if free else ""


def _needs_call(ground: Ground, case: Case) -> str:
    return "" if case.change else "nothing is sent"


def _needs_tokens(ground: Ground, case: Case) -> str:
    return "" if ground.platform in EXPIRING else "keys of this platform do not end"


MISHAPS = (
    Mishap(name="straight", play=lambda cell: [cell.confirmed()], must=1),
    Mishap(name="refused", play=_refused, must=0),
    Mishap(name="throttled", play=_meeting("throttled")),
    Mishap(name="lost before", play=_meeting("drop_before"), lost=True),
    Mishap(name="lost after", play=_meeting("drop_after"), must=1, lost=True),
    Mishap(name="late before", play=_timed_out("latency"), must=1, lost=True, offered=_needs_call),
    Mishap(
        name="late after", play=_timed_out("late_answer"), must=1, lost=True, offered=_needs_call
    ),
    Mishap(name="killed before", play=_killed("before"), must=1),
    Mishap(name="killed during", play=_killed("during"), must=1, lost=True),
    Mishap(name="killed after", play=_killed("after"), must=1, lost=True),
    Mishap(name="changed", play=_changed),
    Mishap(name="double click", play=_double_click, must=1),
    Mishap(name="two agents", play=_two_agents, must=1),
    Mishap(name="two approvals", play=_approvals(True, True), must=1, offered=_needs_limit),
    Mishap(name="yes and no", play=_approvals(True, False), offered=_needs_limit),
    Mishap(name="token ends", play=_expired, must=1, offered=_needs_tokens),
)


def wrong(cell: Play, mishap: Mishap) -> str:
    """Plays one cell to its end; what is not as it must be, "" if all is."""
    ground, case = cell.ground, cell.case
    before = ground.paid()
    action_ids = mishap.play(cell)
    if mishap.name == "changed":
        before = ground.paid()
    ground.work(*action_ids)
    if met_nothing := ground.waiting_faults():
        return f"never met {', '.join(met_nothing)}"
    rows = [ground.row(action_id) for action_id in action_ids]
    found = [cell.effects(row.id) for row in rows]
    seen = ", ".join(
        f"{row.state}{f'/{row.code}' if row.code else ''}: {count}"
        for row, count in zip(rows, found, strict=True)
    )
    told = [_untrue(case, mishap, row.state, count, len(rows)) for row, count in
            zip(rows, found, strict=True)]  # fmt: skip
    reasons = [reason for reason in told if reason]
    whole = max(found) if case.name == "mail" else sum(found)
    if whole not in _right(case, mishap, len(rows)):
        reasons.append(f"{whole} effects in all")
    if case.moves_money or case.name in ("manual_refund", "cancel"):
        done = [row.amount for row in rows if row.state == "done" and case.moves_money]
        if sum(ground.paid()[len(before) :]) != sum(done):
            reasons.append(f"the gateway paid {ground.paid()[len(before) :]}")
    return f"{'; '.join(reasons)} ({seen})" if reasons else ""


def _right(case: Case, mishap: Mishap, actors: int) -> Sequence[int]:
    """How many effects there may be in all."""
    if actors == 2 and case.name == "note":
        return (1, 2)  # where there is one note only, the later of two finds it changed
    if actors == 2 and case.name in MANY:
        return (2,)
    if case.name == "replacement" and mishap.name == "late before":
        return (0, 1)  # who looks deletes the draft, so that what is on its way comes to nothing
    unsent = not case.change and mishap.name.startswith("lost")
    return (0, 1) if mishap.must is None or unsent else (mishap.must,)


def _untrue(case: Case, mishap: Mishap, state: str, count: int, actors: int) -> str:
    if state == "done":
        right = actors if case.name == "mail" else 1
        return "" if count == right else "done without exactly one effect"
    if state in ("refused", "not_done"):
        return "" if count == 0 else f"{state} with an effect"
    if state == "needs_person" and case.name == "mail" and mishap.lost:
        return "" if count in (0, 1) else "sent twice"
    return f"ends {state}"
