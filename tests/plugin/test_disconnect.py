"""A disconnected shop: nobody opens it, nothing of it is lost unless so chosen."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from plugin.actions import (
    act,
    doctor,
    erasure,
    hear,
    journal,
    lawful,
    privacy,
    reconcile,
    search,
    settle,
    sync,
)
from plugin.actions.disconnect import Data, Parted, disconnect
from plugin.actions.sidebar import load_sidebar
from plugin.commands.privacy import _notes
from plugin.db import connections as installed
from plugin.db import reconciliations, tombstones
from plugin.db.connections import ConnectionRow
from plugin.errors import Conflict, GrantRevoked, NotFound, Unreachable
from plugin.messages import LOCALES
from plugin.ports.webhooks import Demand
from tests.builders import an_order
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.hearing import BLUE, knock, listed
from tests.plugin.refunding import lost_before, now, requested, work
from tests.plugin.test_connect import attach
from tests.plugin.test_privacy import announce, everything

URL = f"https://panel.example/webhooks/pretend/{BLUE}"


def part(desk: Desk, data: Data = "keep") -> Parted:
    return disconnect(desk.services, desk.scope, BLUE, data=data)


def row(desk: Desk) -> ConnectionRow | None:
    with desk.services.database.reading() as connection:
        return installed.connection_row(desk.scope, connection, BLUE)


def worked(desk: Desk) -> None:
    for job in [job for job in desk.woken if job[0] == "privacy"]:
        desk.woken.remove(job)
        lawful.work(desk.services, desk.scope, job[2])


def found(desk: Desk) -> int:
    return len(load_sidebar(desk.services, desk.seat(emails=["carmen@example.com"])).orders)


class TestKeeping:
    def test_webhooks_and_credentials_go_and_the_data_waits(
        self, desk: Desk, shop: FakeShop
    ) -> None:
        shop.subscribed = [(URL, "s"), ("https://elsewhere.example/hook", "s")]

        parted = part(desk)

        assert (parted.removed, parted.leftover) == (1, "")
        assert [url for url, _ in shop.subscribed] == ["https://elsewhere.example/hook"]
        known = row(desk)
        assert known is not None
        assert known.disconnected_at == desk.clock()
        kept = json.loads(desk.services.keys.open(known.credentials))
        # what a later demand of the law is signed with, and nothing else
        assert set(kept) <= {"webhook_secret"}
        with desk.services.database.reading() as connection:
            assert tombstones.number_of(desk.scope, connection, "orders", BLUE) == 1

    def test_secrets_are_kept_only_for_demands_of_the_law(self, desk: Desk, shop: FakeShop) -> None:
        platform = desk.services.stores["pretend"]
        assert platform.webhooks is not None
        quiet = replace(platform, webhooks=replace(platform.webhooks, demand=None))
        desk.services = replace(desk.services, stores={"pretend": quiet})

        part(desk)

        known = row(desk)
        assert known is not None
        assert desk.services.keys.open(known.credentials) == b"{}"

    def test_agents_no_longer_see_it(self, desk: Desk, shop: FakeShop) -> None:
        seat = desk.seat(emails=["carmen@example.com"])
        assert found(desk) == 1

        part(desk)

        assert found(desk) == 0
        later = desk.seat(emails=["carmen@example.com"])
        assert [one.id for one in later.connections] == ["co_olive"]
        assert search.search(desk.services, later, "taza").products == ()
        with pytest.raises(NotFound):
            act.preview(desk.services, later, "refund", BLUE, "o1", {"mode": "all"})
        assert len(seat.connections) == 2

    def test_no_job_opens_it(self, desk: Desk, shop: FakeShop) -> None:
        looks: list[int] = []
        shop.reading = lambda: looks.append(1)
        part(desk)
        looks.clear()

        reconcile.watch_all(desk.services)
        reconcile.reconcile(desk.services, desk.scope, BLUE)
        sync.due_backfills(desk.services)
        sync.backfill(desk.services, desk.scope, BLUE)

        assert looks == []
        assert ("backfill", desk.scope.workspace_id, BLUE) not in desk.woken
        with desk.services.database.reading() as connection:
            known = reconciliations.get(desk.scope, connection, BLUE)
        assert known is None or known.due is None

    def test_what_was_being_read_is_not_written_any_more(self, desk: Desk, shop: FakeShop) -> None:
        part(desk)

        desk.save(an_order("o9", email="carmen@example.com"))

        with desk.services.database.reading() as connection:
            assert tombstones.number_of(desk.scope, connection, "orders", BLUE) == 1

    def test_late_webhooks_are_told_that_nobody_is_here(self, desk: Desk, shop: FakeShop) -> None:
        announce(desk)
        knock(desk)
        part(desk)

        assert [(one.state, one.code) for one in listed(desk)] == [("ignored", "shop_disconnected")]
        with pytest.raises(NotFound) as refused:
            knock(desk, key="k2")
        assert refused.value.status == 404
        assert hear.sweep(desk.services) == 0

    def test_a_demand_of_the_law_is_still_heard(self, desk: Desk, shop: FakeShop) -> None:
        announce(desk)
        part(desk)
        desk.clock.pass_(days=2)

        knock(
            desk, "", "blue.example", kind="privacy", topic="shop/redact",
            demand={"kind": "erase_shop"}, triggered_at=desk.clock().isoformat(),
        )  # fmt: skip
        worked(desk)

        assert privacy.requests(desk.services, desk.scope)[0].state == "done"
        assert row(desk) is None

    def test_connected_again_it_goes_on_with_what_was_kept(
        self, desk: Desk, shop: FakeShop
    ) -> None:
        made = attach(desk)
        desk.shops["new"], desk.stores[made.id] = made.id, shop
        desk.save(an_order("n1", email="nina@example.com"), shop="new")
        disconnect(desk.services, desk.scope, made.id, data="keep")
        nobody = load_sidebar(desk.services, desk.seat(emails=["nina@example.com"]))

        again = attach(desk, key="k2")

        assert (again.id, again.renewed) == (made.id, True)
        seen = load_sidebar(desk.services, desk.seat(emails=["nina@example.com"]))
        assert (len(nobody.orders), len(seen.orders)) == (0, 1)
        with desk.services.database.reading() as connection:
            known = installed.connection_row(desk.scope, connection, made.id)
            watch = reconciliations.get(desk.scope, connection, made.id)
        assert known is not None
        assert watch is not None
        assert (known.lives, known.connected_at, watch.due) == (True, desk.clock(), desk.clock())

    @pytest.mark.parametrize(
        "error", [Unreachable("shop_unreachable"), GrantRevoked("shop_key_rejected")]
    )
    def test_a_shop_that_does_not_answer_holds_nobody_up(
        self, desk: Desk, shop: FakeShop, error: Exception
    ) -> None:
        def silent() -> None:
            assert not row(desk).lives  # type: ignore[union-attr]  # no job makes webhooks any more
            raise error

        shop.reading = silent

        parted = part(desk)

        assert parted.leftover == error.args[0]
        known = row(desk)
        assert known is not None
        assert not known.lives

    def test_what_the_owner_still_has_to_do_is_said(self, desk: Desk, shop: FakeShop) -> None:
        platform = replace(
            desk.services.stores["pretend"],
            farewell=lambda address, _: ("app_to_uninstall", {"address": address}),
        )
        desk.services = replace(desk.services, stores={"pretend": platform})

        notes = {note["code"]: note for note in _notes(part(desk))}

        assert set(notes) == {"disconnect.app_to_uninstall", "disconnect.data_keep"}
        for locale in LOCALES:
            assert "blue.example" in notes["disconnect.app_to_uninstall"][locale]

    def test_the_doctor_knows_that_it_is_meant(self, desk: Desk, shop: FakeShop) -> None:
        part(desk)

        (blue,) = [one for one in doctor.examine(desk.services, 0) if one.what == "shop Blue"]
        assert (blue.level, blue.code) == ("fine", "doctor.shop_disconnected")

    def test_the_journal_tells_it_and_stays_whole(self, desk: Desk, shop: FakeShop) -> None:
        part(desk)

        with desk.services.database.reading() as connection:
            lines = list(journal.export(desk.scope, connection, desk.services.keys))
            assert journal.verify(desk.scope, connection, desk.services.keys).intact
        assert lines[-2]["event"] == "shop:disconnected"

    def test_an_unknown_connection_is_no_connection(self, desk: Desk) -> None:
        with pytest.raises(NotFound):
            disconnect(desk.services, desk.scope, "co_none", data="keep")

    def test_a_refund_that_was_asked_for_and_not_sent_is_refused(
        self, desk: Desk, shop: FakeShop
    ) -> None:
        action = requested(desk)
        part(desk)

        done = work(desk, action)

        assert (done.state, done.code, shop.paid) == ("refused", "shop_disconnected", [])


class TestErasing:
    def test_the_data_goes_and_the_other_shop_stays(self, desk: Desk, shop: FakeShop) -> None:
        desk.save(an_order("x1", email="carmen@example.com"), shop="olive")

        part(desk, "erase")
        worked(desk)

        assert row(desk) is None
        assert found(desk) == 1
        assert '"o1"' not in everything(desk, but="panel_sessions")

    def test_an_unknown_refund_puts_it_off_and_says_so(self, desk: Desk, shop: FakeShop) -> None:
        action = requested(desk)
        shop.sends = [lost_before]
        work(desk, action)

        parted = part(desk, "erase")
        worked(desk)
        first = privacy.requests(desk.services, desk.scope)[0]
        desk.clock.pass_(minutes=20)
        settle.settle(desk.services, desk.scope, action.id, act.KINDS)
        asks = now(desk, action)
        settle.settle_by_person(
            desk.services, desk.scope, action.id, done=False, proof="seen", who="Eva"
        )
        lawful.sweep(desk.services)
        worked(desk)

        assert parted.actions_open == 1
        assert "disconnect.erase_waits" in {note["code"] for note in _notes(parted)}
        assert (first.state, first.code) == ("waiting", "action_open")
        assert (asks.state, asks.code) == ("needs_person", "shop_disconnected")
        assert privacy.requests(desk.services, desk.scope)[0].state == "done"
        assert now(desk, action).state == "not_done"

    def test_what_was_kept_can_be_erased_later(self, desk: Desk, shop: FakeShop) -> None:
        part(desk)
        desk.clock.pass_(days=1)

        part(desk, "erase")
        worked(desk)

        assert row(desk) is None

    def test_a_shop_connected_again_meanwhile_is_not_erased(
        self, desk: Desk, shop: FakeShop
    ) -> None:
        made = attach(desk)
        desk.shops["new"], desk.stores[made.id] = made.id, shop
        disconnect(desk.services, desk.scope, made.id, data="erase")
        desk.clock.pass_(seconds=1)
        attach(desk, key="k2")
        desk.save(an_order("n1"), shop="new")

        worked(desk)

        kept = privacy.requests(desk.services, desk.scope)[0]
        assert (kept.state, kept.code) == ("kept", "shop_reinstalled")
        with desk.services.database.reading() as connection:
            assert tombstones.number_of(desk.scope, connection, "orders", made.id) == 1

    def test_it_stops_half_way_when_the_shop_comes_back(self, desk: Desk, shop: FakeShop) -> None:
        with pytest.raises(Conflict):
            erasure.erase_shop(desk.services, desk.scope, BLUE)

        assert found(desk) == 1

    def test_a_demand_needs_no_shop_row(self, desk: Desk) -> None:
        with pytest.raises(NotFound):
            privacy.ask(desk.services, desk.scope, "co_none", Demand(kind="erase_shop"))
