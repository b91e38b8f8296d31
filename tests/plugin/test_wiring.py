"""Where core and adapters meet."""

from __future__ import annotations

from plugin.wiring import _wake


def test_a_wake_that_is_lost_loses_nothing_and_stops_nobody() -> None:
    def full(*_ids: str) -> None:
        raise OSError("no space left on device")

    _wake({"perform": full})("perform", "ws_1", "ac_1")
