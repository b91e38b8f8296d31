"""A small storm on both databases: what `make soak` does with twenty thousand deliveries."""

from __future__ import annotations

from tests.soak.storm import Ground, Plan, Storm


def test_after_a_storm_the_mirror_equals_the_shops(ground: Ground) -> None:
    plan = Plan(
        deliveries=300, kills=2, deletions=6, late_seconds=0.3, patience_seconds=60.0, seed=3
    )
    storm = Storm(ground, plan)
    storm.mirror_the_shops()

    storm.rage()
    storm.calm()
    storm.ask_the_shops()

    count, differences = storm.differences()
    assert differences == []
    assert count > 200
    assert storm.killed == 2
    assert sum(net["met"].get("hook_lost", 0) for net in storm.nets()) > 0
    assert set(storm.counts()) == {"done"}
