"""The mirror turns no time back, keeps nothing stale, and shows nobody what is another's."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from plugin.actions import connect
from plugin.actions.lookup import refresh_order
from plugin.actions.records import save_customers, save_orders
from plugin.actions.sidebar import load_sidebar, order_view
from plugin.db.session import Scope
from plugin.db.tables import TENANT_TABLES, contact_points, metadata, orders
from plugin.errors import NotFound
from tests.builders import NOON, a_customer, an_order, eur
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk, add_shop

LATER = NOON + timedelta(minutes=1)


def shown(desk: Desk, **writer: object) -> list[str]:
    return [row.ref for row in load_sidebar(desk.services, desk.seat(**writer)).orders]


def points(desk: Desk) -> set[tuple[str, str, str]]:
    statement = select(contact_points).where(
        contact_points.c.workspace_id == desk.scope.workspace_id
    )
    with desk.services.database.reading() as connection:
        return {(row.kind, row.value, row.holder) for row in connection.execute(statement)}


# --- what is newer ---------------------------------------------------------------------------


def test_a_page_that_names_an_order_twice_keeps_the_newest(desk: Desk) -> None:
    desk.save(
        an_order("o1", email="new@example.com", updated_at=LATER, note="new"),
        an_order("o1", email="old@example.com", note="old"),
    )

    assert shown(desk, emails=["new@example.com"]) == ["o1"]
    assert shown(desk, emails=["old@example.com"]) == []


def test_of_two_with_one_stamp_the_later_fetch_counts(desk: Desk) -> None:
    desk.save(an_order("o1", email="a@example.com"))
    desk.clock.pass_(seconds=1)
    desk.save(an_order("o1", email="b@example.com"))

    assert shown(desk, emails=["b@example.com"]) == ["o1"]
    assert shown(desk, emails=["a@example.com"]) == []


def test_an_answer_that_was_asked_for_earlier_changes_nothing(desk: Desk) -> None:
    desk.save(an_order("o1", email="now@example.com"))
    with desk.services.database.writing() as connection:
        before = desk.clock() - timedelta(seconds=5)
        late = [an_order("o1", email="before@example.com")]
        save_orders(desk.scope, connection, desk.shops["blue"], late, "ES", before)

    assert shown(desk, emails=["before@example.com"]) == []
    assert shown(desk, emails=["now@example.com"]) == ["o1"]


def test_a_customer_who_changed_address_is_found_by_the_new_one_only(desk: Desk) -> None:
    order = an_order("o1", customer_ref="c1")
    desk.save(order, customers=(a_customer("c1", email="old@example.com", phone="600111222"),))
    changed = a_customer("c1", email="new@example.com", updated_at=LATER)
    desk.save(customers=(changed,))

    assert shown(desk, emails=["new@example.com"]) == ["o1"]
    assert shown(desk, emails=["old@example.com"]) == []
    assert shown(desk, phones=["+34600111222"]) == []


def test_a_guest_who_registers_is_held_once(desk: Desk) -> None:
    desk.save(an_order("o1", email="ana@example.com"))
    desk.save(
        an_order("o1", email="ana@example.com", customer_ref="c1", updated_at=LATER),
        customers=(a_customer("c1", email="ana@example.com"),),
    )

    with desk.services.database.reading() as connection:
        held = connection.execute(
            select(orders.c.holder).where(orders.c.workspace_id == desk.scope.workspace_id)
        ).all()

    assert [row.holder for row in held] == ["c:c1"]
    assert {holder for _, _, holder in points(desk)} == {"c:c1"}


def test_longest_addresses_and_numbers_are_kept_or_left_out(desk: Desk) -> None:
    longest = "a" * 242 + "@example.com"
    desk.save(an_order("o1", email=longest), an_order("o2", email="b" + longest, number="9" * 500))

    assert shown(desk, emails=[longest]) == ["o1"]
    assert shown(desk, emails=["b" + longest]) == []


def test_a_shop_text_with_a_nul_does_not_stop_a_page(desk: Desk) -> None:
    desk.save(an_order("o1", email="a\x00@example.com", number="#10\x0001"))

    assert shown(desk, text="order 1001") == ["o1"]


def test_two_workers_on_the_same_new_orders_leave_no_stale_address(desk: Desk) -> None:
    """Both believe that nobody has these orders yet; the older one writes last."""
    old = [an_order(f"o{n}", email="old@example.com") for n in range(20)]
    new = [an_order(f"o{n}", email="new@example.com", updated_at=LATER) for n in range(20)]
    start = threading.Barrier(2)

    def save(found: list[object]) -> None:
        start.wait()
        for _ in range(3):
            desk.save(*found)  # type: ignore[arg-type]

    workers = [threading.Thread(target=save, args=(found,)) for found in (old, new[::-1])]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert {value for kind, value, _ in points(desk) if kind == "email"} == {"new@example.com"}


# --- what is gone ------------------------------------------------------------------------------


def gone(desk: Desk) -> FakeShop:
    order = an_order("o1", email="ana@example.com")
    desk.save(order)
    shop = FakeShop(now=desk.clock)
    desk.stores[desk.shops["blue"]] = shop
    desk.clock.pass_(seconds=1)
    refresh_order(desk.services, desk.scope, desk.shops["blue"], "o1")
    return shop


def test_an_order_the_shop_deleted_leaves_the_panel(desk: Desk) -> None:
    gone(desk)

    assert shown(desk, emails=["ana@example.com"]) == []
    with pytest.raises(NotFound):
        order_view(desk.services, desk.seat(emails=["ana@example.com"]), desk.shops["blue"], "o1")


def test_a_late_answer_does_not_bring_a_deleted_order_back(desk: Desk) -> None:
    gone(desk)
    with desk.services.database.writing() as connection:
        late = [an_order("o1", email="ana@example.com")]
        asked = desk.clock() - timedelta(seconds=1)
        save_orders(desk.scope, connection, desk.shops["blue"], late, "ES", asked)

    assert shown(desk, emails=["ana@example.com"]) == []


def test_an_order_that_returns_is_shown_again(desk: Desk) -> None:
    shop = gone(desk).holds(an_order("o1", email="ana@example.com"))
    desk.clock.pass_(seconds=1)

    refresh_order(desk.services, desk.scope, desk.shops["blue"], "o1")

    assert shop.orders
    assert shown(desk, emails=["ana@example.com"]) == ["o1"]


# --- whose it is ---------------------------------------------------------------------------------


def another_workspace(desk: Desk) -> Scope:
    """With a shop of the same id, the same customer, the same order."""
    scope = connect.create_workspace(
        desk.services, name="Otra", locale="es", country="ES", timezone="UTC"
    )
    add_shop(desk.services, scope, "blue", desk.clock)
    with desk.services.database.writing() as connection:
        shop = desk.shops["blue"]
        order = an_order("o1", email="ana@example.com", customer_ref="c1", total=eur("999.00"))
        customer = a_customer("c1", name="Not Ana", email="ana@example.com")
        save_customers(scope, connection, shop, [customer], "ES", desk.clock())
        save_orders(scope, connection, shop, [order], "ES", desk.clock())
    return scope


def test_two_workspaces_with_the_same_people_never_see_each_other(desk: Desk) -> None:
    desk.save(an_order("o2", email="ana@example.com"))
    another_workspace(desk)

    sidebar = load_sidebar(desk.services, desk.seat(emails=["ana@example.com"]))

    assert [row.ref for row in sidebar.orders] == ["o2"]
    assert sidebar.people == ()
    assert [total.amount for total in sidebar.totals] == [eur("50.00")]


def test_deleting_in_one_workspace_leaves_the_other(desk: Desk) -> None:
    other = another_workspace(desk)
    gone(desk)

    with desk.services.database.reading() as connection:
        kept = connection.execute(
            select(orders.c.deleted).where(orders.c.workspace_id == other.workspace_id)
        ).all()

    assert [row.deleted for row in kept] == [False]


def test_every_key_of_a_tenant_table_begins_with_the_workspace() -> None:
    for name in TENANT_TABLES:
        table = metadata.tables[name]
        assert next(iter(table.primary_key.columns)).name == "workspace_id"
        for key in table.foreign_key_constraints:
            assert key.column_keys[0] == "workspace_id"
        for index in table.indexes:
            assert not index.unique or "workspace_id" in index.columns
