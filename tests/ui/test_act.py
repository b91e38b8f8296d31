"""Form, preview, confirm and result, with the refund as the kind."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from plugin.actions.refund import RefundForm
from plugin.errors import Conflict, Forbidden, InvalidInput
from plugin.ports.store import Capability
from tests.builders import eur
from tests.ui.conftest import Ask
from tests.ui.pretend import PretendCore
from tests.ui.samples import a_full_order, a_plan, a_row, a_seat, a_sidebar, an_action

FORM = "act/refund/co_blue/gid%2F1042"
CHOSEN = {
    "kind": "refund", "connection": "co_blue", "order": "gid/1042", "mode": "lines",
    "qty.l1": "1", "restock": "on",
}  # fmt: skip


class TestForm:
    def test_offers_lines_an_amount_and_everything(self, ask: Ask) -> None:
        html = ask(FORM).text

        for mode in ("lines", "amount", "all"):
            assert f'name="mode" value="{mode}"' in html
        assert 'name="qty.l1" value="0" min="0" max="1"' in html
        assert "Todo: 70,90\xa0€" in html
        assert "Incluir envío: 4,90\xa0€" in html

    def test_names_the_currency_of_the_amount(self, ask: Ask) -> None:
        assert "Importe en EUR" in ask(FORM).text

    def test_offers_no_line_of_which_nothing_is_left(self, core: PretendCore, ask: Ask) -> None:
        lines = tuple(replace(line, refundable_quantity=0) for line in a_full_order().lines)
        core.sidebar = a_sidebar(orders=(a_row(a_full_order(lines=lines)),))

        html = ask(FORM).text

        assert 'value="lines"' not in html
        assert 'value="amount" checked' in html

    def test_says_why_it_cannot(self, core: PretendCore, ask: Ask) -> None:
        core.capability = Capability(name="refund", available=False, reason="nothing_left")

        answer = ask(FORM)

        assert answer.status_code == 422
        assert "Pedido ya reembolsado por completo" in answer.text

    def test_a_viewer_is_told_to_ask_a_supervisor(self, core: PretendCore, ask: Ask) -> None:
        core.seat = a_seat(role="viewer")

        assert "Este rol no permite la acción" in ask(FORM).text


class TestStoreCredit:
    def test_it_is_offered_where_the_shop_can(self, core: PretendCore, ask: Ask) -> None:
        able = Capability(name="refund_credit", available=True)
        core.content = lambda _typed: RefundForm(credit=able)

        html = ask(FORM).text

        assert 'name="to" value="original" checked' in html
        assert 'name="to" value="store_credit"' in html

    def test_else_why_not_and_what_comes_nearest(self, core: PretendCore, ask: Ask) -> None:
        lacks = Capability(name="refund_credit", available=False, reason="store_credit_unsupported")
        core.content = lambda _typed: RefundForm(credit=lacks)

        html = ask(FORM).text

        assert 'name="to"' not in html
        assert "código de descuento por el mismo importe" in html

    def test_the_preview_and_its_button_say_so(self, core: PretendCore, ask: Ask) -> None:
        core.action = an_action(plan=a_plan(to="store_credit"))

        html = ask("act/preview", "POST", data=CHOSEN).text

        assert "Dar 20,00\xa0€ como crédito de la tienda" in html
        assert "nada vuelve al pago original" in html

    def test_the_customer_is_not_told_of_a_bank(self, core: PretendCore, ask: Ask) -> None:
        core.action = an_action("done", payment="succeeded", receipt={"to": "store_credit"})

        html = ask("actions/ac_1").text

        assert "Entregado como crédito de la tienda: " in html
        assert "Reembolsado" not in html
        assert "hecho, como crédito de la tienda" in html
        assert "Según el banco" not in html


class TestPlaces:
    def test_a_place_is_chosen_only_where_there_are_several(
        self, core: PretendCore, ask: Ask
    ) -> None:
        assert 'name="place"' not in ask(FORM).text
        credit = Capability(name="refund_credit", available=False)
        places = (("1", "Valencia"), ("2", "Madrid"))
        core.content = lambda _typed: RefundForm(credit=credit, places=places)

        html = ask(FORM).text

        assert '<option value="2">Madrid</option>' in html
        assert '<option value="">Donde sugiere la tienda</option>' in html


class TestPreview:
    def test_hands_the_core_what_was_typed(self, core: PretendCore, ask: Ask) -> None:
        ask("act/preview", "POST", data=CHOSEN)

        typed = {"mode": "lines", "qty.l1": "1", "restock": "on"}
        assert core.asked[-1] == ("preview", "refund", "co_blue", "gid/1042", typed)

    def test_shows_every_consequence(self, ask: Ask) -> None:
        html = ask("act/preview", "POST", data=CHOSEN).text

        for words in (
            "1 × Taza de gres azul", "20,00\xa0€", "Visa •• 4242", "3,47\xa0€",
            "Taza de gres azul: 1 a Almacén Madrid", "Aún reembolsable después", "50,90\xa0€",
            "El cliente no recibe ningún correo", "Válido hasta las 11:00",
        ):  # fmt: skip
            assert words in html, words

    @pytest.mark.parametrize(
        ("locale", "button"),
        [("es", "Reembolsar 20,00\xa0€</button>"), ("en", "Refund €20.00</button>")],
    )
    def test_the_amount_stands_on_the_button(
        self, core: PretendCore, ask: Ask, locale: str, button: str
    ) -> None:
        core.seat = a_seat(locale=locale)

        assert button in ask("act/preview", "POST", data=CHOSEN).text

    def test_says_that_no_stock_goes_back(self, core: PretendCore, ask: Ask) -> None:
        lines = tuple(replace(line, restock="none") for line in a_plan().lines)
        core.action = an_action(plan=a_plan(lines=lines))

        assert "No se reponen existencias" in ask("act/preview", "POST", data=CHOSEN).text

    def test_what_cannot_be_used_names_its_field(self, core: PretendCore, ask: Ask) -> None:
        core.refusals["preview"] = InvalidInput(
            "amount_above_refundable", field="amount", left=eur("70.90")
        )

        answer = ask("act/preview", "POST", data=CHOSEN)

        assert answer.status_code == 422
        assert "Aún reembolsable: 70,90\xa0€. El importe lo supera." in answer.text
        assert 'data-field="amount"' in answer.text

    def test_a_hostile_reason_stays_text(self, core: PretendCore, ask: Ask) -> None:
        core.action = an_action(plan=a_plan(reason="<img src=x onerror=alert(1)>"))

        assert "<img src=x" not in ask("act/preview", "POST", data=CHOSEN).text

    def test_an_order_must_be_named(self, ask: Ask) -> None:
        assert ask("act/preview", "POST", data={"mode": "all"}).status_code == 422


class TestConfirm:
    def test_asks_the_core_and_says_that_it_is_under_way(self, core: PretendCore, ask: Ask) -> None:
        answer = ask("act/confirm", "POST", data={"action": "ac_1"})

        assert core.asked[-1] == ("confirm", "ac_1", None)
        assert "Enviando el reembolso de 20,00\xa0€…" in answer.text
        assert 'data-watch="actions/ac_1"' in answer.text

    def test_needs_an_action(self, core: PretendCore, ask: Ask) -> None:
        assert ask("act/confirm", "POST", data={}).status_code == 422
        assert not core.asked

    @pytest.mark.parametrize(
        ("error", "status", "words"),
        [
            (Conflict("preview_expired"), 409, "La revisión caducó y no se envió nada"),
            (Forbidden("role_forbids"), 403, "Este rol no permite la acción"),
            (Conflict("order_busy", who="Ana"), 409, "Ana está trabajando en este pedido"),
        ],
    )
    def test_a_refusal_is_a_sentence(
        self, core: PretendCore, ask: Ask, error: Any, status: int, words: str
    ) -> None:
        core.refusals["confirm"] = error

        answer = ask("act/confirm", "POST", data={"action": "ac_1"})

        assert answer.status_code == status
        assert words in answer.text


class TestResult:
    @pytest.mark.parametrize(
        ("state", "fields", "words"),
        [
            ("requested", {}, "Enviando el reembolso"),
            ("performing", {}, "Enviando el reembolso"),
            ("awaiting_approval", {}, "Pendiente de aprobación"),
            ("done", {"payment": "succeeded"}, "Reembolsado: 20,00\xa0€"),
            ("done", {"payment": "pending"}, "el banco aún no lo confirma"),
            ("done", {"payment": "pending"}, "20,00\xa0€ del pedido 1042: enviado. El banco aún"),
            ("done", {"payment": "failed"}, "el banco rechazó el dinero"),
            ("done", {"payment": "none"}, "se devuelve a mano"),
            ("refused", {"code": "gateway_declined"}, "La pasarela de pago lo rechazó"),
            ("unknown", {}, "Enviado, sin confirmar. No repetir"),
            ("not_done", {}, "el reembolso no se hizo"),
            ("needs_person", {}, "Un supervisor debe comprobarlo"),
            ("expired", {}, "La revisión caducó"),
        ],
    )
    def test_each_state_says_what_is_true(
        self, core: PretendCore, ask: Ask, state: str, fields: dict[str, Any], words: str
    ) -> None:
        core.action = an_action(state, **fields)

        assert words in ask("actions/ac_1").text

    def test_what_was_only_asked_for_is_signed_by_nobody(self, core: PretendCore, ask: Ask) -> None:
        core.action = an_action("awaiting_approval", requested_at=None)

        assert '<p class="fine"><span class="whole">' in ask("actions/ac_1").text

    @pytest.mark.parametrize("lang", ["es", "en"])
    @pytest.mark.parametrize("payment", ["pending", "failed", "none"])
    def test_nothing_is_called_refunded_before_it_is(
        self, core: PretendCore, ask: Ask, payment: str, lang: str
    ) -> None:
        core.seat = replace(core.seat, locale=lang)
        core.action = an_action("done", payment=payment)

        answer = ask("actions/ac_1").text

        assert not re.search("reembolsado|refunded", answer, re.IGNORECASE)

    @pytest.mark.parametrize("state", ["requested", "performing", "awaiting_approval", "unknown"])
    def test_the_page_goes_on_asking_while_it_can_change(
        self, core: PretendCore, ask: Ask, state: str
    ) -> None:
        core.action = an_action(state)

        assert "data-watch=" in ask("actions/ac_1").text

    @pytest.mark.parametrize("state", ["done", "refused", "not_done", "needs_person", "expired"])
    def test_the_page_stops_asking_at_the_end(
        self, core: PretendCore, ask: Ask, state: str
    ) -> None:
        core.action = an_action(state)

        assert "data-watch=" not in ask("actions/ac_1").text

    @pytest.mark.parametrize("state", ["unknown", "needs_person", "performing", "done"])
    def test_never_offers_another_review_where_money_may_have_moved(
        self, core: PretendCore, ask: Ask, state: str
    ) -> None:
        core.action = an_action(state)

        assert "data-get=" not in ask("actions/ac_1").text

    def test_an_order_that_changed_names_who_changed_it(self, core: PretendCore, ask: Ask) -> None:
        parameters = {"what": "refunded", "who": "Ana", "amount": "15.00", "currency": "EUR",
                      "at": "2026-11-22T09:38:00+00:00"}  # fmt: skip
        core.action = an_action("refused", code="order_changed", parameters=parameters)

        html = ask("actions/ac_1").text

        assert "El pedido cambió: Ana ya reembolsó 15,00\xa0€ a las 10:38. Revisar de nuevo" in html
        assert f'data-get="{FORM}"' in html

    def test_a_preview_that_was_never_confirmed_is_shown_as_such(self, ask: Ask) -> None:
        html = ask("actions/ac_1").text

        assert 'data-post="act/confirm"' in html


class TestGreeting:
    def test_the_list_says_that_there_is_news(self, core: PretendCore, ask: Ask) -> None:
        core.seat = a_seat(untold="ac_1")

        assert 'data-untold="ac_1"' in ask("sidebar").text

    @pytest.mark.parametrize(
        ("state", "code", "said"),
        [
            ("done", "", ("Reembolsado: 20,00\xa0€",)),
            ("unknown", "", ("No repetir: se está comprobando",)),
            ("refused", "gateway_declined", ("No se movió dinero", "La pasarela")),
        ],
    )  # fmt: skip
    def test_it_says_what_happened_and_why(
        self, core: PretendCore, ask: Ask, state: str, code: str, said: tuple[str, ...]
    ) -> None:
        core.seat, core.action = a_seat(untold="ac_1"), an_action(state, code=code)

        html = ask("greet", "POST", data={"action": "ac_1"}).text

        assert "Reembolso del pedido 1042" in html
        assert all(text in html for text in said)
        assert 'data-get="actions/ac_1"' in html

    @pytest.mark.parametrize(
        ("link", "shown"), [("https://help.example/1", True), ("javascript:alert(1)", False)]
    )
    def test_it_leads_back_where_a_browser_may_go(
        self, core: PretendCore, ask: Ask, link: str, shown: bool
    ) -> None:
        core.seat, core.action = a_seat(untold="ac_1"), an_action("done", link=link)

        html = ask("greet", "POST", data={"action": "ac_1"}).text

        assert ("Abrir la conversación" in html) is shown
        assert (link in html) is shown

    def test_what_was_told_is_not_told_again(self, ask: Ask) -> None:
        assert ask("greet", "POST", data={"action": "ac_1"}).status_code == 204
