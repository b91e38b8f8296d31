"""Both engines: one of many claims wins, inserts go on, the shape is the models'."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from plugin.actions.kinds import KINDS
from plugin.actions.ledger import must_get, perform
from plugin.db import ledger as rows
from plugin.db import migrate
from plugin.db.session import Database
from plugin.db.tables import metadata
from plugin.domain.refunds import RefundReceipt
from plugin.ports.http import Http
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.refunding import FIVE, Pay, confirm, now, preview, requested, work

AGENTS = 16


def test_of_sixteen_claims_at_once_one_wins(desk: Desk, shop: FakeShop) -> None:
    actions = [preview(desk, f"agent{n}") for n in range(AGENTS)]
    for number, action in enumerate(actions):
        confirm(desk, action, f"agent{number}")
    start = threading.Barrier(AGENTS)

    def claim(action_id: str) -> bool | None:
        start.wait()
        with desk.services.database.writing() as connection:
            return rows.claim(desk.scope, connection, action_id, desk.clock())

    with ThreadPoolExecutor(AGENTS) as pool:
        won = list(pool.map(claim, [action.id for action in actions]))

    assert won.count(True) == 1
    assert won.count(None) == AGENTS - 1


def test_sixteen_workers_on_one_order_pay_once(desk: Desk, shop: FakeShop) -> None:
    actions = [preview(desk, f"agent{n}") for n in range(AGENTS)]
    for number, action in enumerate(actions):
        confirm(desk, action, f"agent{number}")

    with ThreadPoolExecutor(AGENTS) as pool:
        list(pool.map(lambda action: work(desk, action), actions))

    assert sorted(now(desk, action).state for action in actions).count("done") == 1
    assert shop.paid == FIVE


def test_sixteen_workers_on_one_action_pay_once(desk: Desk, shop: FakeShop) -> None:
    action = requested(desk)

    with ThreadPoolExecutor(AGENTS) as pool:
        list(pool.map(lambda _: work(desk, action), range(AGENTS)))

    assert now(desk, action).state == "done"
    assert shop.paid == FIVE


def test_others_write_while_a_refund_is_slow(desk: Desk, shop: FakeShop) -> None:
    action = requested(desk)
    inserted: list[str] = []

    def slow(pay: Pay) -> RefundReceipt:
        with ThreadPoolExecutor(4) as pool:
            inserted.extend(pool.map(lambda n: preview_of(desk, n), range(8)))
        return pay()

    shop.sends = [slow]
    perform(desk.services, desk.scope, action.id, KINDS)

    assert len(inserted) == 8
    assert now(desk, action).state == "done"


def preview_of(desk: Desk, number: int) -> str:
    desk.seat(f"agent{number}", emails=["carmen@example.com"])
    return f"agent{number}"


def test_no_shop_is_called_inside_a_writing_transaction(desk: Desk, client: Http) -> None:
    with desk.services.database.writing(), pytest.raises(RuntimeError, match="writing"):
        client.send("GET", "https://shop.example", timeout=(1, 1), write=False)


@pytest.fixture
def client() -> Http:
    from integrations.http import ApiClient

    return ApiClient()


def test_an_action_is_not_there_for_another_workspace(desk: Desk, shop: FakeShop) -> None:
    from plugin.db.session import Scope
    from plugin.errors import NotFound

    action = requested(desk)

    with desk.services.database.reading() as connection, pytest.raises(NotFound):
        must_get(Scope("ws_other"), connection, action.id)


# --- migrations ------------------------------------------------------------------------------


def shape(url: str) -> list[object]:
    database = Database(url)
    with database.reading() as connection:
        found: list[object] = compare_metadata(_context(connection), metadata)
    database.close()
    return found


def _context(connection: Connection) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"compare_type": True})


def test_up_down_up_and_the_shape_is_the_models(bare_url: str) -> None:
    migrate.upgrade(bare_url)
    assert shape(bare_url) == []

    command.downgrade(migrate.config(bare_url), "base")
    database = Database(bare_url)
    assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}
    assert not migrate.is_current(database)

    migrate.upgrade(bare_url)
    migrate.upgrade(bare_url)
    assert shape(bare_url) == []
    assert migrate.is_current(database)
    database.close()


def test_the_head_file_names_the_only_head() -> None:
    """Two branches that both add a revision collide in this file, not in a database."""
    script = ScriptDirectory.from_config(migrate.config(""))

    assert script.get_heads() == [Path("migrations/head").read_text().strip()]


def test_revisions_have_four_digits_and_say_what_they_do() -> None:
    for revision in ScriptDirectory.from_config(migrate.config("")).walk_revisions():
        assert len(revision.revision) == 4
        assert revision.revision.isdecimal()
        assert revision.doc.endswith(".")
