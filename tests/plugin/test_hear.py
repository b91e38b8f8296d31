"""Webhooks: stored once, a hint only, nothing lost, in whatever order they come."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from plugin import log
from plugin.actions import hear, intake, reconcile
from plugin.actions.fact import confirm_fact
from plugin.actions.hear import LEASE, LOST_WAKE, TRIES
from plugin.actions.records import save_orders
from plugin.actions.sidebar import load_sidebar
from plugin.db import connections as installed
from plugin.db import deliveries as rows
from plugin.db import panel, reconciliations
from plugin.db.deliveries import DeliveryRow
from plugin.db.tables import contact_points, links, orders
from plugin.domain.orders import Order
from plugin.errors import BadAnswer, DeliveryRefused, GrantRevoked, NotFound, Unreachable
from plugin.ports.store import ShopInfo
from plugin.ports.webhooks import Request
from tests.builders import a_customer, an_order
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.hearing import BLUE, knock, known_order, listed, waiting

pytestmark = pytest.mark.usefixtures("blue")


def swept(desk: Desk) -> None:
    """What no webhook told has its turn by the clock."""
    hear.sweep(desk.services)
    waiting(desk)


def holders(desk: Desk) -> dict[str, str]:
    """Whose each order is that a test added."""
    here = orders.c.workspace_id == desk.scope.workspace_id
    with desk.services.database.reading() as connection:
        found = connection.execute(orders.select().where(here, orders.c.ref.like("g%")))
        return {row.ref: row.holder for row in found}


@pytest.fixture
def blue(desk: Desk, shop: FakeShop) -> FakeShop:
    log.set_up("critical")  # a traceback drawn for a terminal takes seconds
    reconcile.announce(desk.services, desk.scope, BLUE, "pretend", "blue.example")
    return shop


class TestIntake:
    def test_a_delivery_is_stored_and_wakes_the_worker(self, desk: Desk) -> None:
        knock(desk)

        (row,) = listed(desk)
        assert (row.kind, row.ref, row.state) == ("order", "o1", "waiting")
        assert desk.woken == [("hear", desk.scope.workspace_id, row.id)]

    def test_the_same_delivery_is_stored_once(self, desk: Desk) -> None:
        for _ in range(3):
            knock(desk, key="k1")

        assert len(listed(desk)) == 1
        assert len(desk.woken) == 1

    def test_simultaneous_duplicates_are_stored_once(self, desk: Desk) -> None:
        troubles: list[Exception] = []

        def send(number: int) -> None:
            try:
                for repeat in range(3):
                    knock(desk, key=f"k{(number + repeat) % 4}")
            except Exception as error:
                troubles.append(error)

        threads = [threading.Thread(target=send, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert troubles == []
        assert len(listed(desk)) == 4
        # those that came together have one wake together
        assert 1 <= len(desk.woken) <= 4
        waiting(desk)
        assert {row.state for row in listed(desk)} == {"done"}

    def test_a_wrong_signature_stores_nothing(self, desk: Desk) -> None:
        with pytest.raises(DeliveryRefused):
            knock(desk, secret="another")

        assert listed(desk) == []

    def test_a_greeting_is_answered_and_forgotten(self, desk: Desk) -> None:
        intake.receive(desk.services, "pretend", BLUE, Request(headers={}, query=(), body=b"ping"))

        assert listed(desk) == []

    def test_the_shop_may_be_named_by_the_request(self, desk: Desk) -> None:
        knock(desk, connection="", shop="blue.example")

        assert [row.connection_id for row in listed(desk)] == [BLUE]

    def test_an_unknown_connection_is_not_found(self, desk: Desk) -> None:
        with pytest.raises(NotFound):
            knock(desk, connection="co_nowhere")

    def test_a_shop_that_left_is_answered_if_the_app_signed(self, desk: Desk) -> None:
        with pytest.raises(DeliveryRefused):
            knock(desk, connection="", shop="gone.example", secret="another")

    def test_a_secret_that_was_changed_is_known_at_once(self, desk: Desk) -> None:
        knock(desk, key="k1")
        sealed = desk.services.keys.seal(b'{"webhook_secret": "changed"}')
        _change(desk, credentials=sealed)

        with pytest.raises(DeliveryRefused):
            knock(desk, key="k2")
        knock(desk, key="k3", secret="changed")

        assert len(listed(desk)) == 2

    def test_a_shop_that_was_disconnected_is_known_at_once(self, desk: Desk) -> None:
        knock(desk, key="k1")
        _change(desk, disconnected_at=desk.clock())

        with pytest.raises(NotFound):
            knock(desk, key="k2")

        assert len(listed(desk)) == 1

    def test_an_unknown_topic_is_counted_and_not_worked_on(self, desk: Desk) -> None:
        knock(desk, kind="unknown", topic="carts/update")

        assert [row.state for row in listed(desk)] == ["ignored"]
        state = reconcile.state_of(desk.services, desk.scope, BLUE)
        assert state["deliveries"] == {"ignored": 1}
        assert desk.woken == []

    def test_a_demand_of_the_law_goes_into_its_own_book(self, desk: Desk) -> None:
        knock(desk, kind="privacy", topic="customers/redact", demand={"kind": "erase_customer"})

        (row,) = listed(desk)
        assert (row.state, row.due, row.body) == ("done", None, None)
        assert [job[0] for job in desk.woken] == ["privacy"]


class TestWork:
    def test_the_record_is_fetched_and_not_taken_from_the_delivery(
        self, desk: Desk, shop: FakeShop
    ) -> None:
        shop.holds(_changed(shop.orders["o1"], "now", 1))
        knock(desk)

        waiting(desk)

        assert known_order(desk, "o1") == "now"
        assert [row.state for row in listed(desk)] == ["done"]

    def test_one_reading_answers_all_that_came_before(self, desk: Desk, shop: FakeShop) -> None:
        looks = _counted(shop)
        for number in range(5):
            knock(desk, key=f"k{number}")

        waiting(desk)

        assert {row.state for row in listed(desk)} == {"done"}
        assert len(looks) == 1

    def test_what_comes_while_the_shop_answers_is_read_again(
        self, desk: Desk, shop: FakeShop
    ) -> None:
        """The shop has read its record, then changes it, then its answer arrives."""
        read = shop.order

        def order(ref: str) -> Order:
            answer = read(ref)
            shop.order = read  # type: ignore[method-assign]
            shop.holds(_changed(answer, "newer", 0))
            knock(desk, key="k2")
            return answer

        shop.order = order  # type: ignore[method-assign]
        knock(desk, key="k1")

        waiting(desk)

        assert known_order(desk, "o1") == "newer"
        assert [row.state for row in listed(desk)] == ["done", "done"]

    @pytest.mark.parametrize("kind", ["order", "customer"])
    def test_what_comes_while_another_worker_reads_waits_for_no_sweep(
        self, desk: Desk, shop: FakeShop, kind: str
    ) -> None:
        shop.customers["c1"] = a_customer("c1")
        said = {"kind": kind, "ref": "o1" if kind == "order" else "c1"}
        read, seconds = getattr(shop, kind), []

        def meanwhile(ref: str) -> Any:
            setattr(shop, kind, read)
            knock(desk, key="k2", **said)
            seconds.append(desk.woken.pop()[2])
            hear.process(desk.services, desk.scope, seconds[0])  # the record is in our hands
            desk.woken.clear()
            return read(ref)

        setattr(shop, kind, meanwhile)
        knock(desk, key="k1", **said)
        hear.process(desk.services, desk.scope, desk.woken.pop()[2])

        assert [job[2] for job in desk.woken if job[0] == "hear"] == seconds
        assert len(seconds) == 1

    def test_a_deleted_order_leaves_a_tombstone(self, desk: Desk, shop: FakeShop) -> None:
        del shop.orders["o1"]
        knock(desk, deleted=True)

        waiting(desk)

        assert known_order(desk, "o1") is None

    def test_a_late_answer_does_not_raise_the_dead(self, desk: Desk, shop: FakeShop) -> None:
        late = _changed(shop.orders["o1"], "late", 60)
        asked_at = desk.clock()
        desk.clock.pass_(seconds=5)
        del shop.orders["o1"]
        knock(desk)
        waiting(desk)

        _merge(desk, late, asked_at)

        assert known_order(desk, "o1") is None

    def test_a_late_answer_about_an_order_nobody_knew_does_not_raise_it(self, desk: Desk) -> None:
        asked_at = desk.clock()
        desk.clock.pass_(seconds=5)
        knock(desk, ref="o9")
        waiting(desk)

        _merge(desk, an_order("o9", note="ghost"), asked_at)

        assert known_order(desk, "o9") is None

    def test_what_is_restored_comes_back(self, desk: Desk, shop: FakeShop) -> None:
        order = shop.orders.pop("o1")
        knock(desk, key="k1")
        waiting(desk)
        desk.clock.pass_(seconds=5)
        shop.holds(order)
        knock(desk, key="k2")

        waiting(desk)

        assert known_order(desk, "o1") == order.note

    def test_a_deleted_customer_opens_nothing(self, desk: Desk, shop: FakeShop) -> None:
        desk.save(customers=(a_customer("c1", email="ana@example.com"),))
        desk.clock.pass_(seconds=5)
        knock(desk, kind="customer", ref="c1", deleted=True)

        waiting(desk)

        seat = desk.seat(emails=["ana@example.com"])
        with desk.services.database.reading() as connection:
            query = contact_points.select().where(
                contact_points.c.workspace_id == seat.scope.workspace_id,
                contact_points.c.owner == "customer:c1",
            )
            assert connection.execute(query).all() == []

    def test_orders_of_a_deleted_customer_become_a_guests(self, desk: Desk, shop: FakeShop) -> None:
        orders = [an_order(f"g{n}", email="ana@example.com", customer_ref="c1") for n in (1, 2)]
        desk.save(*orders, customers=(a_customer("c1", email="ana@example.com"),))
        shop.holds(*(replace(order, customer_ref="") for order in orders))
        desk.clock.pass_(seconds=5)
        knock(desk, kind="customer", ref="c1", deleted=True)

        waiting(desk)
        swept(desk)

        assert holders(desk) == {"g1": "e:ana@example.com", "g2": "e:ana@example.com"}

    def test_orders_of_a_merged_customer_are_the_other_ones(
        self, desk: Desk, shop: FakeShop
    ) -> None:
        ana, old = a_customer("c1", email="ana@example.com"), a_customer("c2", email="old@mail.es")
        order = an_order("g1", number="#1777", email="old@mail.es", customer_ref="c2")
        desk.save(order, customers=(ana, old))
        shop.customers["c1"] = replace(ana, phone="+34600111222", updated_at=desk.clock())
        shop.holds(replace(order, customer_ref="c1"))  # of the same moment as before
        desk.clock.pass_(seconds=5)
        knock(desk, kind="merged", ref="c2 c1", topic="customers/merge")

        waiting(desk)
        swept(desk)

        assert holders(desk) == {"g1": "c:c1"}
        for writer in ({"emails": ["ana@example.com"]}, {"phones": ["600 111 222"]}):
            rows = load_sidebar(desk.services, desk.seat(**writer)).orders
            assert [row.ref for row in rows] == ["g1"], writer
        assert {row.state for row in listed(desk)} == {"done"}

    def test_what_was_linked_to_an_order_stays_with_it(self, desk: Desk, shop: FakeShop) -> None:
        order = an_order("g1", number="#1777", email="old@mail.es", customer_ref="c2")
        desk.save(order, customers=(a_customer("c2", email="old@mail.es"),))
        writer: dict[str, Any] = {"emails": ["work@example.com"], "text": "order #1777"}
        confirm_fact(desk.services, desk.seat(**writer), "old@mail.es")
        shop.customers["c1"] = a_customer("c1")
        shop.holds(replace(order, customer_ref="c1"))
        desk.clock.pass_(seconds=5)
        knock(desk, kind="merged", ref="c2 c1", topic="customers/merge")

        waiting(desk)
        swept(desk)

        assert [row.ref for row in load_sidebar(desk.services, desk.seat(**writer)).orders] == [
            "g1"
        ]
        with desk.services.database.reading() as connection:
            here = links.c.workspace_id == desk.scope.workspace_id
            assert [row.holder for row in connection.execute(links.select().where(here))] == [
                "c:c1"
            ]

    def test_a_merge_that_did_not_happen_changes_nothing(self, desk: Desk, shop: FakeShop) -> None:
        both = [a_customer("c1", email="ana@example.com"), a_customer("c2", email="old@mail.es")]
        desk.save(an_order("g1", customer_ref="c2"), customers=tuple(both))
        shop.customers |= {one.ref: one for one in both}
        knock(desk, kind="merged", ref="c2 c1", topic="customers/merge")

        waiting(desk)

        assert holders(desk) == {"g1": "c:c2"}
        assert [row.kind for row in listed(desk)] == ["merged"]

    def test_the_language_of_a_customer_who_is_gone_is_not_known(self, desk: Desk) -> None:
        desk.save(an_order("o9", customer_ref="c9"))
        knock(desk, kind="customer", ref="c9", deleted=True)

        waiting(desk)

        with desk.services.database.reading() as connection:
            assert panel.customer_locale(desk.scope, connection, BLUE, "o9") == ""

    def test_an_uninstalled_app_is_seen_to_be_refused(self, desk: Desk, shop: FakeShop) -> None:
        def refuse() -> ShopInfo:
            raise GrantRevoked("shop_key_rejected")

        shop.shop = refuse  # type: ignore[method-assign]
        knock(desk, kind="shop", ref="", topic="app/uninstalled")

        waiting(desk)

        assert [row.state for row in listed(desk)] == ["done"]
        with desk.services.database.reading() as connection:
            row = installed.connection_row(desk.scope, connection, BLUE)
        assert row is not None
        assert row.failure_code == "shop_key_rejected"

    def test_a_signed_error_asks_the_shop_instead(self, desk: Desk) -> None:
        reconcile.watch_all(desk.services)
        _set_due(desk, None)
        knock(desk, kind="trouble", ref="", code="woocommerce_rest_cannot_view")

        waiting(desk)
        desk.woken.clear()
        reconcile.sweep(desk.services)

        assert ("reconcile", desk.scope.workspace_id, BLUE) in desk.woken


class TestTrouble:
    def test_a_shop_that_is_away_is_waited_for(self, desk: Desk, shop: FakeShop) -> None:
        shop.reading = _raising(Unreachable("shop_unreachable"))
        knock(desk)
        for _ in range(TRIES + 3):
            _work_off(desk, rounds=1)

        (row,) = listed(desk)
        assert (row.state, row.code) == ("waiting", "shop_unreachable")

        shop.reading = lambda: None
        _work_off(desk)
        assert [row.state for row in listed(desk)] == ["done"]

    @pytest.mark.parametrize("error", [BadAnswer("bad_answer"), KeyError("poison")])
    def test_poison_is_parked_with_its_reason(
        self, desk: Desk, shop: FakeShop, error: Exception
    ) -> None:
        shop.reading = _raising(error)
        knock(desk)
        for _ in range(TRIES):
            _work_off(desk, rounds=1)

        (row,) = listed(desk)
        code = error.code if isinstance(error, BadAnswer) else "internal"
        assert (row.state, row.code, row.due) == ("parked", code, None)

    def test_a_parked_delivery_can_be_replayed(self, desk: Desk, shop: FakeShop) -> None:
        shop.reading = _raising(KeyError("poison"))
        knock(desk)
        for _ in range(TRIES):
            _work_off(desk, rounds=1)
        shop.reading = lambda: None

        hear.replay(desk.services, desk.scope, listed(desk)[0].id)
        waiting(desk)

        assert [row.state for row in listed(desk)] == ["done"]

    def test_what_kills_every_worker_is_parked(self, desk: Desk) -> None:
        knock(desk)
        for _ in range(TRIES):
            _die_while_working(desk)
        desk.clock.pass_(seconds=LEASE.total_seconds() + 1)
        waiting(desk)

        (row,) = listed(desk)
        assert (row.state, row.code) == ("parked", "worker_lost")

    def test_replaying_what_is_not_there_is_refused(self, desk: Desk) -> None:
        with pytest.raises(NotFound):
            hear.replay(desk.services, desk.scope, "de_nothing")


class TestNothingIsLost:
    def test_a_lost_wake_is_found_by_the_sweep(self, desk: Desk) -> None:
        knock(desk)
        desk.woken.clear()
        desk.clock.pass_(seconds=LOST_WAKE.total_seconds() + 1)

        hear.sweep(desk.services)

        assert desk.woken == [("hear", desk.scope.workspace_id, listed(desk)[0].id)]

    def test_a_worker_killed_in_its_call_is_followed_by_another(
        self, desk: Desk, shop: FakeShop
    ) -> None:
        shop.holds(_changed(shop.orders["o1"], "now", 1))
        knock(desk)
        _die_while_working(desk)
        desk.woken.clear()
        desk.clock.pass_(seconds=LEASE.total_seconds() + 1)

        hear.sweep(desk.services)
        waiting(desk)

        assert known_order(desk, "o1") == "now"
        assert [row.state for row in listed(desk)] == ["done"]

    def test_two_workers_do_not_read_one_record_at_once(self, desk: Desk, shop: FakeShop) -> None:
        knock(desk, key="k1")
        knock(desk, key="k2")
        first, second = listed(desk)
        looks: list[str] = []

        def other_worker() -> None:
            looks.append("look")
            if len(looks) == 1:
                hear.process(desk.services, desk.scope, second.id)
                hear.process(desk.services, desk.scope, first.id)

        shop.reading = other_worker
        hear.process(desk.services, desk.scope, first.id)

        assert looks == ["look"]

    def test_what_is_over_is_forgotten_after_days(self, desk: Desk) -> None:
        knock(desk, key="k1")
        waiting(desk)
        with desk.services.database.writing() as connection:
            rows.store(desk.scope, connection, _old_demand(desk))
        desk.clock.pass_(days=40)
        with desk.services.database.writing() as connection:
            hear.prune(desk.scope, connection, desk.clock())

        assert [row.kind for row in listed(desk)] == ["privacy"]


def _old_demand(desk: Desk) -> dict[str, object]:
    """As the release before stored it: parked, with its body."""
    return {
        "id": "de_old", "connection_id": BLUE, "kind": "privacy", "ref": "", "deleted": False,
        "topic": "customers/redact", "state": "parked", "code": "", "attempts": 0,
        "body": desk.services.keys.seal(b'{"kind":"erase_shop"}'), "triggered_at": None,
        "received_at": desk.clock(), "due": None,
    }  # fmt: skip


def _changed(order: Order, note: str, seconds: int) -> Order:
    return replace(order, note=note, updated_at=order.updated_at + timedelta(seconds=seconds))


def _counted(shop: FakeShop) -> list[int]:
    looks: list[int] = []
    shop.reading = lambda: looks.append(1)
    return looks


def _raising(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def _work_off(desk: Desk, rounds: int = 4) -> None:
    """Time passes, the sweep wakes, the worker works."""
    for _ in range(rounds):
        desk.clock.pass_(minutes=15)
        hear.sweep(desk.services)
        waiting(desk)


def _die_while_working(desk: Desk) -> None:
    """A claim whose holder never comes back."""
    desk.clock.pass_(seconds=LEASE.total_seconds() + 1)
    until = desk.clock() + LEASE
    row: DeliveryRow = listed(desk)[0]
    with desk.services.database.writing() as connection:
        assert rows.claim(desk.scope, connection, row, desk.clock(), until)
        rows.take(desk.scope, connection, row, until)


def _change(desk: Desk, **values: Any) -> None:
    with desk.services.database.writing() as connection:
        installed.change_connection(desk.scope, connection, BLUE, **values)


def _merge(desk: Desk, order: Order, asked_at: Any) -> None:
    with desk.services.database.writing() as connection:
        save_orders(desk.scope, connection, BLUE, [order], "ES", asked_at)


def _set_due(desk: Desk, due: Any) -> None:
    with desk.services.database.writing() as connection:
        for shop in desk.shops.values():
            reconciliations.change(desk.scope, connection, shop, due=due)
