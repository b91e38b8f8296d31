"""Texts for replies, as the owner writes them and as agents find them."""

from __future__ import annotations

import re

import pytest

from plugin.actions.launch import open_typed
from plugin.actions.snippets import replies, wording
from plugin.domain.identity import Identifiers
from plugin.errors import Forbidden
from tests.builders import a_customer, an_order
from tests.plugin.conftest import Desk
from tests.ui.console.conftest import Browser

HERE = "/console/snippets"
EMAIL = "ana@correo.example"


@pytest.mark.parametrize(("lang", "words"), [("es", "Volver al texto"), ("en", "Back to Mos")])
def test_saved_shown_and_taken_back(owner: Browser, lang: str, words: str) -> None:
    owner.get(HERE)
    owner.post("/console/language", locale=lang, next=HERE)

    saved = owner.post(f"{HERE}/tracking/es", text="Aquí va: {tracking_link} <b>{name}</b>")

    assert saved.location == f"{HERE}?saved=tracking-es#tracking-es"
    page = owner.get(HERE).text
    assert "Aquí va: https://parcels.example/SE10381ES &lt;b&gt;Carmen Ferrándiz&lt;/b&gt;" in page
    assert words in page
    owner.post(f"{HERE}/tracking/es", do="reset")
    assert "Aquí va" not in owner.get(HERE).text


def test_an_unknown_variable_is_refused_by_name_and_the_text_stays(owner: Browser) -> None:
    owner.get(HERE)

    refused = owner.post(f"{HERE}/returns/es", text="Hola {nombre}")

    assert refused.status_code == 422
    assert 'data-code="snippet_variable"' in refused.text
    assert "«nombre»" in refused.text
    assert "Hola {nombre}" in refused.text
    assert "Hola {nombre}" not in owner.get(HERE).text


def test_a_preview_saves_nothing(owner: Browser) -> None:
    owner.get(HERE)

    seen = owner.post(f"{HERE}/returns/en", text="Bring {number} back", do="preview")

    assert "Bring 1042 back" in seen.text
    assert "Bring {number} back" not in owner.get(HERE).text


def test_what_does_not_exist_is_not_found(owner: Browser) -> None:
    owner.get(HERE)

    for part in ("nothing/es", "returns/xx"):
        assert owner.post(f"{HERE}/{part}", text="x").status_code == 404


def test_an_order_speaks_the_customers_language_in_the_owners_words(
    desk: Desk, owner: Browser
) -> None:
    customer = a_customer("c1", email=EMAIL, locale="en-GB")
    desk.save(an_order("o1", email=EMAIL, customer_ref="c1"), customers=(customer,))
    owner.get(HERE)
    owner.post(f"{HERE}/returns/en", text="Send {number} to us")
    seat = desk.seat(emails=[EMAIL], locale="es")

    found = replies(desk.services, seat, desk.shops["blue"], "o1")

    assert (found.locale, found.texts["returns"]) == ("en", "Send {number} to us")
    assert wording(desk.services, seat, "product").locale == "en"


def test_a_masked_order_gives_no_text(desk: Desk) -> None:
    desk.save(an_order("o1", number="1042", email=EMAIL))
    seat = open_typed(desk.services, desk.seat(), Identifiers(numbers=("1042",))).seat

    with pytest.raises(Forbidden):
        replies(desk.services, seat, desk.shops["blue"], "o1")


def test_the_page_is_the_owners(browser: Browser) -> None:
    assert re.match(r"/console/login", browser.get(HERE).location)
