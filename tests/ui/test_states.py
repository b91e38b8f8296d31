"""How whole the answer is, each state honest; and orders of which only the number matches."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.domain.identity import Identifiers
from plugin.errors import Forbidden, InvalidInput
from tests.ui.conftest import Ask
from tests.ui.pretend import PretendCore
from tests.ui.samples import NOW, WEAK, a_full_order, a_row, a_seat, a_sidebar, health, lookup


class TestStates:
    @pytest.mark.parametrize(
        ("state", "words"),
        [
            ("unknown_writer", "Sin pedidos con estos datos. Probar otro correo o teléfono"),
            ("no_orders", "Sin pedidos con estos datos"),
            ("asking", "Consultando las tiendas…"),
            ("arriving", "El historial aún está llegando"),
            ("cannot_ask", "Puede haber pedidos"),
            ("no_identifiers", "La conversación no trae correo"),
        ],
    )
    def test_each_has_its_own_sentence(
        self, core: PretendCore, ask: Ask, state: str, words: str
    ) -> None:
        core.sidebar = a_sidebar(state=state, people=(), orders=(), totals=(), as_of=None)

        assert words in ask("sidebar").text

    def test_a_shop_that_was_not_asked_is_never_no_orders(
        self, core: PretendCore, ask: Ask
    ) -> None:
        core.sidebar = a_sidebar(state="cannot_ask", people=(), orders=(), totals=(), as_of=None)

        assert "Sin pedidos" not in ask("sidebar").text

    def test_a_known_customer_without_orders(self, core: PretendCore, ask: Ask) -> None:
        core.sidebar = a_sidebar(state="no_orders", orders=(), totals=())

        assert "Cliente sin pedidos por ahora" in ask("sidebar").text

    def test_a_silent_shop_is_named_with_its_hour(self, core: PretendCore, ask: Ask) -> None:
        core.seat = a_seat(connections=(health(failing_since=NOW - timedelta(minutes=3)),))

        html = ask("sidebar").text

        assert "Tienda Azul no responde desde las 10:42" in html

    def test_history_that_still_arrives_says_how_much(self, core: PretendCore, ask: Ask) -> None:
        core.seat = a_seat(connections=(health(sync_state="running", sync_percent=43),))

        assert "Tienda Azul · Historial: 43 %" in ask("sidebar").text

    def test_history_that_was_paused_says_so(self, core: PretendCore, ask: Ask) -> None:
        core.seat = a_seat(connections=(health(sync_state="paused"),))

        assert "Tienda Azul · Historial en pausa" in ask("sidebar").text

    @pytest.mark.parametrize(
        ("code", "words"),
        [
            ("app_uninstalled", "Tienda Azul desinstaló la app"),
            ("grant_ended", "Tienda Azul retiró el permiso"),
        ],
    )
    def test_a_shop_that_shut_us_out_is_not_called_silent(
        self, core: PretendCore, ask: Ask, code: str, words: str
    ) -> None:
        shop = health(failing_since=NOW - timedelta(minutes=3), failure_code=code)
        core.seat = a_seat(connections=(shop,))

        html = ask("sidebar").text

        assert words in html
        assert "no responde" not in html

    @pytest.mark.parametrize(
        ("locale", "line", "place"),
        [
            ("es", "Tienda Azul · Solo se ven los últimos 60 días", "Nada en los últimos 60 días"),
            ("en", "Tienda Azul · Last 60 days only", "Nothing in the last 60 days"),
        ],
    )
    def test_hidden_history_is_said_beside_the_orders_and_in_their_place(
        self, core: PretendCore, ask: Ask, locale: str, line: str, place: str
    ) -> None:
        shop = health(options={"history_days": "60"})
        core.seat = a_seat(connections=(shop,), locale=locale)

        assert line in ask("sidebar").text

        core.sidebar = a_sidebar(state="limited", people=(), orders=(), totals=(), as_of=None)
        html = ask("sidebar").text
        assert line in html
        assert place in html
        assert "Sin pedidos" not in html
        assert "No orders" not in html

    def test_a_search_that_failed_says_that_orders_may_be_missing(
        self, core: PretendCore, ask: Ask
    ) -> None:
        core.seat = a_seat(lookups=(lookup(state="failed"),))

        assert "Puede haber más pedidos" in ask("sidebar").text

    def test_parts_the_shop_withheld_are_named(self, core: PretendCore, ask: Ask) -> None:
        order = a_full_order(partial=("shipping_address", "phone", "something new"))
        core.sidebar = a_sidebar(orders=(a_row(order),))

        html = ask("sidebar").text

        assert "La tienda no facilitó: dirección de envío, teléfono, otros datos" in html

    def test_details_that_are_on_their_way_are_not_called_withheld(
        self, core: PretendCore, ask: Ask
    ) -> None:
        order = a_full_order(partial=("details",))
        core.sidebar = a_sidebar(orders=(a_row(order),))

        html = ask("sidebar").text

        assert "qué artículos se enviaron o reembolsaron" in html
        assert "La tienda no facilitó" not in html


class TestWeakMatch:
    @pytest.fixture(autouse=True)
    def weak(self, core: PretendCore) -> None:
        core.seat = a_seat(identifiers=Identifiers(name="Priya", numbers=("1042",)))
        core.sidebar = a_sidebar(
            people=(), orders=(a_row(evidence=WEAK, masked=True),), totals=(), order_count=0,
            weak_only=True, tries_left=2,
        )  # fmt: skip

    def test_shows_number_date_state_and_goods_only(self, ask: Ask) -> None:
        html = ask("sidebar").text

        assert "#1042" in html
        assert "20 nov 2026" in html
        assert "Envío parcial" in html
        assert "Taza de gres azul" in html
        for secret in ("Carmen", "82,90", "600", "28004", "carmen@example.com", "Palma", "PK4GA"):
            assert secret not in html

    def test_cannot_be_opened_or_refunded(self, ask: Ask) -> None:
        html = ask("sidebar").text

        assert "<details" not in html
        assert "data-get=" not in html

    def test_asks_for_one_purchase_detail(self, ask: Ask) -> None:
        html = ask("sidebar").text

        assert "Solo coincide el número de pedido. Confirmar un dato de la compra" in html
        assert 'data-post="fact"' in html

    def test_is_locked_after_the_last_try(self, core: PretendCore, ask: Ask) -> None:
        core.sidebar = replace(core.sidebar, tries_left=0)

        html = ask("sidebar").text

        assert "Confirmación bloqueada" in html
        assert 'data-post="fact"' not in html

    def test_a_wrong_detail_says_how_many_tries_are_left(self, core: PretendCore, ask: Ask) -> None:
        core.refusals["fact"] = InvalidInput("fact_wrong", field="fact", tries_left=1)

        answer = ask("fact", "POST", data={"fact": "28001"})

        assert answer.status_code == 422
        assert "Ese dato no coincide. Queda 1 intento" in answer.text
        assert 'data-field="fact"' in answer.text

    def test_the_right_detail_answers_the_whole_sidebar(self, core: PretendCore, ask: Ask) -> None:
        core.sidebar = a_sidebar()

        answer = ask("fact", "POST", data={"fact": "28004"})

        assert core.asked[-1] == ("fact", "28004")
        assert "82,90" in answer.text

    def test_an_order_asked_for_directly_is_refused(self, core: PretendCore, ask: Ask) -> None:
        core.refusals["order"] = Forbidden("order_masked")

        answer = ask("orders/co_blue/gid%2F1042")

        assert answer.status_code == 403
        assert "Taza" not in answer.text
