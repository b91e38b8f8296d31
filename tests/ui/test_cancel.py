"""Cancelling as a form and as consequences."""

from __future__ import annotations

from typing import Any

import pytest

from plugin.actions.cancel import CancelForm
from plugin.domain.cancels import CancelPlan
from plugin.ports.store import Capability
from tests.builders import eur
from tests.ui.conftest import Ask
from tests.ui.pretend import PretendCore
from tests.ui.samples import a_seat, an_action
from ui.present import cancel
from ui.present.words import Words

FORM = "act/cancel/co_blue/gid%2F1042"
YES = Capability(name="cancel_refund", available=True)
APART = Capability(
    name="cancel_refund", available=False, reason="cancel_refund_manual",
)  # fmt: skip
NO = Capability(name="cancel_credit", available=False, reason="action_not_offered")


def a_cancel(**fields: Any) -> CancelPlan:
    values: dict[str, Any] = {
        "order_ref": "o1", "order_number": "#1042", "order_version": "1", "order_state": "paid",
        "refund": "original", "refund_amount": eur("70.90"), "kept_amount": eur("0"),
        "refunded_before": eur("0"),
    }  # fmt: skip
    return CancelPlan(**{**values, **fields})


def test_the_form_proposes_the_money_to_go_back(core: PretendCore, ask: Ask) -> None:
    core.content = lambda typed: CancelForm(refund=YES, credit=NO)

    html = ask(FORM).text

    assert 'value="original" checked> Reembolsar 70,90\xa0€ al pago original' in html
    assert 'value="none"> Sin reembolso' in html
    assert "store_credit" not in html


def test_where_money_goes_apart_the_form_says_so(core: PretendCore, ask: Ask) -> None:
    core.content = lambda typed: CancelForm(refund=APART, credit=NO)

    html = ask(FORM).text

    assert "abrir un reembolso manual" in html
    assert 'name="refund"' not in html


@pytest.mark.parametrize(
    ("amount", "button"),
    [("70.90", ">Cancel and refund €70.90</button>"), ("0", ">Cancel order</button>")],
)
def test_the_button_has_the_amount_where_money_moves(
    core: PretendCore, ask: Ask, amount: str, button: str
) -> None:
    core.seat = a_seat(locale="en")
    core.action = an_action(
        kind="cancel", amount=eur(amount), plan=a_cancel(refund_amount=eur(amount))
    )

    chosen = {"kind": "cancel", "connection": "co_blue", "order": "gid/1042"}
    assert button in ask("act/preview", "POST", data=chosen).text


def test_money_that_stays_is_said() -> None:
    plan = a_cancel(
        refund="none", refund_amount=eur("0"), kept_amount=eur("70.90"), restock=False,
        warnings=("cancel_keeps_money",),
    )  # fmt: skip

    told = cancel.consequences(plan, Words("en", ""))

    assert told.sections[0].rows == (("Paid and kept", "€70.90"),)
    assert (
        told.notes[0] == "The customer paid and gets nothing back by this. Refund it if it is due."
    )


def test_the_result_says_what_went_back() -> None:
    said = cancel.outcome({"refunded": {"amount": "70.90", "currency": "EUR"}}, Words("es", ""))

    assert said == ("Reembolso con la cancelación: 70,90\xa0€.",)


def test_where_the_shop_decides_about_mails_nothing_is_asked(core: PretendCore, ask: Ask) -> None:
    core.content = lambda typed: CancelForm(refund=YES, credit=NO, mail=False)

    html = ask(FORM).text

    assert 'name="notify"' not in html
    assert "La tienda decide si avisa al cliente" in html


@pytest.mark.parametrize(
    ("refund", "amount", "payment", "words"),
    [
        ("none", "0", "", "Pedido 1042: cancelado."),
        ("original", "70.90", "succeeded", "con un reembolso de 70,90\xa0€"),
        ("store_credit", "70.90", "succeeded", "crédito de la tienda para la próxima compra"),
        ("original", "70.90", "failed", ""),
    ],
)
def test_the_customer_is_told_what_comes_back(
    core: PretendCore, ask: Ask, refund: str, amount: str, payment: str, words: str
) -> None:
    core.action = an_action(
        "done", kind="cancel", amount=eur(amount), payment=payment,
        plan=a_cancel(refund=refund, refund_amount=eur(amount)),
        receipt={"to": refund, "refunded": {"amount": amount, "currency": "EUR"}},
    )  # fmt: skip

    html = ask("actions/ac_1").text

    assert words in html
    assert ('class="reply"' in html) == bool(words)
    assert ("nada vuelve al pago original" in html) == (refund == "store_credit")
