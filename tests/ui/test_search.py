"""The search box."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plugin.actions.search import ProductView
from plugin.domain.identity import Identifiers
from plugin.errors import InvalidInput
from plugin.ports.helpdesk import Proof
from tests.ui.conftest import Ask
from tests.ui.pretend import PretendCore
from tests.ui.samples import NOW, TYPED_TOKEN, a_product


def _found(**fields: object) -> tuple[ProductView, ...]:
    product = a_product(**fields)
    return (ProductView(connection_id="co_blue", product=product, fetched_at=NOW),)


def test_products_come_with_stock_by_location(core: PretendCore, ask: Ask) -> None:
    core.products = _found()

    answer = ask("search?q=camisa").json

    assert answer is not None
    assert answer["kind"] == "products"
    for words in ("Camisa de lino", "49,90\xa0€", "Valencia", '<b class="good">3</b>', "Agotado"):
        assert words in answer["html"], words
    assert "token" not in answer


def test_a_hostile_product_stays_text(core: PretendCore, ask: Ask) -> None:
    core.products = _found(title="<script>x</script>", url="javascript:alert(1)")

    html = ask("search?q=x").json["html"]  # type: ignore[index]

    assert "<script" not in html
    assert "javascript:" not in html


def test_nothing_found_repeats_what_was_typed_as_text(ask: Ask) -> None:
    html = ask("search?q=%3Cb%3Enada%3C/b%3E").json["html"]  # type: ignore[index]

    assert "Sin resultados para «&lt;b&gt;nada&lt;/b&gt;»" in html


def test_people_are_looked_at_under_a_token_of_their_own(ask: Ask) -> None:
    answer = ask("search?q=carmen%40example.com").json

    assert answer is not None
    assert answer["kind"] == "people"
    assert answer["token"] == TYPED_TOKEN
    assert 'id="side"' in answer["html"]


@pytest.mark.parametrize(("proof", "buttons"), [("login", 3), ("signed", 0)])
def test_what_a_pasted_message_names_is_said_and_one_click_away_on_our_own_page(
    core: PretendCore, ask: Ask, proof: Proof, buttons: int
) -> None:
    core.seat = replace(core.seat, proof=proof, identifiers=Identifiers(source="typed"))
    core.typed = Identifiers(
        source="typed", text_emails=("<b>@x.example",), text_phones=("+34655550101",),
        numbers=("2040",),
    )  # fmt: skip

    html = ask("search?q=hola%40").json["picked"]  # type: ignore[index]

    assert html.count("<button") == buttons
    for text in ("&lt;b&gt;@x.example", "+34655550101", "#2040"):
        assert text in html


def test_spaces_around_and_within_do_not_count(core: PretendCore, ask: Ask) -> None:
    ask("search?q=%20+34%20%20600%20111%20222%20")

    assert core.asked[-1] == ("search", "34 600 111 222")


@pytest.mark.parametrize("code", ["search_empty", "email_invalid"])
def test_what_cannot_be_searched_is_a_sentence(core: PretendCore, ask: Ask, code: str) -> None:
    core.refusals["search"] = InvalidInput(code, field="q")

    answer = ask("search?q=")

    assert answer.status_code == 422
    assert f'data-code="{code}"' in answer.text


def test_english_prices_for_an_english_agent(core: PretendCore, ask: Ask) -> None:
    core.products = _found()
    core.seat = replace(core.seat, locale="en")

    assert "€49.90 – €54.90" in ask("search?q=x").json["html"]  # type: ignore[index]
