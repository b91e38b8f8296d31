"""What the panel shows, and above all what it must not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.actions.fact import confirm_fact
from plugin.actions.lookup import look_up, refresh
from plugin.actions.search import search
from plugin.actions.sidebar import load_sidebar, order_view
from plugin.db import connections as installed
from plugin.db import people
from plugin.errors import Forbidden, InvalidInput, LaunchRefused, NotFound, Unreachable
from plugin.ports.store import Found
from tests.builders import NOON, a_customer, an_address, an_order, eur
from tests.plugin.conftest import Desk

CARMEN = a_customer("c1", name="Carmen", email="Carmen@Example.com")


def carmens(ref: str, **fields: object) -> object:
    return an_order(ref, customer_ref="c1", email="carmen@example.com", **fields)


def test_orders_of_both_shops_come_newest_first(desk: Desk) -> None:
    desk.save(carmens("a1"), customers=(CARMEN,))
    desk.save(
        an_order("b1", email="carmen@example.com", placed_at=NOON + timedelta(hours=1)),
        shop="olive",
    )

    sidebar = load_sidebar(desk.services, desk.seat(emails=["CARMEN@example.com "]))

    assert [row.ref for row in sidebar.orders] == ["b1", "a1"]
    assert {row.evidence.strength for row in sidebar.orders} == {"strong"}
    assert [view.customer.name for view in sidebar.people] == ["Carmen"]


def test_totals_cover_all_orders_not_only_those_shown(desk: Desk) -> None:
    orders = [carmens(f"a{n}", placed_at=NOON + timedelta(hours=n)) for n in range(25)]
    desk.save(*orders, carmens("x", cancelled_at=NOON), customers=(CARMEN,))

    sidebar = load_sidebar(desk.services, desk.seat(emails=["carmen@example.com"]))

    assert len(sidebar.orders) == 20
    assert sidebar.more
    assert [(t.currency, t.orders, t.amount) for t in sidebar.totals] == [
        ("EUR", 26, eur("1250.00"))
    ]


def test_an_empty_ticket_opens_nothing(desk: Desk) -> None:
    desk.save(an_order("a1", email="", phone=""))

    sidebar = load_sidebar(desk.services, desk.seat(emails=["", " "], phones=["", "abc"]))

    assert sidebar.orders == ()
    assert sidebar.state == "no_identifiers"


def test_a_gift_does_not_open_the_givers_other_orders(desk: Desk) -> None:
    desk.save(
        carmens("own"),
        an_order("gift", customer_ref="c1", email="friend@example.com"),
        customers=(CARMEN,),
    )

    sidebar = load_sidebar(desk.services, desk.seat(emails=["friend@example.com"]))

    assert [row.ref for row in sidebar.orders] == ["gift"]
    assert sidebar.people == ()


@pytest.mark.parametrize("typed", ["+52 1 55 5555 0134", "+525555550134", "+52 55 5555 0134"])
def test_a_phone_is_found_in_every_spelling(desk: Desk, typed: str) -> None:
    home = an_address(country="MX", phone="55 5555 0134")
    desk.save(an_order("a1", email="jose@example.com", shipping_address=home))

    sidebar = load_sidebar(desk.services, desk.seat(phones=[typed]))

    assert [row.ref for row in sidebar.orders] == ["a1"]
    assert sidebar.orders[0].evidence.strength == "good"


def test_a_number_of_two_customers_shows_both(desk: Desk) -> None:
    desk.save(
        customers=(
            a_customer("c1", name="Uno", phone="+34 600 111 222"),
            a_customer("c2", name="Dos", phone="600111222"),
        )
    )

    sidebar = load_sidebar(desk.services, desk.seat(phones=["+34600111222"]))

    assert {view.customer.name for view in sidebar.people} == {"Uno", "Dos"}


def test_a_phone_on_an_order_is_read_with_that_orders_country(desk: Desk) -> None:
    desk.save(
        an_order("mx", phone="55 5555 0134", shipping_address=an_address(country="MX", phone="")),
    )

    found = load_sidebar(desk.services, desk.seat(phones=["+525555550134"]))

    assert [row.ref for row in found.orders] == ["mx"]


def test_a_phone_without_a_country_is_read_with_the_workspaces(desk: Desk) -> None:
    desk.save(an_order("es", phone="600 111 222", shipping_address=None, billing_address=None))

    found = load_sidebar(desk.services, desk.seat(phones=["+34600111222"]))

    assert [row.ref for row in found.orders] == ["es"]


def test_an_agents_own_address_is_never_the_writer(desk: Desk) -> None:
    """The launch of an agent whose address is known, in a ticket where a colleague wrote last."""
    agent_id = desk.seat().agent_id
    with desk.services.database.writing() as connection:
        people.change_agent(desk.scope, connection, agent_id, email="ana@correo.example")

    assert desk.seat(emails=["ana@correo.example"]).identifiers.emails == ()


def test_own_and_robot_addresses_are_never_the_writer(desk: Desk) -> None:
    desk.save(an_order("a1", email="no-reply@casaoliva.example"))

    sidebar = load_sidebar(desk.services, desk.seat(emails=["no-reply@casaoliva.example"]))

    assert sidebar.orders == ()


def test_a_claimed_address_is_good_and_a_number_is_weak(desk: Desk) -> None:
    desk.save(an_order("a1", number="#1042", email="priya@example.com"))

    claimed = load_sidebar(desk.services, desk.seat(emails=["priya@example.com"], source="claimed"))
    named = load_sidebar(desk.services, desk.seat(text="Order #1042 by mistake"))

    assert claimed.orders[0].evidence.strength == "good"
    assert named.orders[0].masked
    assert named.weak_only
    assert named.people == ()
    assert named.totals == ()


def test_a_weak_match_opens_only_after_one_fact(desk: Desk) -> None:
    home = an_address(postcode="SW1A 1AA", country="GB")
    desk.save(an_order("a1", number="#1042", email="priya@example.com", shipping_address=home))
    seat = desk.seat(emails=["work@example.org"], text="Order #1042")

    with pytest.raises(Forbidden) as refused:
        order_view(desk.services, seat, desk.shops["blue"], "a1")
    with pytest.raises(InvalidInput) as wrong:
        confirm_fact(desk.services, seat, "28012")
    confirmed = confirm_fact(desk.services, seat, "sw1a1aa")

    assert refused.value.code == "order_masked"
    assert wrong.value.parameters["tries_left"] == 2
    assert confirmed.orders[0].evidence.reason == "link"
    assert not order_view(desk.services, seat, desk.shops["blue"], "a1").masked


def test_three_misses_lock_the_fact_for_the_conversation(desk: Desk) -> None:
    desk.save(an_order("a1", number="#1042", email="priya@example.com"))
    seat = desk.seat(text="Order #1042")

    for _ in range(2):
        with pytest.raises(InvalidInput):
            confirm_fact(desk.services, seat, "0000")
    with pytest.raises(Forbidden):
        confirm_fact(desk.services, seat, "0000")
    with pytest.raises(Forbidden) as locked:
        confirm_fact(desk.services, desk.seat(text="Order #1042"), "priya@example.com")

    assert locked.value.code == "fact_locked"


def test_somebody_elses_order_is_not_found(desk: Desk) -> None:
    desk.save(an_order("mine", email="me@example.com"), an_order("other", email="o@example.com"))

    with pytest.raises(NotFound):
        order_view(desk.services, desk.seat(emails=["me@example.com"]), "co_blue", "other")


def test_the_panel_never_says_no_orders_before_it_could_ask(desk: Desk) -> None:
    seat = desk.seat(emails=["new@example.com"])

    assert load_sidebar(desk.services, seat).state == "asking"
    assert load_sidebar(desk.services, seat).stale


class Shop:
    """A store whose answers a test writes down."""

    def __init__(self, found: Found | Exception) -> None:
        self.found = found

    def find_by_email(self, email: str) -> Found:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def ask(desk: Desk, seat: object, *shops: str) -> None:
    refresh(desk.services, seat)  # type: ignore[arg-type]
    for shop in shops:
        look_up(desk.services, desk.scope, seat.subject_key, desk.shops[shop])  # type: ignore[attr-defined]


def test_a_shop_that_does_not_answer_is_named(desk: Desk) -> None:
    desk.synced()
    desk.stores["co_blue"] = Shop(Found())
    desk.stores["co_olive"] = Shop(Unreachable("shop_unreachable"))

    ask(desk, desk.seat(emails=["new@example.com"]), "blue", "olive")
    seat = desk.seat(emails=["new@example.com"])

    assert load_sidebar(desk.services, seat).state == "cannot_ask"
    failing = [shop.label for shop in seat.connections if shop.failing_since]
    assert failing == ["Olive"]


def test_an_unknown_writer_is_said_after_every_shop_answered(desk: Desk) -> None:
    desk.synced()
    desk.stores |= {"co_blue": Shop(Found()), "co_olive": Shop(Found())}

    ask(desk, desk.seat(emails=["new@example.com"]), "blue", "olive")
    sidebar = load_sidebar(desk.services, desk.seat(emails=["new@example.com"]))

    assert sidebar.state == "unknown_writer"
    assert not sidebar.stale


def test_a_shop_that_hides_older_orders_never_has_none(desk: Desk) -> None:
    desk.synced()
    with desk.services.database.writing() as connection:
        installed.change_connection(
            desk.scope, connection, "co_blue", options={"history_days": "60"}
        )
    desk.stores |= {"co_blue": Shop(Found()), "co_olive": Shop(Found())}

    ask(desk, desk.seat(emails=["new@example.com"]), "blue", "olive")

    assert load_sidebar(desk.services, desk.seat(emails=["new@example.com"])).state == "limited"


def test_what_a_live_search_finds_is_shown(desk: Desk) -> None:
    found = Found(orders=(an_order("live", email="new@example.com"),))
    desk.stores |= {"co_blue": Shop(found), "co_olive": Shop(Found())}

    ask(desk, desk.seat(emails=["new@example.com"]), "blue", "olive")
    sidebar = load_sidebar(desk.services, desk.seat(emails=["new@example.com"]))

    assert [row.ref for row in sidebar.orders] == ["live"]


def test_a_shop_recovers_with_its_next_answer(desk: Desk) -> None:
    desk.stores |= {"co_blue": Shop(Unreachable("shop_unreachable")), "co_olive": Shop(Found())}
    seat = desk.seat(emails=["new@example.com"])
    ask(desk, seat, "blue", "olive")
    desk.clock.pass_(seconds=30)
    desk.stores["co_blue"] = Shop(Found())

    ask(desk, seat, "blue", "olive")

    assert not any(s.failing_since for s in desk.seat(emails=["new@example.com"]).connections)


def test_a_late_answer_cannot_turn_time_back(desk: Desk) -> None:
    desk.save(an_order("a1", email="me@example.com", note="new"))
    desk.clock.pass_(seconds=-30)

    desk.save(an_order("a1", email="me@example.com", note="old"))

    row = order_view(desk.services, desk.seat(emails=["me@example.com"]), "co_blue", "a1")
    assert row.order().note == "new"


def test_the_etag_stays_while_nothing_changes(desk: Desk) -> None:
    desk.save(an_order("a1", email="me@example.com"))
    seat = desk.seat(emails=["me@example.com"])

    first = load_sidebar(desk.services, seat).etag
    again = load_sidebar(desk.services, seat).etag
    desk.clock.pass_(seconds=5)
    desk.save(an_order("a1", email="me@example.com", note="x", updated_at=desk.clock()))

    assert first == again
    assert load_sidebar(desk.services, seat).etag != first


def test_a_guest_who_registers_leaves_no_second_copy(desk: Desk) -> None:
    desk.save(an_order("a1", email="me@example.com"))
    desk.clock.pass_(seconds=5)

    desk.save(an_order("a1", email="me@example.com", customer_ref="c9"))

    sidebar = load_sidebar(desk.services, desk.seat(emails=["me@example.com"]))
    assert [row.ref for row in sidebar.orders] == ["a1"]


def test_typing_an_address_opens_a_second_session(desk: Desk) -> None:
    desk.save(an_order("a1", email="other@example.com"))

    result = search(desk.services, desk.seat(emails=["me@example.com"]), " Other@Example.com ")

    assert result.opened is not None
    assert result.sidebar is not None
    assert [row.evidence.strength for row in result.sidebar.orders] == ["good"]


@pytest.mark.parametrize("text", ["600 111 222", "+34 600-111-222"])
def test_a_typed_phone_with_spaces_is_found(desk: Desk, text: str) -> None:
    desk.save(an_order("a1", phone="600111222", shipping_address=an_address()))

    result = search(desk.services, desk.seat(), text)

    assert result.sidebar is not None
    assert [row.ref for row in result.sidebar.orders] == ["a1"]


MESSAGE = """From: Robot <no-reply@shop.example>
Hola, compré con Lucia.Prats@Example.com y mi teléfono es el 600 111 222.
El pedido 1044 no llega. / Saludos"""


def test_a_pasted_message_is_picked_apart_and_what_it_names_is_weak(desk: Desk) -> None:
    desk.save(
        an_order("mail", email="lucia.prats@example.com"),
        an_order("phone", phone="600111222", shipping_address=an_address()),
        an_order("number", number="1044"),
    )

    result = search(desk.services, desk.seat(), MESSAGE)

    assert result.opened is not None
    assert result.sidebar is not None
    who = result.opened.seat.identifiers
    assert (who.source, who.emails, who.phones) == ("typed", (), ())
    assert who.text_emails == ("lucia.prats@example.com",)
    assert {row.ref for row in result.sidebar.orders} == {"mail", "phone", "number"}
    assert all(row.masked for row in result.sidebar.orders)


def test_words_that_name_nobody_are_words_of_a_product(desk: Desk) -> None:
    assert search(desk.services, desk.seat(), "camisa de lino 42").kind == "products"


def test_a_whole_thread_without_anybody_in_it_is_cut(desk: Desk) -> None:
    assert search(desk.services, desk.seat(), "palabra " * 2000).kind == "products"


def test_a_used_launch_and_a_strange_token_are_refused(desk: Desk) -> None:
    desk.open(nonce="once")

    with pytest.raises(LaunchRefused) as replayed:
        desk.open(nonce="once")
    assert replayed.value.code == "launch_replayed"
