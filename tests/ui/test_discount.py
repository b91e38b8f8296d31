"""A discount code as a form, a preview, and a text for the reply."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from plugin.actions.discount import DiscountForm
from plugin.domain.discounts import DiscountPlan
from tests.builders import eur
from tests.ui.conftest import Ask
from tests.ui.pretend import PretendCore
from tests.ui.samples import an_action
from ui.present import discount
from ui.present.words import Words

FORM = "act/discount/co_blue/gid%2F1042"
CODE = "7KQM-X4TD"


def a_code(**fields: Any) -> DiscountPlan:
    values: dict[str, Any] = {
        "code": CODE, "kind": "percentage", "percentage": Decimal("10.0"), "amount": None,
        "minimum": eur("20"), "bound_to": "email", "email": "carmen@example.com",
        "expires_at": datetime(2026, 12, 24, 22, 59, 59, tzinfo=UTC), "currency": "EUR",
    }  # fmt: skip
    return DiscountPlan(**{**values, **fields})


def test_the_form_proposes_a_last_day_in_the_shops_currency(core: PretendCore, ask: Ask) -> None:
    core.content = lambda typed: DiscountForm(
        currency="MXN", until=date(2026, 12, 24), zone="America/Mexico_City"
    )

    html = ask(FORM).text

    assert 'type="date" value="2026-12-24"' in html
    assert "Importe en MXN" in html


def test_the_preview_says_what_for_whom_and_until_when() -> None:
    rows = dict(discount.consequences(a_code(), Words("en", "Europe/Madrid")).sections[0].rows)

    assert rows["Code"] == CODE
    assert (rows["Worth"], rows["From a purchase of"]) == ("10 %", "€20.00")
    assert (rows["For"], rows["Uses"]) == ("carmen@example.com", "once")


def test_the_preview_says_what_limits_count() -> None:
    told = discount.consequences(a_code(worth=eur("4.57")), Words("en", ""))

    assert ("Counts in limits as", "€4.57") in told.sections[0].rows
    assert told.confirm == "confirm_code"
    five = a_code(kind="amount", percentage=None, amount=eur("5"), worth=eur("5"))
    assert "Counts in limits as" not in dict(
        discount.consequences(five, Words("en", "")).sections[0].rows
    )


def test_the_reply_is_in_the_customers_language(core: PretendCore, ask: Ask) -> None:
    core.action = an_action(
        kind="discount",
        state="done",
        plan=a_code(),
        customer_locale="en-GB",
        receipt={"code": CODE},
    )

    html = ask("actions/ac_1").text

    said = (
        f"Discount code: {CODE} (10 %). From a purchase of €20.00. Valid until 24 Dec 2026, once."
    )
    assert f'<p class="reply" lang="en">{said}</p>' in html
    assert f'data-clip="copy" data-text="{said}"' in html
    assert f"Código: {CODE}" in html


def test_there_is_nothing_to_tell_before_it_is_done() -> None:
    action = an_action(kind="discount", state="unknown", plan=a_code())

    assert discount.reply(action, Words("es", "")) == ""


def test_an_amount_is_written_as_money() -> None:
    action = an_action(
        kind="discount", state="done",
        plan=a_code(kind="amount", percentage=None, amount=eur("5"), minimum=None),
    )  # fmt: skip

    assert discount.reply(action, Words("es", "")).startswith(
        f"Código de descuento: {CODE} (5,00\xa0€)."
    )
