"""Real processes on PostgreSQL at the same moment: limits hold, and one order is claimed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from plugin.actions import journal
from plugin.actions.kinds import KINDS
from plugin.actions.ledger import perform
from plugin.actions.requesting import request
from plugin.db.session import Database, Scope
from plugin.db.tables import actions
from plugin.errors import MostradorError
from plugin.keys import KeyRing
from plugin.services import Services
from plugin.settings import Settings
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.conftest import desk as desk
from tests.plugin.conftest import shop as shop
from tests.plugin.refunding import confirm, preview
from tests.plugin.test_policy import fuse, limit, orders, preview_on

RACERS = 6
_LONG_SECONDS = 60
_forks = get_context("forkserver")
_forks.set_forkserver_preload([__name__])

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


@pytest.mark.parametrize("what", ["per_day", "fuse"])
def test_processes_that_confirm_at_once_do_not_pass_a_limit(
    desk: Desk, shop: FakeShop, what: str
) -> None:
    """Room for two of six."""
    made = orders(desk, shop, RACERS)
    if what == "fuse":
        fuse(desk, "14.99")
    else:
        limit(desk, per_day="14.99")
    seats = [desk.seat("ana", emails=[order.email]) for order in made]
    ids = [preview_on(desk, order).id for order in made]

    ends = at_once(desk, _confirms, list(zip(seats, ids, strict=True)))

    assert sorted(ends)[-2:] == ["requested", "requested"]
    assert set(ends[:]) == {"requested", "fuse_blown" if what == "fuse" else "previewed"}
    assert ends.count("requested") == states(desk)["requested"] == 2


def test_of_two_processes_that_claim_one_order_one_wins(desk: Desk, shop: FakeShop) -> None:
    first, second = preview(desk), preview(desk, "diego")
    confirm(desk, first)
    confirm(desk, second, "diego")

    ends = at_once(desk, _performs, [(desk.scope, first.id), (desk.scope, second.id)])

    assert sorted(ends) == ["0", "1"]
    assert states(desk) == {"unknown": 1, "refused": 1}
    with desk.services.database.reading() as connection:
        assert journal.verify(desk.scope, connection, desk.services.keys).intact


def at_once(desk: Desk, work: Any, given: Sequence[tuple[Any, ...]]) -> list[str]:
    """`work` in one process for each, all let go at the same moment; what each says."""
    barrier, answers = _forks.Barrier(len(given)), _forks.Queue()
    settings, keys = desk.services.settings, desk.services.keys
    now = desk.clock()
    children = [
        _forks.Process(target=_child, args=(work, settings, keys, now, barrier, answers, one))
        for one in given
    ]
    for child in children:
        child.start()
    said = [answers.get(timeout=_LONG_SECONDS) for _ in children]
    for child in children:
        child.join()
    return said


def states(desk: Desk) -> dict[str, int]:
    here = actions.c.workspace_id == desk.scope.workspace_id
    statement = select(actions.c.state, func.count()).where(here).group_by(actions.c.state)
    with desk.services.database.reading() as connection:
        return {row[0]: row[1] for row in connection.execute(statement)}


def _child(
    work: Any, settings: Settings, keys: KeyRing, now: Any, barrier: Barrier, answers: Any,
    given: tuple[Any, ...],
) -> None:  # fmt: skip
    services = Services(
        settings=settings, database=Database(settings.database_url), keys=keys,
        clock=lambda: now, wake=lambda *_: None, stores={}, helpdesks={},
        open_store=lambda _: _Holding(),  # type: ignore[arg-type, return-value]
    )  # fmt: skip
    with services.database.reading():
        pass  # connected before the start
    try:
        answers.put(work(services, barrier, *given))
    except MostradorError as error:
        answers.put(error.code)
    finally:
        services.database.close()


def _confirms(services: Services, barrier: Barrier, seat: Any, action_id: str) -> str:
    barrier.wait(_LONG_SECONDS)
    row, _over = request(services, seat, action_id, KINDS["refund"], None)
    return row.state


def _performs(services: Services, barrier: Barrier, scope: Scope, action_id: str) -> str:
    """How many calls left this process: its answer is lost, so that the order stays claimed."""
    sent: list[str] = []

    def send(*_: object) -> Any:
        sent.append(action_id)
        raise ConnectionError

    kind = replace(KINDS["refund"], recheck=lambda *_: None, send=send)
    barrier.wait(_LONG_SECONDS)
    perform(services, scope, action_id, {"refund": kind})
    return str(len(sent))


class _Holding:
    """A shop that is never asked."""
