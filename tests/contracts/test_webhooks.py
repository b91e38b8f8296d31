"""From a change in the pretend shop to the mirror, over real requests, with every mishap of a
net: afterwards the mirror equals the shop."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import requests

from tests.contracts.hearing import House

MISHAPS = ("hook_lost", "hook_duplicate", "hook_late", "hook_reordered")


def test_a_change_arrives_by_itself(house: House) -> None:
    ref = sorted(house.held())[0]

    house.change(ref, note="told")
    house.settle()

    assert house.mirrored()[ref] == "told"
    assert house.states() == {"done"}


def test_a_deletion_arrives_by_itself(house: House) -> None:
    ref = sorted(house.held())[0]
    house.change(ref, note="seen")
    house.settle()

    house.change(ref, delete=True)
    house.settle()

    assert ref not in house.mirrored()


def test_a_mishap_of_the_net_changes_nothing(house: House) -> None:
    one, other = sorted(house.held())[:2]
    for mishap in ("hook_duplicate", "hook_late", "hook_reordered"):
        house.mishap(mishap)

        house.change(one, note="first")
        house.change(other, note=f"second {mishap}")
        house.change(one, note=f"third {mishap}")
        house.settle()

        known = house.mirrored()
        assert (known[one], known[other]) == (f"third {mishap}", f"second {mishap}")


def test_a_lost_webhook_is_found_by_asking(house: House) -> None:
    ref = sorted(house.held())[0]
    house.mishap("hook_lost", times=0)
    house.change(ref, note="lost")
    house.settle()
    assert house.mirrored().get(ref) != "lost"

    house.ask()

    assert house.mirrored()[ref] == "lost"


def test_after_many_mishaps_the_mirror_equals_the_shop(house: House) -> None:
    chance = random.Random(7)
    refs = sorted(house.held())[:12]
    for ref in refs:
        house.change(ref, note="begun")
    for number in range(60):
        if chance.random() < 0.3:
            house.mishap(chance.choice([name for name in MISHAPS if name != "hook_late"]))
        house.change(chance.choice(refs[2:]), note=f"n{number} {datetime.now(UTC)}")
        if chance.random() < 0.4:
            house.work()
    house.change(refs[0], delete=True)
    house.settle()
    requests.delete(f"{house.shop}/_control/faults", timeout=5)

    house.ask()

    shop, mirror = house.held(), house.mirrored()
    assert {ref: mirror.get(ref) for ref in refs} == {ref: shop.get(ref) for ref in refs}
