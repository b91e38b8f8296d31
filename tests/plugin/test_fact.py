"""One purchase detail opens a weak match, and guessing does not."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from plugin.actions.fact import confirm_fact
from plugin.actions.launch import open_typed
from plugin.actions.sidebar import load_sidebar, order_view
from plugin.domain.identity import Identifiers
from plugin.errors import Forbidden, InvalidInput, MostradorError
from tests.builders import an_address, an_order
from tests.plugin.conftest import Desk

HOME = an_address(postcode="28012", phone="600 111 222")


@pytest.fixture(autouse=True)
def joses_order(desk: Desk) -> None:
    desk.save(an_order("o1", number="#1042", email="jose@example.com", shipping_address=HOME))


def shown(desk: Desk, **writer: object) -> list[bool]:
    """For each order that is listed, whether it is masked."""
    sidebar = load_sidebar(desk.services, desk.seat(**writer))
    return [row.masked for row in sidebar.orders]


@pytest.mark.parametrize("fact", ["José@example.com ", " JOSE@Example.com", "28012", "1222"])
def test_each_of_the_facts_is_compared(desk: Desk, fact: str) -> None:
    seat = desk.seat(text="order #1042")

    if "é" in fact:
        with pytest.raises(InvalidInput, match="fact_wrong"):
            confirm_fact(desk.services, seat, fact)
    else:
        assert [row.masked for row in confirm_fact(desk.services, seat, fact).orders] == [False]


@pytest.mark.parametrize("fact", ["0", "1", "2801", "28", "111222", "jose", "%", "o1", "1042"])
def test_a_part_of_a_fact_is_none(desk: Desk, fact: str) -> None:
    with pytest.raises(InvalidInput, match="fact_wrong"):
        confirm_fact(desk.services, desk.seat(text="order #1042"), fact)


def test_guessing_at_once_gives_no_more_than_three_tries(desk: Desk) -> None:
    seat = desk.seat(text="order #1042")

    def guess(number: int) -> str:
        try:
            confirm_fact(desk.services, seat, f"{number:04}")
        except MostradorError as error:
            return error.code
        return "open"

    with ThreadPoolExecutor(8) as pool:
        codes = Counter(pool.map(guess, range(8)))

    assert codes == {"fact_wrong": 2, "fact_locked": 6}
    with pytest.raises(Forbidden, match="fact_locked"):
        confirm_fact(desk.services, seat, "28012")


def test_a_search_typed_by_the_agent_shares_the_tries_of_the_conversation(desk: Desk) -> None:
    seat = desk.seat(emails=["carmen@example.com"])
    typed = open_typed(desk.services, seat, Identifiers(source="typed", numbers=("1042",))).seat
    for _ in range(3):
        with pytest.raises(MostradorError):
            confirm_fact(desk.services, typed, "0000")

    with pytest.raises(Forbidden, match="fact_locked"):
        confirm_fact(desk.services, desk.seat(text="order #1042"), "28012")


def test_whom_the_agent_looks_up_does_not_become_the_writer(desk: Desk) -> None:
    seat = desk.seat(emails=["carmen@example.com"])
    typed = open_typed(desk.services, seat, Identifiers(source="typed", numbers=("1042",))).seat

    sidebar = confirm_fact(desk.services, typed, "28012")

    assert [row.masked for row in sidebar.orders] == [False]
    assert shown(desk, emails=["carmen@example.com"]) == []


def test_a_link_opens_for_the_writer_in_the_next_ticket_too(desk: Desk) -> None:
    writer = {"emails": ["work@example.com"]}
    confirm_fact(desk.services, desk.seat(**writer, text="order #1042"), "28012")

    assert shown(desk, **writer, conversation="t2") == [False]
    assert shown(desk, emails=["other@example.com"], conversation="t3") == []


def test_a_link_of_the_conversation_ends_with_it(desk: Desk) -> None:
    confirm_fact(desk.services, desk.seat(text="order #1042"), "28012")

    assert shown(desk, text="order #1042") == [False]
    assert shown(desk, text="order #1042", conversation="t2") == [True]


def test_a_masked_order_cannot_be_opened(desk: Desk) -> None:
    with pytest.raises(Forbidden, match="order_masked"):
        order_view(desk.services, desk.seat(text="order #1042"), desk.shops["blue"], "o1")
