"""A refund that a person pays, as the agent and as the one who pays sees it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from plugin.actions.views import Waiting
from plugin.domain.manual import ManualPlan
from plugin.ports.store import Capability
from tests.builders import eur
from tests.ui.conftest import Ask
from tests.ui.pretend import PretendCore
from tests.ui.samples import NOW, a_row, a_seat, a_sidebar, an_action

PLAN = ManualPlan(
    order_ref="gid/1042", amount=eur("20.00"), remaining=eur("48.90"), way="transfer",
    masked="IBAN ES•••• 1332", days=3, payment="Pago contra entrega", refunded_before=eur("0"),
    order_total=eur("48.90"), order_state="paid/fulfilled", reason="<b>rota</b>",
)  # fmt: skip


def manual(state: str = "previewed", **fields: Any) -> Any:
    return replace(an_action(state), kind="manual_refund", plan=PLAN, **fields)


@pytest.fixture
def due(core: PretendCore) -> None:
    waiting = Waiting(since=NOW, who=("Marta",), may_settle=True, has_account=True)
    core.seat = a_seat(role="supervisor", agent_id="ag_marta")
    core.action = manual("done", payment="due", finished_at=NOW, waiting=waiting)


def test_the_form_asks_how_and_where_to(ask: Ask) -> None:
    html = ask("act/manual_refund/co_blue/gid%2F1042").text

    for name in ("amount", "way", "account", "holder", "days", "reason"):
        assert f'name="{name}"' in html
    assert 'value="70,90"' in html


def test_the_preview_says_that_nothing_moves(core: PretendCore, ask: Ask) -> None:
    core.action = manual()

    html = ask("actions/ac_1").text

    for words in ("Transferencia · IBAN ES•••• 1332", "Pago contra entrega", "28,90\xa0€",
                  "Nada se mueve solo", "A pagar en 3 días", "&lt;b&gt;rota",
                  "Anotar 20,00\xa0€ por pagar</button>"):  # fmt: skip
        assert words in html, words


@pytest.mark.parametrize(
    ("payment", "words"),
    [
        ("due", "Reembolso manual pendiente: 20,00\xa0€"),
        ("paid", "Pagado a mano: 20,00\xa0€"),
        ("dropped", "No se paga: 20,00\xa0€"),
    ],
)
def test_it_never_says_refunded(core: PretendCore, ask: Ask, payment: str, words: str) -> None:
    parameters = {"who": "Marta", "proof": "Transferencia 77"}
    core.action = manual("done", payment=payment, finished_at=NOW, parameters=parameters)

    html = ask("actions/ac_1").text

    assert words in html
    assert "Reembolsado" not in html
    assert ("Marta: Transferencia 77" in html) == (payment != "due")
    assert ("indicar 20,00\xa0€ como reembolso manual" in html) == (payment == "paid")
    reply = {"due": "Se paga a mano", "paid": "pedido 1042: pagado.", "dropped": 'class="reply"'}
    assert (reply[payment] in html) == (payment != "dropped")


@pytest.mark.usefixtures("due")
class TestPaying:
    def test_who_pays_sees_until_when_where_to_and_two_ways_to_end(self, ask: Ask) -> None:
        html = ask("actions/ac_1").text

        for words in ("A pagar antes del 25 nov 2026", "IBAN ES•••• 1332", "Se pagó",
                      'data-post="act/owed"', 'data-post="act/account"'):  # fmt: skip
            assert words in html, words
        assert "2100" not in html

    def test_the_end_reaches_the_core(self, core: PretendCore, ask: Ask) -> None:
        ask("act/owed", "POST", data={"action": "ac_1", "outcome": "done", "proof": "T 77"})

        assert ("close_owed", "ac_1", True, "T 77") in core.asked
        assert ask("act/owed", "POST", data={"action": "ac_1"}).status_code == 422

    def test_the_whole_account_is_asked_for_by_a_form(self, core: PretendCore, ask: Ask) -> None:
        html = ask("act/account", "POST", data={"action": "ac_1"}).text

        assert "ES91 2100 0418 4502 0005 1332" in html
        assert "Amparo Gil" in html
        assert core.asked[-1] == ("payee", "ac_1")


def test_what_is_owed_keeps_nobody_from_anything_else(core: PretendCore, ask: Ask) -> None:
    core.sidebar = a_sidebar(orders=(a_row(action_id="ac_1", action_state="owed"),))

    html = ask("sidebar").text

    assert "Reembolso manual pendiente</span>" in html
    assert 'data-resume="actions/ac_1"' in html
    assert 'data-get="act/refund/' in html


def test_a_way_round_says_of_what(core: PretendCore, ask: Ask) -> None:
    core.capability = Capability(name="manual_refund", available=True, reason="payment_manual")

    html = ask("orders/co_blue/gid%2F1042").text

    assert ">Reembolso manual</button>" in html
    assert "Esta forma de pago no admite reembolso automático" in html
