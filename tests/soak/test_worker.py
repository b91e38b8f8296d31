"""A real worker on both databases: a wake reaches it, what was not woken is swept, and what a
killed one held is taken by the next."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests
from sqlalchemy import select

from plugin.actions import hear
from plugin.db.tables import record_claims
from tests.soak.storm import Ground, Plan, Storm

PLAN = Plan(deliveries=0, kills=0, deletions=0, late_seconds=0.0, patience_seconds=60.0)


class Counter:
    """One order of one shop, changed and looked at."""

    def __init__(self, ground: Ground) -> None:
        self.storm = Storm(ground, PLAN)
        self.storm.mirror_the_shops()
        self.shop, self.url = next(iter(ground.shops.items()))
        self.ref = self.storm.refs[self.shop][0]

    def change(self, note: str) -> None:
        body = {"order": self.ref, "note": note}
        requests.post(f"{self.url}/_control/order", json=body, timeout=5).raise_for_status()

    def arrives(self, note: str) -> None:
        self.storm.until(lambda: self.storm.mirrored(self.shop)[self.ref].note == note, note)
        self.storm.until(lambda: set(self.storm.counts()) == {"done"}, "the books")

    def is_read_now(self) -> bool:
        scope = self.storm.ground.scope
        claims = select(record_claims).where(record_claims.c.workspace_id == scope.workspace_id)
        with self.storm.ground.services.database.reading() as connection:
            return connection.execute(claims).first() is not None


def test_woken_or_swept_or_left_by_the_dead(
    ground: Ground, wakes: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = Counter(ground)

    # by the sweep alone this would take an hour
    monkeypatch.setattr(hear, "LOST_WAKE", timedelta(hours=1))
    counter.change("by its wake")
    counter.arrives("by its wake")

    # nobody wakes anybody
    monkeypatch.setattr(hear, "LOST_WAKE", timedelta(0))
    wakes.clear()
    counter.change("by the sweep")
    counter.arrives("by the sweep")

    # the claim of a killed worker outlives it and ends with its lease
    fault = {"fault": "late_answer", "on": "read", "times": 0, "seconds": 30}  # until cleared
    requests.post(f"{counter.url}/_control/faults", json=fault, timeout=5).raise_for_status()
    counter.change("by the next worker")
    counter.storm.until(counter.is_read_now, "a claim")
    assert counter.storm.worker is not None
    counter.storm.worker.kill()
    assert counter.is_read_now()
    requests.delete(f"{counter.url}/_control/faults", timeout=5).raise_for_status()
    counter.storm.worker = ground.start_worker()
    counter.arrives("by the next worker")
    assert not counter.is_read_now()
