"""Normal forms of who writes: one spelling a person, nothing for what is no address."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from plugin.domain.identity import (
    emails_in,
    never_the_writer,
    normal_email,
    normal_number,
    normal_phone,
    numbers_in,
    phone_spellings,
    phones_in,
    same_phone,
)
from tests.strategies import emails, texts


@given(emails)
def test_a_normal_address_is_normal_again_in_any_case(email: str) -> None:
    normal = normal_email(email)

    assert normal
    assert normal_email(normal) == normal == normal_email(f"  {email.upper()} ")


@given(texts)
def test_any_text_has_a_normal_form_that_stays(text: str) -> None:
    for normal in (normal_email(text), normal_phone(text, "ES"), normal_number(text)):
        assert not re.search(r"[\x00-\x1f\s]", normal)
    assert normal_email(normal_email(text)) == normal_email(text)
    assert normal_phone(normal_phone(text, "ES"), "MX") == normal_phone(text, "ES")


@given(texts, texts, emails)
def test_what_a_text_names_is_in_normal_form(before: str, after: str, email: str) -> None:
    text = f"{before} {email} {after}"

    assert all(normal_email(found) == found for found in emails_in(text))
    assert all(normal_phone(found) == found for found in phones_in(text, "ES"))
    assert all(normal_number(found) == found for found in numbers_in(text))


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "@", "a@b", "a@@b.com", "a b@c.com", "a@b.com, c@d.com", "Ana <ana@b.com>",
        "a@b..com", "a\x00b@c.com", "a@-.com", "a" * 250 + "@b.com",
    ],
)  # fmt: skip
def test_what_is_not_one_whole_address_is_none(text: str) -> None:
    assert normal_email(text) == ""


def test_a_foreign_domain_is_written_in_ascii() -> None:
    assert normal_email("Zoë@Café.example") == "zoë@xn--caf-dma.example"


@pytest.mark.parametrize(
    ("spellings", "region"),
    [
        (["600 111 222", "+34 600-111-222", "0034600111222", "(600) 111222"], "ES"),
        (["+52 1 55 5555 0134", "55 5555 0134", "+525555550134"], "MX"),
        (["+54 9 11 4321 1234", "+54 11 4321 1234"], "AR"),
        (["+55 11 8765 4321", "+55 11 98765 4321", "11 98765-4321"], "BR"),
    ],
)
def test_every_spelling_is_one_number(spellings: list[str], region: str) -> None:
    assert len({normal_phone(text, region) for text in spellings}) == 1
    assert all(same_phone(spellings[0], text, region) for text in spellings)


@pytest.mark.parametrize("text", ["", " ", "abc", "12", "+", "600 111 222"])
def test_what_is_no_number_here_is_none(text: str) -> None:
    assert normal_phone(text) == ""
    assert not same_phone(text, text)


@pytest.mark.parametrize("number", ["+525555550134", "+5491143211234", "+5511987654321"])
def test_older_plans_are_among_the_spellings(number: str) -> None:
    spellings = phone_spellings(number)

    assert spellings[0] == number
    assert {normal_phone(text) for text in spellings if text.startswith("+")} == {number}
    assert len([text for text in spellings if text.startswith("+") and " " not in text]) > 1


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("#1001", ("1001",)),
        ("pedido 1001", ("1001",)),
        ("Mi pedido n.º 1001.", ("1001",)),
        ("nº1001", ("1001",)),
        ("order no 1001", ("1001",)),
        ("Order No. 1001!", ("1001",)),
        ("order number: #MO-1001", ("MO-1001",)),
        ("número de pedido 1001", ("1001",)),
        ("#1001, #1002 and #1001", ("1001", "1002")),
        ("order 1001 200 ml", ("1001",)),
    ],
)
def test_an_order_number_is_read_from_a_text(text: str, numbers: tuple[str, ...]) -> None:
    assert numbers_in(text) == numbers


@pytest.mark.parametrize(
    "text",
    [
        "pedido 150,00 €", "order 99.90", "pedido de 1.250 €", "order 150 euros", "pedido 150€",
        "no 1500 pesos", "order 2026-11-20", "order 12/11/2026", "in 2026 we ordered 300 cups",
        "nº 600 111 222", "call +34 600 111 222", "pedidos 1001", "anoche 1001", "#12",
    ],
)  # fmt: skip
def test_prices_dates_and_phones_are_no_order_numbers(text: str) -> None:
    assert numbers_in(text) == ()


@pytest.mark.parametrize(
    "email",
    [
        "no-reply@x.example", "noreply@x.example", "no_reply@x.example", "noreply+4711@x.example",
        "noreply2@x.example", "donotreply@x.example", "mailer-daemon@x.example",
        "bounces+1@x.example", "ana@shop.example", "ana@mail.shop.example", "agent@desk.example",
        "x1@marketplace.amazon.com", "ana@xn--and-6ma2c.example",
    ],
)  # fmt: skip
def test_robots_relays_and_the_shop_itself_never_write(email: str) -> None:
    own = ["Shop.example", "@Ñandú.example", ""]

    assert never_the_writer(email, own, ["agent@desk.example"])


@pytest.mark.parametrize(
    "email",
    [
        "a1b2@marketplace.amazon.es", "a1b2@marketplace.amazon.co.uk", "x9@members.ebay.com",
        "x9@members.ebay.de", "reply+4f2a9c7e1b@conversations.example",
        "ana.6hqmq6+2-ogiydkmzvg43tmobx@mail.mercadolivre.com", "x.5g013s@mail.mercadolibre.com",
        "7d9f02968955480499c84c5871ad1401@relay.walmart.com", "v4bd3u2524@scs.tiktokw.us",
        "x@privaterelay.appleid.com",
    ],
)  # fmt: skip
def test_relays_of_marketplaces_never_write(email: str) -> None:
    assert never_the_writer(email, [], [])


@pytest.mark.parametrize(
    "email",
    ["noreplyana@x.example", "bouncer@x.example", "ana@notshop.example", "ana@shop.example.org",
     "reply@x.example", "guest+1@x.example", "ana@notmercadolibre.com", "ana@amazon.es",
     "ana@walmart.com", "ana@mercadolibre.com", "marketplace.amazon.com@x.example"],
)  # fmt: skip
def test_people_whose_address_looks_alike_do_write(email: str) -> None:
    assert not never_the_writer(email, ["shop.example", ""], [])
