"""The panel's promise to the database: four statements from token check to answer, and by index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from plugin.app import create_app
from tests.builders import NOON, a_customer, an_order
from tests.owning import owned
from tests.plugin.conftest import Desk
from ui import look

MOST = 4
NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE")
EMAIL = "ana@correo.example"


@contextmanager
def heard(desk: Desk) -> Iterator[list[tuple[str, Any]]]:
    """Every statement with its parameters."""
    found: list[tuple[str, Any]] = []

    def hear(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not statement.lstrip().upper().startswith(NOT_COUNTED):
            found.append((statement, parameters))

    event.listen(desk.services.database.engine, "before_cursor_execute", hear)
    try:
        yield found
    finally:
        event.remove(desk.services.database.engine, "before_cursor_execute", hear)


def orders_of(count: int, **fields: Any) -> tuple[Any, ...]:
    return tuple(
        an_order(f"o{number}", placed_at=NOON - timedelta(days=number), email=EMAIL, **fields)
        for number in range(count)
    )


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    look.memo.clear()
    client = create_app(services=owned(desk.services, desk.scope)).test_client()
    client.get("/")  # the first request of a process asks whether anybody owns this
    return client


def ask(client: FlaskClient, desk: Desk, token: str) -> str:
    answer = client.get(
        f"/panel/{desk.install_id}/v1/sidebar", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("count", [0, 3, 30], ids=["no orders", "one page", "more than a page"])
def test_the_panel_asks_at_most_four_statements_cold_and_warm(
    desk: Desk, client: FlaskClient, count: int
) -> None:
    customer = a_customer("c1", email=EMAIL)
    desk.save(*orders_of(count, customer_ref="c1"), customers=(customer,))
    token = desk.open(emails=[EMAIL]).token

    for _ in ("cold", "warm"):
        with heard(desk) as statements:
            html = ask(client, desk, token)
        assert "Ana Prueba" in html
        assert 1 <= len(statements) <= MOST


def test_a_writer_of_both_shops_with_guest_and_weak_orders_asks_at_most_four(
    desk: Desk, client: FlaskClient
) -> None:
    desk.save(*orders_of(15, customer_ref="c1"), customers=(a_customer("c1", email=EMAIL),))
    desk.save(*orders_of(15), shop="olive")
    desk.save(an_order("w1", number="#7001", customer_ref="c9"))
    token = desk.open(emails=[EMAIL], text="pedido 7001").token

    with heard(desk) as statements:
        html = ask(client, desk, token)

    assert 'class="order masked"' in html or "7001" not in html
    assert 1 <= len(statements) <= MOST


def test_no_statement_of_the_panel_reads_the_whole_mirror(desk: Desk, client: FlaskClient) -> None:
    """SQLite says how it looks: never by the workspace alone."""
    if desk.services.database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL chooses by statistics; on a tiny mirror a scan is right")
    desk.save(*orders_of(30, customer_ref="c1"), customers=(a_customer("c1", email=EMAIL),))
    token = desk.open(emails=[EMAIL], text="pedido 1001, pedido 1002").token
    with heard(desk) as statements:
        ask(client, desk, token)

    with desk.services.database.reading() as connection:
        steps = [
            row.detail
            for statement, parameters in statements
            for row in connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)
        ]

    large = [s for s in steps if "orders" in s or "contact_points" in s or "customers" in s]
    assert large
    assert not [s for s in large if s.endswith("(workspace_id=?)") or s.startswith("SCAN orders")]
    # of all actions there ever were only the few that wait for somebody, or are news
    assert not [s for s in steps if "ix_actions_requested" in s or s.startswith("SCAN actions")]


def test_a_customers_many_orders_never_crowd_out_the_customer(desk: Desk) -> None:
    from plugin.actions.sidebar import load_sidebar

    desk.save(*orders_of(260, customer_ref="c1"), customers=(a_customer("c1", email=EMAIL),))

    sidebar = load_sidebar(desk.services, desk.seat(emails=[EMAIL]))

    assert [view.customer.ref for view in sidebar.people] == ["c1"]
    assert sidebar.order_count == 260


def test_totals_are_the_same_summed_here_or_by_the_database(desk: Desk) -> None:
    from plugin.actions.sidebar import load_sidebar

    gone = an_order("x1", customer_ref="c1", email=EMAIL, cancelled_at=NOON)
    desk.save(*orders_of(6, customer_ref="c1"), gone, customers=(a_customer("c1", email=EMAIL),))
    seat = desk.seat(emails=[EMAIL])

    here = load_sidebar(desk.services, seat, limit=20).totals
    there = load_sidebar(desk.services, seat, limit=2).totals

    assert here == there
    assert here[0].orders == 7
