"""What is remembered of a shop, and for how long."""

from __future__ import annotations

import pytest

from integrations.stores.woocommerce.facts import Remembered


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_value_is_fetched_once_in_ten_minutes() -> None:
    clock, fetched = Clock(), iter(["first", "second"])
    remembered: Remembered[str] = Remembered(clock)
    seen = []

    for clock.now in (0.0, 599.0, 601.0):
        seen.append(remembered.get(("shop",), lambda: next(fetched)))

    assert seen == ["first", "first", "second"]


def test_shops_do_not_share_values() -> None:
    remembered: Remembered[str] = Remembered()
    remembered.get(("one",), lambda: "one")

    assert remembered.get(("other",), lambda: "other") == "other"


def test_a_failure_is_not_remembered() -> None:
    remembered: Remembered[str] = Remembered()

    def fails() -> str:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        remembered.get(("shop",), fails)

    assert remembered.get(("shop",), lambda: "there") == "there"
