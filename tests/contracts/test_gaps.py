"""Shops that fail while they are read, that stop telling, that cannot tell, that nobody heard for
days: nothing is lost, and what is missed is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import requests

from integrations.registry import stores
from plugin.actions import hear, reconcile
from plugin.db import deliveries as rows
from tests.contracts.conftest import PLATFORMS
from tests.contracts.hearing import House, until

# what may meet the reading that a delivery asks for
FAULTS = (
    "latency", "late_answer", "throttled", "error_before", "error_after", "drop_before",
    "drop_after", "html", "bad_token", "down", "changed",
)  # fmt: skip
TELLING = [key for key in PLATFORMS if stores()[key].webhooks.subscribes]  # type: ignore[union-attr]


def test_a_fault_of_the_shop_loses_no_delivery(house: House) -> None:
    for ref, fault in zip(sorted(house.held()), FAULTS, strict=False):
        house.change(ref, note=f"before {fault}")
        until(house.courier.quiet)
        house.mishap(fault, on="any" if fault in ("changed", "down") else "read")
        house.work()
        requests.delete(f"{house.shop}/_control/faults", timeout=5)

        house.time_passes()

        assert house.mirrored()[ref] == f"before {fault}", fault
    assert house.states() == {"done"}


def test_a_shop_that_stays_away_is_waited_for(house: House) -> None:
    ref = sorted(house.held())[0]
    house.mishap("down", times=0, on="any")
    house.change(ref, note="told while away")
    until(house.courier.quiet)
    house.work()
    for _ in range(hear.TRIES + 2):
        house.time_passes()
    assert house.states() - {"done"} == {"waiting"}
    assert house.failing() == "shop_unreachable"

    requests.delete(f"{house.shop}/_control/faults", timeout=5)
    house.time_passes()

    assert house.mirrored()[ref] == "told while away"
    assert house.failing() == ""


def test_poison_is_parked_with_its_reason_and_replayed(house: House) -> None:
    ref = sorted(house.held())[0]
    house.mishap("html", times=0, on="read")
    house.change(ref, note="behind a wall")
    until(house.courier.quiet)
    house.work()
    for _ in range(hear.TRIES):
        house.time_passes()
    assert house.parked() == {"shop_blocked"}

    requests.delete(f"{house.shop}/_control/faults", timeout=5)
    with house.services.database.reading() as connection:
        (parked,) = rows.recent(house.scope, connection, 10, "parked")
    hear.replay(house.services, house.scope, parked.id)
    house.work()

    assert house.mirrored()[ref] == "behind a wall"
    assert house.states() == {"done"}


def test_after_a_standstill_updates_and_deletions_are_found(house: House) -> None:
    """Nobody listened for days: the sweep wakes the shop's turn, its answer tells all."""
    gone, changed, untouched = sorted(house.held())[:3]
    for ref in (gone, changed, untouched):
        house.change(ref, note="known")
    house.settle()
    house.mishap("hook_lost", times=0)
    house.change(changed, note="while away")
    house.change(gone, delete=True)
    house.settle()
    assert (house.mirrored()[changed], house.mirrored()[gone]) == ("known", "known")
    house.change_books(due=house.services.clock() - timedelta(days=3))

    reconcile.sweep(house.services)
    assert ("reconcile", house.scope.workspace_id, house.connection_id) in house.woken
    house.ask()

    mirror = house.mirrored()
    assert gone not in mirror
    assert (mirror[changed], mirror[untouched]) == ("while away", "known")


@pytest.mark.parametrize("platform", TELLING, indirect=True)
def test_webhooks_that_the_shop_turned_off_are_turned_on_and_the_gap_is_caught_up(
    house: House,
) -> None:
    ref, told = sorted(house.held())[:2]
    house.open = False
    for number in range(8):  # one after the other: what waits for the same record is sent once
        house.change(ref, note=f"unheard {number}")
        until(house.courier.quiet)
    house.open = True
    house.change(ref, note="in the gap")
    house.settle()
    assert house.mirrored().get(ref) != "in the gap"

    house.change_books(tended_at=house.services.clock() - reconcile.TENDED)
    house.ask()
    assert house.mirrored()[ref] == "in the gap"

    house.change(told, note="told again")
    house.settle()
    assert house.mirrored()[told] == "told again"


@pytest.mark.parametrize("platform", TELLING, indirect=True)
def test_a_shop_that_cannot_call_us_is_polled(house: House) -> None:
    """It would not say so: no webhook is made for an address it never calls."""
    house.change_books(tended_at=None)
    away = replace(house.services.settings, public_url="https://panel.example:8443")
    house.services = replace(house.services, settings=away)
    ref = sorted(house.held())[0]
    house.change(ref, note="nobody told")

    house.ask()

    row = house.books()
    assert (row.subscribed, row.subscription_code) == (False, "webhooks_unreachable")
    assert row.due is not None
    assert row.due - house.services.clock() < reconcile.PERIOD - timedelta(minutes=3)
    assert house.mirrored()[ref] == "nobody told"
