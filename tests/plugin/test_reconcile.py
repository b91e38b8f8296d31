"""Asking by the clock: what no webhook told is found, what is gone is seen to be gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest

from plugin.actions import gone, reconcile
from plugin.actions.reconcile import PERIOD, POLL, RETRY, TENDED
from plugin.db import calls, reconciliations, tombstones
from plugin.db import connections as installed
from plugin.db.reconciliations import ReconciliationRow
from plugin.domain.orders import Order
from plugin.errors import BadAnswer, GrantRevoked, MostradorError, Unreachable, Unsupported
from plugin.messages import time_zone
from plugin.ports.store import Part, Subscribed
from tests.builders import a_customer, an_order
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.hearing import BLUE, known_order, listed
from tests.ui.samples import a_product


def run(desk: Desk) -> ReconciliationRow:
    desk.clock.pass_(milliseconds=1)
    reconcile.reconcile(desk.services, desk.scope, BLUE)
    with desk.services.database.reading() as connection:
        row = reconciliations.get(desk.scope, connection, BLUE)
    assert row is not None
    return row


def living(desk: Desk, part: Part) -> list[str]:
    with desk.services.database.reading() as connection:
        return tombstones.refs_after(desk.scope, connection, part, BLUE, "", 100)


class TestChanges:
    def test_a_lost_update_is_found_and_counted(self, desk: Desk, shop: FakeShop) -> None:
        run(desk)
        changed = replace(shop.orders["o1"], note="lost", updated_at=desk.clock())
        shop.holds(changed)
        desk.clock.pass_(minutes=5)

        row = run(desk)

        assert known_order(desk, "o1") == "lost"
        assert row.found == 1
        assert row.last_ok_at == desk.clock()

    def test_how_far_a_shop_is_known_is_told_in_its_own_time(
        self, desk: Desk, shop: FakeShop
    ) -> None:
        """A shop whose clock is hours behind loses nothing."""
        behind = desk.clock() - timedelta(hours=9)
        shop.holds(replace(shop.orders["o1"], note="one", updated_at=behind))
        run(desk)
        desk.clock.pass_(minutes=5)
        shop.holds(replace(shop.orders["o1"], note="two", updated_at=behind + timedelta(minutes=5)))

        run(desk)

        assert known_order(desk, "o1") == "two"

    def test_a_change_in_the_second_of_the_last_reading_is_found(
        self, desk: Desk, shop: FakeShop
    ) -> None:
        stamp = desk.clock().replace(microsecond=0)
        shop.holds(replace(shop.orders["o1"], note="one", updated_at=stamp))
        run(desk)
        shop.holds(replace(shop.orders["o1"], note="two", updated_at=stamp))

        run(desk)

        assert known_order(desk, "o1") == "two"

    def test_all_pages_are_read(self, desk: Desk, shop: FakeShop) -> None:
        shop.page_size = 3
        now = desk.clock()
        shop.holds(*(an_order(f"n{n:02}", updated_at=now, note="new") for n in range(10)))

        run(desk)

        assert [known_order(desk, f"n{n:02}") for n in range(10)] == ["new"] * 10

    def test_one_that_cannot_be_read_does_not_stop_the_others(
        self, desk: Desk, shop: FakeShop
    ) -> None:
        shop.holds(replace(shop.orders["o1"], note="lost", updated_at=desk.clock()))
        listing = shop.changed_since

        def changed_since(part, moment, cursor):  # type: ignore[no-untyped-def]
            page = listing(part, moment, cursor)
            return replace(page, unread=("o9",)) if part == "orders" else page

        shop.changed_since = changed_since  # type: ignore[method-assign]

        run(desk)
        desk.clock.pass_(minutes=5)
        run(desk)

        assert known_order(desk, "o1") == "lost"
        assert [(item.kind, item.ref) for item in listed(desk)] == [("order", "o9")]

    def test_a_part_the_shop_cannot_list_is_left_out(self, desk: Desk, shop: FakeShop) -> None:
        listing = shop.changed_since

        def changed_since(part, moment, cursor):  # type: ignore[no-untyped-def]
            if part == "customers":
                raise Unsupported("not_offered")
            return listing(part, moment, cursor)

        shop.changed_since = changed_since  # type: ignore[method-assign]
        shop.customers["c1"] = a_customer("c1", updated_at=desk.clock())

        assert sorted(run(desk).since) == ["orders", "products"]

    def test_what_has_to_be_walked_is_walked_at_night(self, desk: Desk, shop: FakeShop) -> None:
        platform = replace(desk.services.stores["pretend"], walked=("customers",))
        desk.services = replace(desk.services, stores={"pretend": platform})
        asked: list[str] = []
        listing = shop.changed_since

        def changed_since(part, moment, cursor):  # type: ignore[no-untyped-def]
            asked.append(part)
            return listing(part, moment, cursor)

        shop.changed_since = changed_since  # type: ignore[method-assign]
        shop.customers["c1"] = a_customer("c1", updated_at=desk.clock())
        hours = []
        run(desk)  # still arriving: whatever is there comes with the backfill
        desk.synced()
        for hour in range(60):
            desk.clock.now = desk.clock.now.replace(minute=0) + timedelta(hours=1)
            asked.clear()
            run(desk)
            assert {"orders", "products"} <= set(asked)
            if "customers" in asked:
                hours.append((hour, desk.clock().astimezone(time_zone("Europe/Madrid")).hour))
                assert asked[-1] == "customers"

        # at the first night hour after half a day, and then night after night
        assert [hour for _, hour in hours] == [1, 1, 1]
        assert [b - a for (a, _), (b, _) in pairwise(hours)] == [24, 24]

    def test_a_deletion_is_found_by_comparing(self, desk: Desk, shop: FakeShop) -> None:
        run(desk)
        del shop.orders["o1"]

        run(desk)

        assert known_order(desk, "o1") is None

    def test_customers_and_products_that_are_gone_are_found_too(
        self, desk: Desk, shop: FakeShop
    ) -> None:
        shop.customers["c1"] = a_customer("c1", updated_at=desk.clock())
        shop.products["p1"] = a_product(ref="p1", updated_at=desk.clock())
        run(desk)
        assert (living(desk, "customers"), living(desk, "products")) == (["c1"], ["p1"])
        before = run(desk).found
        shop.customers.clear()
        shop.products.clear()

        row = run(desk)

        assert (living(desk, "customers"), living(desk, "products")) == ([], [])
        assert row.found == before + 2

    def test_a_shop_that_lists_nothing_is_not_read_to_the_end_at_once(
        self, desk: Desk, shop: FakeShop
    ) -> None:
        shop.holds(*(an_order(f"n{n:02}", updated_at=desk.clock()) for n in range(50)))
        run(desk)
        shop.absent = lambda part, refs: list(refs)  # type: ignore[method-assign]
        read = shop.order
        looked: list[str] = []

        def order(ref: str) -> Order:
            looked.append(ref)
            return read(ref)

        shop.order = order  # type: ignore[method-assign]

        assert run(desk).compared == "n19"
        assert run(desk).compared == "n39"
        assert looked == [f"n{n:02}" for n in range(40)]

    def test_an_order_a_list_forgot_is_not_buried(self, desk: Desk, shop: FakeShop) -> None:
        shop.absent = lambda part, refs: list(refs)  # type: ignore[method-assign]

        run(desk)

        assert known_order(desk, "o1") == ""

    def test_the_whole_mirror_is_walked_in_turns(
        self, desk: Desk, shop: FakeShop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gone, "COMPARED", 2)
        desk.save(*(an_order(f"n{n}") for n in range(5)))  # the shop has none of these

        walked = [run(desk).compared for _ in range(4)]

        assert walked[0] == "n1"
        assert all(known_order(desk, f"n{n}") is None for n in range(5))

    def test_orders_hidden_by_age_are_not_read_one_by_one(self, desk: Desk, shop: FakeShop) -> None:
        with desk.services.database.writing() as connection:
            installed.change_connection(
                desk.scope, connection, BLUE, options={"history_days": "60"}
            )
        old = desk.clock() - timedelta(days=90)
        desk.save(*(an_order(f"n{n:02}", placed_at=old) for n in range(30)))
        looked: list[str] = []
        read = shop.order
        shop.order = lambda ref: looked.append(ref) or read(ref)  # type: ignore[func-returns-value, method-assign]

        row = run(desk)

        assert (looked, row.compared) == ([], "")
        assert len(living(desk, "orders")) == 31

    def walk(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
        """Nine orders, two a list, a whole walk in two turns."""
        for name, value in (("COMPARED", 2), ("TURNS", 2)):
            monkeypatch.setattr(gone, name, value)
        desk.save(*(an_order(f"n{n}") for n in range(8)))  # and o1
        return lambda: run(desk).compared

    def test_a_large_mirror_is_walked_in_larger_steps(
        self, desk: Desk, shop: FakeShop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        walk = self.walk(desk, monkeypatch)

        assert walk() == "n5"
        assert walk() == ""
        assert living(desk, "orders") == ["o1"]

    def test_no_more_than_so_many_at_a_time(
        self, desk: Desk, shop: FakeShop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gone, "MOST", 2)

        assert self.walk(desk, monkeypatch)() == "n3"

    def test_it_stands_back_for_whoever_waits_for_the_shop(
        self, desk: Desk, shop: FakeShop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        walk = self.walk(desk, monkeypatch)
        with desk.services.database.writing() as connection:
            until = desk.clock() + timedelta(minutes=1)
            calls.begin(desk.scope, connection, BLUE, "call_1", until)

        assert walk() == "n1"

    def test_a_slow_shop_is_not_walked_for_long(
        self, desk: Desk, shop: FakeShop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        walk, absent = self.walk(desk, monkeypatch), shop.absent

        def slowly(part, refs):  # type: ignore[no-untyped-def]
            desk.clock.pass_(seconds=9)
            return absent(part, refs)

        shop.absent = slowly  # type: ignore[method-assign]

        assert walk() == "n3"


class TestTurns:
    def test_a_shop_that_tells_is_asked_every_five_minutes(
        self, desk: Desk, shop: FakeShop
    ) -> None:
        started = desk.clock() + timedelta(milliseconds=1)

        assert run(desk).due == started + PERIOD

    def test_a_shop_that_cannot_call_us_is_polled(self, desk: Desk, shop: FakeShop) -> None:
        shop.subscription = Subscribed(active=False, code="webhooks_unreachable")
        started = desk.clock() + timedelta(milliseconds=1)

        row = run(desk)

        assert row.due == started + POLL
        assert row.subscription_code == "webhooks_unreachable"

    @pytest.mark.parametrize(
        "error", [Unreachable("shop_unreachable"), GrantRevoked("shop_key_rejected")]
    )
    def test_a_shop_that_fails_is_asked_again_and_shown_as_failing(
        self, desk: Desk, shop: FakeShop, error: Exception
    ) -> None:
        def fail() -> None:
            raise error

        shop.reading = fail

        row = run(desk)

        assert row.due == desk.clock() + RETRY
        assert row.last_ok_at is None
        with desk.services.database.reading() as connection:
            known = installed.connection_row(desk.scope, connection, BLUE)
        assert known is not None
        assert known.failing_since is not None

    def test_after_a_standstill_every_shop_is_asked_at_once(self, desk: Desk) -> None:
        reconcile.watch_all(desk.services)
        desk.clock.pass_(days=3)
        desk.woken.clear()

        reconcile.sweep(desk.services)
        reconcile.sweep(desk.services)  # nobody twice

        workspace = desk.scope.workspace_id
        assert sorted(desk.woken) == [
            ("reconcile", workspace, shop) for shop in sorted(desk.shops.values())
        ]

    def test_two_workers_do_not_ask_one_shop_at_once(self, desk: Desk, shop: FakeShop) -> None:
        looks: list[str] = []

        def other_worker() -> None:
            shop.reading = lambda: looks.append("again")
            before = len(shop.asked)
            reconcile.reconcile(desk.services, desk.scope, BLUE)
            assert len(shop.asked) == before

        shop.reading = other_worker
        run(desk)

    def test_a_worker_killed_while_asking_is_followed_by_another(
        self, desk: Desk, shop: FakeShop
    ) -> None:
        class Killed(BaseException):
            pass

        def die() -> None:
            raise Killed

        shop.reading = die
        with pytest.raises(Killed):
            run(desk)
        shop.reading = lambda: None
        desk.clock.pass_(minutes=3)
        desk.woken.clear()
        reconcile.sweep(desk.services)

        assert ("reconcile", desk.scope.workspace_id, BLUE) in desk.woken


class TestSubscribing:
    def test_the_shop_gets_our_address_and_a_secret_we_can_verify(
        self, desk: Desk, shop: FakeShop
    ) -> None:
        run(desk)

        assert shop.subscribed == [
            ("https://panel.example/webhooks/pretend/co_blue", "pretend-secret")
        ]

    def test_a_secret_is_made_once_and_kept_sealed(self, desk: Desk, shop: FakeShop) -> None:
        with desk.services.database.writing() as connection:
            sealed = desk.services.keys.seal(b'{"token":"t"}')
            installed.change_connection(desk.scope, connection, BLUE, credentials=sealed)
        run(desk)
        desk.clock.pass_(seconds=TENDED.total_seconds() + 1)
        run(desk)

        secrets = [secret for _, secret in shop.subscribed]
        assert len(secrets) == 2
        assert len(set(secrets)) == 1
        with desk.services.database.reading() as connection:
            row = installed.connection_row(desk.scope, connection, BLUE)
        assert row is not None
        kept = msgspec.json.decode(desk.services.keys.open(row.credentials))
        assert kept == {"token": "t", "webhook_secret": secrets[0]}

    def test_webhooks_are_looked_after_once_an_hour(self, desk: Desk, shop: FakeShop) -> None:
        run(desk)
        desk.clock.pass_(minutes=5)
        run(desk)
        assert len(shop.subscribed) == 1

        desk.clock.pass_(hours=1)
        run(desk)
        assert len(shop.subscribed) == 2

    @pytest.mark.parametrize(
        "error",
        [
            Unsupported("webhooks_need_write_key"),
            BadAnswer("shop_blocked"),
            GrantRevoked("shop_key_rejected"),
        ],
    )
    def test_a_shop_that_lets_us_make_no_webhooks_is_polled(
        self, desk: Desk, shop: FakeShop, error: MostradorError
    ) -> None:
        def refused(url: str, secret: str) -> Subscribed:
            raise error

        shop.subscribe = refused  # type: ignore[method-assign]

        row = run(desk)

        assert (row.subscribed, row.subscription_code) == (False, error.code)
        assert row.last_ok_at is not None
