"""An opened order shows what was done with it, when somebody asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from plugin.actions import activity
from plugin.app import create_app
from plugin.db import ledger
from plugin.domain.orders import OrderRefund
from plugin.errors import MostradorError
from tests.builders import eur
from tests.fakes.shop import FakeShop
from tests.owning import owned
from tests.plugin.conftest import Desk, desk, shop
from tests.plugin.refunding import BLUE, requested, work
from ui.present.history import entry
from ui.present.words import Words

__all__ = ["desk", "shop"]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    return create_app(services=owned(desk.services, desk.scope)).test_client()


def ask(client: FlaskClient, desk: Desk, path: str, **writer: object) -> str:
    token = desk.open("marta", **writer).token
    answer = client.get(
        f"/panel/{desk.install_id}/v1/{path}", headers={"Authorization": f"Bearer {token}"}
    )
    return answer.text


def test_a_colleague_sees_who_did_what(client: FlaskClient, desk: Desk, shop: FakeShop) -> None:
    action = requested(desk)
    work(desk, action)

    html = ask(client, desk, f"history/{BLUE}/o1", emails=["carmen@example.com"])
    opened = ask(client, desk, f"orders/{BLUE}/o1", emails=["carmen@example.com"])

    assert "Reembolsar 5,00\xa0€" in html
    assert "Hecho" in html
    assert "Ana, " in html
    assert action.reference in html
    assert f'<details class="history" data-path="{BLUE}/o1">' in opened
    assert action.reference not in opened


def test_what_was_done_elsewhere_stands_there_too(
    client: FlaskClient, desk: Desk, shop: FakeShop
) -> None:
    action = requested(desk)
    row, at = work(desk, action), desk.clock()
    mine = OrderRefund(ref=row.external_ref, total=eur("5.00"), created_at=at)
    theirs = OrderRefund(ref="r9", total=eur("4.00"), created_at=at + timedelta(minutes=1))
    ended = at + timedelta(minutes=2)
    order = replace(shop.orders["o1"], refunds=(mine, theirs), cancelled_at=ended, updated_at=ended)
    desk.save(order)

    html = ask(client, desk, f"history/{BLUE}/o1", emails=["carmen@example.com"])

    told = ["Cancelación", "Reembolso 4,00\xa0€", "Reembolsar 5,00\xa0€"]
    assert [html.index(text) for text in told] == sorted(html.index(text) for text in told)
    assert html.count("Hecho en otro sitio") == 2
    assert "Reembolso 5,00" not in html


def test_an_order_without_one_says_so(client: FlaskClient, desk: Desk, shop: FakeShop) -> None:
    html = ask(client, desk, f"history/{BLUE}/o1", emails=["carmen@example.com"])

    assert "Todavía no se hizo nada" in html


def test_a_masked_order_has_none_to_show(desk: Desk, shop: FakeShop) -> None:
    work(desk, requested(desk))
    stranger = desk.seat("marta", text="pedido O1", conversation="t2")

    with pytest.raises(MostradorError, match="order_"):
        activity.order_history(desk.services, stranger, BLUE, "o1")


@pytest.mark.parametrize(
    ("payment", "said"),
    [("pending", "El banco no lo confirma aún"), ("failed", "El banco lo rechazó")],
)
def test_what_the_bank_did_not_confirm_is_not_called_done(
    desk: Desk, shop: FakeShop, payment: str, said: str
) -> None:
    action = requested(desk)
    work(desk, action)
    with desk.services.database.reading() as connection:
        row = ledger.get(desk.scope, connection, action.id)

    shown = entry(replace(row, payment=payment), Words("es", "UTC"))

    assert shown.state.text == said
    assert shown.state.tone != "good"
