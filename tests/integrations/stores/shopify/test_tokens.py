"""Tokens that end: renewed once, saved whole, and never at the cost of a refund."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from plugin.actions import connect, credentials
from plugin.actions.credentials import renew_idle, renewed
from plugin.domain.money import Money
from plugin.domain.refunds import RefundChoice, RefundPlan
from plugin.errors import GrantRevoked, OutcomeUnknown, PlatformError, Unreachable
from plugin.ports.store import Store
from tests.integrations.stores.shopify.lab import Lab, a_lab


@pytest.fixture
def lab(sqlite_url: str, tmp_path: Path) -> Iterator[Lab]:
    with a_lab(sqlite_url, tmp_path) as made:
        made.attach()
        yield made


def test_what_opens_a_shop_is_an_hour_of_access_and_a_way_to_renew_it(lab: Lab) -> None:
    known = lab.credentials()

    left = datetime.fromisoformat(known["expires_at"]) - lab.clock()
    assert timedelta(minutes=59) < left <= timedelta(minutes=60)
    assert known["refresh_token"]
    assert "write_orders" in known["scope"]


def test_nothing_is_renewed_while_the_token_lives(lab: Lab) -> None:
    lab.store().shop()

    assert "refresh_token" not in lab.counts()


class TestATokenThatEnded:
    """On both engines: what was renewed is in the database for everybody else."""

    @pytest.fixture
    def lab(self, database_url: str, tmp_path: Path) -> Iterator[Lab]:
        with a_lab(database_url, tmp_path) as made:
            made.attach()
            yield made

    def test_it_is_renewed_five_minutes_before_its_end(self, lab: Lab) -> None:
        store, before = lab.store(), lab.credentials()
        lab.clock.ahead = timedelta(minutes=56)

        store.shop()
        store.shop()

        after = lab.credentials()
        assert lab.counts()["refresh_token"] == 1
        assert after["access_token"] != before["access_token"]
        assert after["refresh_token"] != before["refresh_token"]

    def test_a_read_whose_token_ended_on_the_way_is_repeated_once(self, lab: Lab) -> None:
        lab.control(expire=True)

        assert lab.store().shop().name == "Tienda Azul"
        assert lab.counts()["refresh_token"] == 1

    def test_a_refund_refused_at_the_door_is_sent_again_and_made_once(self, lab: Lab) -> None:
        store, plan = _plan(lab)
        lab.control(expire=True)

        store.refund(plan, key="5e6a0c7e-0000-4000-8000-000000000001", reference="M-AAAAAAAA")

        made = requests.get(
            f"{lab.shop}/_control/refunds", params={"order": plan.order_ref}, timeout=5
        )
        assert [item["note"][-12:] for item in made.json()] == ["[M-AAAAAAAA]"]

    def test_a_refund_whose_renewal_fails_certainly_did_not_run(self, lab: Lab) -> None:
        store, plan = _plan(lab)
        lab.control(expire=True)
        lab.fault("drop_after", on="token")

        with pytest.raises(PlatformError) as caught:
            store.refund(plan, key="5e6a0c7e-0000-4000-8000-000000000003", reference="M-AAAAAAAC")

        assert caught.value.code == "renewal_lost"
        made = requests.get(
            f"{lab.shop}/_control/refunds", params={"order": plan.order_ref}, timeout=5
        )
        assert made.json() == []

    def test_a_lost_answer_is_asked_for_again_with_the_stored_token(self, lab: Lab) -> None:
        lab.control(expire=True)
        before = lab.credentials()
        lab.fault("drop_after", on="token")

        with pytest.raises(Unreachable):
            lab.store().shop()
        assert lab.credentials() == before

        assert lab.store().shop().name == "Tienda Azul"
        assert lab.counts()["refresh_token"] == 2

    def test_a_grant_that_is_over_says_so_and_is_not_asked_again(self, lab: Lab) -> None:
        lab.control(revoke=True)

        for _ in range(3):
            with pytest.raises(GrantRevoked) as caught:
                lab.store().shop()
            assert caught.value.code == "grant_ended"

        assert lab.counts()["refresh_token"] == 1


def test_a_refund_without_a_clear_answer_is_never_sent_again(lab: Lab) -> None:
    store, plan = _plan(lab)
    lab.fault("drop_after", on="refund")

    with pytest.raises(OutcomeUnknown):
        store.refund(plan, key="5e6a0c7e-0000-4000-8000-000000000002", reference="M-AAAAAAAB")

    made = requests.get(f"{lab.shop}/_control/refunds", params={"order": plan.order_ref}, timeout=5)
    assert len(made.json()) == 1
    assert "refresh_token" not in lab.counts()


def test_a_failed_renewal_ahead_of_time_holds_up_nobody(lab: Lab) -> None:
    lab.clock.ahead = timedelta(minutes=56)
    lab.fault("down", on="token", times=0)

    assert lab.store().shop().name == "Tienda Azul"
    assert lab.store().shop().name == "Tienda Azul"


def test_letting_us_in_again_heals_it(lab: Lab) -> None:
    lab.control(revoke=True)
    with pytest.raises(GrantRevoked):
        lab.store().shop()

    lab.attach()

    assert lab.store().shop().name == "Tienda Azul"


def test_two_workers_renew_once(database_url: str, tmp_path: Path) -> None:
    with a_lab(database_url, tmp_path) as lab:
        lab.attach()
        lab.control(expire=True)
        lab.fault("latency", on="token", seconds=0.3)
        old = lab.credentials()["access_token"]
        found: list[str] = []

        def work() -> None:
            found.append(renewed(lab.services, lab.scope, lab.connection_id, old)["access_token"])

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert lab.counts()["refresh_token"] == 1
        assert found == [lab.credentials()["access_token"]] * 2


def test_a_worker_that_died_renewing_is_not_waited_for_for_ever(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "PATIENCE", 0.0)
    lab.control(expire=True)
    assert credentials._take(lab.services, f"renew:{lab.connection_id}")

    with pytest.raises(Unreachable):
        lab.store().shop()

    lab.clock.ahead = timedelta(seconds=61)
    assert lab.store().shop().name == "Tienda Azul"


def test_an_answer_for_credentials_that_were_replaced_meanwhile_is_dropped(lab: Lab) -> None:
    with lab.services.database.reading():
        sent = credentials._stored(lab.services, lab.scope, lab.connection_id)
    lab.attach()
    anew = lab.credentials()

    kept = credentials._save(lab.services, lab.scope, sent, {"access_token": "late"})

    assert kept == anew == lab.credentials()


def test_an_idle_shop_is_renewed_by_the_clock(lab: Lab) -> None:
    lab.woken.clear()
    lab.clock.ahead = timedelta(days=6)
    renew_idle(lab.services)
    assert lab.woken == []

    lab.clock.ahead = timedelta(days=7, minutes=1)
    renew_idle(lab.services)

    assert lab.woken == [("renew", lab.scope.workspace_id, lab.connection_id)]


def test_a_pasted_token_goes_on_as_it_is(lab: Lab) -> None:
    connect.connect_shop(
        lab.services, lab.scope, platform="shopify", label="", address=lab.shop,
        credentials={"access_token": "shpat_sandbox"},
    )  # fmt: skip
    lab.clock.ahead = timedelta(days=200)

    assert lab.store().shop().name == "Tienda Azul"
    lab.fault("bad_token", on="read")
    with pytest.raises(GrantRevoked) as caught:
        lab.store().shop()
    assert caught.value.code == "shop_key_rejected"


def _plan(lab: Lab) -> tuple[Store, RefundPlan]:
    """A refund of one unit of money, ready to be sent."""
    store = lab.store()
    platform = lab.services.stores["shopify"]
    order = next(
        order for batch in store.backfill("orders", "") for order in batch.items
        if not order.partial and platform.refund_capability(order).available and not order.refunded
        and len(order.payments) == 1
    )  # fmt: skip
    choice = RefundChoice(
        order_ref=order.ref, mode="amount", amount=Money(Decimal("1.00"), order.currency)
    )
    return store, store.plan_refund(choice)
