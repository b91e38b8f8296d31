"""The document, the launch, the sidebar, an opened order."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from plugin.domain.identity import Evidence, Identifiers
from plugin.errors import LaunchRefused
from plugin.ports.store import Capability
from tests.builders import an_order, eur
from tests.ui.conftest import BASE, Ask
from tests.ui.pretend import PretendCore
from tests.ui.samples import (
    NOW,
    TOKEN,
    a_full_order,
    a_person,
    a_row,
    a_seat,
    a_sidebar,
    health,
    lookup,
)

HOSTILE = '"><script>alert(1)</script>{{7*7}}<b>x</b>'


def _boot(html: str) -> dict[str, object]:
    found = re.search(r'id="boot"[^>]*>(.*?)</script>', html)
    assert found
    boot: dict[str, object] = json.loads(found[1])
    return boot


class TestDocument:
    def test_without_a_launch_it_holds_nobody(self, client: FlaskClient) -> None:
        answer = client.get(BASE, headers={"Accept-Language": "es-ES,es;q=0.9"})

        assert answer.status_code == 200
        assert "Esperando al helpdesk" in answer.text
        assert _boot(answer.text) == {
            "origins": ["https://desk.example"],
            "challenge": "a-challenge",
        }

    def test_its_nonce_is_in_the_policy_and_never_twice_the_same(self, client: FlaskClient) -> None:
        answers = [client.get(BASE) for _ in range(2)]

        nonces = [re.findall(r'<style nonce="([^"]+)"', answer.text)[0] for answer in answers]

        assert nonces[0] != nonces[1]
        for nonce, answer in zip(nonces, answers, strict=True):
            policy = answer.headers["Content-Security-Policy"]
            assert f"script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'" in policy

    def test_a_posted_launch_brings_the_first_answer_with_it(self, client: FlaskClient) -> None:
        answer = client.post(BASE, data={"launch": "signed"})

        assert "Carmen Ferrándiz López" in answer.text
        assert _boot(answer.text)["token"] == TOKEN
        assert _boot(answer.text)["expires_in"] == 900

    def test_the_launch_reaches_the_core_as_it_came(
        self, core: PretendCore, client: FlaskClient
    ) -> None:
        client.post(BASE + "?a=1&a=2", data={"launch": "signed"})

        request = core.asked[0][1]
        assert request.body == b"launch=signed"
        assert list(request.query) == [("a", "1"), ("a", "2")]
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"

    def test_a_refused_launch_is_a_document_with_a_sentence(
        self, core: PretendCore, client: FlaskClient
    ) -> None:
        core.refusals["open"] = LaunchRefused("launch_expired")

        answer = client.post(BASE, data={"launch": "x"}, headers={"Accept-Language": "en"})

        assert answer.status_code == 401
        assert "helpdesk&#39;s identification expired" in answer.text
        assert "token" not in _boot(answer.text)

    def test_it_has_no_inline_handler_and_no_inline_style(self, client: FlaskClient) -> None:
        html = client.post(BASE, data={"launch": "signed"}).text

        assert not re.search(r"\son\w+=|\sstyle=|javascript:", html)


class TestLaunch:
    def test_answers_token_and_panel(self, client: FlaskClient) -> None:
        answer = client.post(f"{BASE}/launch", json={"launch": "signed"})

        assert answer.json is not None
        assert answer.json["token"] == TOKEN
        assert answer.json["lang"] == "es"
        assert 'id="side"' in answer.json["html"]
        assert "Set-Cookie" not in answer.headers

    def test_the_token_is_not_in_the_markup(self, client: FlaskClient) -> None:
        answer = client.post(f"{BASE}/launch", json={"launch": "signed"})

        assert answer.json is not None
        assert TOKEN not in answer.json["html"]

    def test_a_replayed_launch_is_refused(self, core: PretendCore, client: FlaskClient) -> None:
        core.refusals["open"] = LaunchRefused("launch_replayed")

        answer = client.post(f"{BASE}/launch", json={"launch": "x"})

        assert answer.status_code == 401
        assert 'data-code="launch_replayed"' in answer.text

    def test_renewing_gives_another_token(self, ask: Ask) -> None:
        assert ask("renew", "POST").json == {
            "token": "renewed",
            "expires_in": 900,
            "proof": "signed",
            "place": "ag_ana:t1",
        }


class TestSidebar:
    def test_shows_the_customer_and_all_orders(self, ask: Ask) -> None:
        html = ask("sidebar").text

        assert "Carmen Ferrándiz López" in html
        assert "Cliente desde 4 mar 2022" in html
        assert "2 pedidos · 132,90\xa0€" in html
        assert html.count('<details class="order"') == 2

    def test_only_the_newest_order_is_open(self, ask: Ask) -> None:
        html = ask("sidebar").text

        assert html.count(" open><summary>") == 1
        assert html.count('class="bar"') == 1

    def test_speaks_english_to_an_english_agent(self, core: PretendCore, ask: Ask) -> None:
        core.seat = a_seat(locale="en")

        html = ask("sidebar").text

        assert "2 orders · €132.90" in html
        assert "Partly refunded" in html
        assert "E-mail matches" in html

    def test_the_same_answer_is_304(self, core: PretendCore, ask: Ask) -> None:
        tag = ask("sidebar").headers["ETag"]

        answer = ask("sidebar", headers={"If-None-Match": tag})

        assert answer.status_code == 304
        assert answer.data == b""
        assert answer.headers["ETag"] == tag

    def test_a_changed_answer_is_not_304(self, core: PretendCore, ask: Ask) -> None:
        tag = ask("sidebar").headers["ETag"]
        core.sidebar = replace(core.sidebar, etag="tag-2")

        assert ask("sidebar", headers={"If-None-Match": tag}).status_code == 200

    def test_the_page_may_ask_for_more_orders(self, core: PretendCore, ask: Ask) -> None:
        core.sidebar = a_sidebar(more=True, order_count=45)

        html = ask("sidebar?limit=40").text

        assert core.asked[-1] == ("sidebar", 40)
        assert "Ver más pedidos" in html
        assert "2 de 45" in html

    @pytest.mark.parametrize("limit", ["-1", "x", "1e9", "99999999"])
    def test_a_limit_that_is_none_is_refused(self, ask: Ask, limit: str) -> None:
        assert ask(f"sidebar?limit={limit}").status_code == 422

    def test_hostile_texts_stay_texts(self, core: PretendCore, ask: Ask) -> None:
        order = a_full_order(
            number=HOSTILE, customer_name=HOSTILE, note=HOSTILE, tags=(HOSTILE,), email=HOSTILE,
            admin_url="javascript:alert(1)", status_url="data:text/html,x",
        )  # fmt: skip
        core.sidebar = a_sidebar(
            people=(a_person(name=HOSTILE, note=HOSTILE, tags=(HOSTILE,), email=HOSTILE),),
            orders=(a_row(order, ref=HOSTILE),),
        )
        core.seat = a_seat(connections=(health(label=HOSTILE),))

        html = ask("sidebar").text

        assert "<script" not in html
        assert "<b>x" not in html
        assert "javascript:" not in html
        assert "data:text" not in html
        assert "49" not in html.replace("&#34;", "")

    def test_a_hostile_writer_without_orders_stays_text(self, core: PretendCore, ask: Ask) -> None:
        core.seat = a_seat(identifiers=Identifiers(name=HOSTILE, emails=("x@example.com",)))
        core.sidebar = a_sidebar(state="unknown_writer", people=(), orders=(), totals=())

        assert "<script" not in ask("sidebar").text

    def test_customers_of_two_shops_with_one_address_are_one_person(
        self, core: PretendCore, ask: Ask
    ) -> None:
        core.sidebar = a_sidebar(people=(a_person(), a_person("co_olive")))

        html = ask("sidebar").text

        assert html.count('<div class="person">') == 1
        assert "Tienda Azul, Casa Oliva" in html

    def test_two_customers_of_one_phone_are_both_shown(self, core: PretendCore, ask: Ask) -> None:
        phone = Evidence(strength="good", reason="phone")
        people = (
            replace(a_person(ref="c1", name="Luis", email="luis@example.com"), evidence=phone),
            replace(a_person(ref="c2", name="Eva", email="eva@example.com"), evidence=phone),
        )
        core.sidebar = a_sidebar(people=people)

        html = ask("sidebar").text

        assert html.count('<div class="person">') == 2
        assert "Luis" in html
        assert "Eva" in html

    def test_a_guest_is_named_by_the_order(self, core: PretendCore, ask: Ask) -> None:
        core.sidebar = a_sidebar(people=(), orders=(a_row(a_full_order(customer_name="Lucía")),))

        html = ask("sidebar").text

        assert '<h2 class="name">Lucía</h2>' in html
        assert "Compra sin cuenta" in html
        row = html.partition("<summary")[2].partition("</summary>")[0]
        assert "Coincide el correo" in html
        assert "Coincide el correo" not in row

    def test_an_open_action_shows_in_its_row(self, core: PretendCore, ask: Ask) -> None:
        core.sidebar = a_sidebar(orders=(a_row(action_id="ac_9", action_state="unknown"),))

        html = ask("sidebar").text

        assert "Sin confirmar" in html
        assert 'data-resume="actions/ac_9"' in html
        assert 'data-get="act/' not in html

    def test_the_age_of_what_is_shown(self, core: PretendCore, ask: Ask) -> None:
        core.sidebar = a_sidebar(as_of=NOW - timedelta(minutes=3))
        core.seat = a_seat(lookups=(lookup(state="asking"),))

        html = ask("sidebar").text

        assert "Datos de hace 3 min" in html
        assert "Actualizando…" in html
        assert 'data-poll="fast"' in html


class TestOrder:
    def test_shows_everything_of_it(self, ask: Ask) -> None:
        html = ask("orders/co_blue/gid%2F1042").text

        for words in (
            "2 ×", "Taza de gres azul", "Azul / 30 cl", "1 reembolsado", "1 sin enviar",
            "En camino", "Correos PK4GA70012345", "Previsto para el 23 nov 2026",
            "Calle de la Palma 12", "28004 Madrid", "España", "Igual que la de envío",
            "Visa •• 4242", "12,00\xa0€", "Llegó rota", "M-ABCDEFGH", "OTOÑO5", "-5,00\xa0€",
            "Dejar en conserjería", "vip", "Abrir en la tienda",
            "Aún reembolsable: 70,90\xa0€",
        ):  # fmt: skip
            assert words in html, words

    def test_links_leave_without_telling_where_from(self, ask: Ask) -> None:
        links = re.findall(r"<a [^>]*>", ask("orders/co_blue/gid%2F1042").text)

        assert links
        for link in links:
            assert 'target="_blank" rel="noreferrer noopener"' in link

    def test_a_reference_with_slashes_reaches_the_core_whole(
        self, core: PretendCore, ask: Ask
    ) -> None:
        ask("orders/co_blue/gid%2F1042")

        assert core.asked[-1] == ("order", "co_blue", "gid/1042")

    def test_an_order_of_somebody_else_is_not_found(self, ask: Ask) -> None:
        answer = ask("orders/co_blue/4711")

        assert answer.status_code == 404
        assert 'data-code="order_not_found"' in answer.text

    def test_an_agent_may_refund(self, ask: Ask) -> None:
        html = ask("orders/co_blue/gid%2F1042").text

        assert 'data-get="act/refund/co_blue/gid%2F1042">Reembolsar</button>' in html

    def test_a_viewer_sees_no_refund_button(self, core: PretendCore, ask: Ask) -> None:
        core.seat = a_seat(role="viewer")

        html = ask("sidebar").text + ask("orders/co_blue/gid%2F1042").text

        assert 'data-get="act/' not in html
        assert ">Reembolsar<" not in html

    def test_what_a_shop_cannot_do_is_said_in_the_buttons_place(
        self, core: PretendCore, ask: Ask
    ) -> None:
        core.capability = Capability(name="refund", available=False, reason="payment_manual")

        html = ask("orders/co_blue/gid%2F1042").text

        assert "no admite reembolso automático" in html
        assert 'data-get="act/' not in html

    def test_amounts_without_decimals_have_none(self, core: PretendCore, ask: Ask) -> None:
        from plugin.domain.money import Money

        yen = Money.of("4200", "JPY")
        order = an_order("9", currency="JPY", total=yen, subtotal=yen, lines=(), payments=(),
                         shipping_total=Money.zero("JPY"), refunded=Money.zero("JPY"))  # fmt: skip
        core.sidebar = a_sidebar(orders=(a_row(order),))

        assert "4.200\xa0JPY" in ask("sidebar").text

    def test_a_picture_by_plain_http_is_left_out(self, core: PretendCore, ask: Ask) -> None:
        lines = tuple(
            replace(line, image_url="http://cdn.example/a.jpg") for line in a_full_order().lines
        )
        core.sidebar = a_sidebar(orders=(a_row(a_full_order(lines=lines)),))

        assert "<img" not in ask("sidebar").text

    def test_tax_on_top_is_part_of_what_a_line_cost(self, core: PretendCore, ask: Ask) -> None:
        line = replace(a_full_order().lines[0], total=eur("10.00"), tax=eur("2.10"))
        core.sidebar = a_sidebar(orders=(a_row(a_full_order(lines=(line,))),))

        assert "12,10\xa0€" in ask("sidebar").text
