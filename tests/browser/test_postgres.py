"""The whole way once more with PostgreSQL under it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import Desk, confirm_button, result
from tests.browser.house import House, running_house


@pytest.fixture
def house_on_postgres(bare_postgres_url: str, tmp_path: Path) -> Iterator[House]:
    with running_house(tmp_path, {"DATABASE_URL": bare_postgres_url}) as house:
        yield house


def test_a_refund_on_postgres(house_on_postgres: House, open_page: Callable[..., Page]) -> None:
    desk = Desk(open_page(viewport={"width": 1200, "height": 1000}), house_on_postgres)
    order = desk.open(1).reviewed_amount(1031, "12,34")

    confirm_button(order).click()

    expect(result(order)).to_contain_text("Reembolsado: 12,34 €")
    assert house_on_postgres.paid_back(0) == [(Decimal("12.34"), "EUR")]
