"""How the processes of one run share the tests: a file stays whole, the long ones begin.

Tests of money and of the browser mostly wait, so there may be more processes than cores. What costs
seconds to start (a house, a browser) is started by one or two of them only.
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# what takes longest; everything else follows as it was collected
FIRST = (
    "browser, second half", "browser", "money on postgres", "money", "tests/plugin/test_dev.py",
    "tests/soak/test_storm.py", "tests/contracts/test_gaps.py", "tests/contracts/test_webhooks.py",
    "tests/plugin/test_any_order.py",
)  # fmt: skip


class Shares(LoadScopeScheduling):
    """Scopes are taken in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        return share(nodeid)


def share(nodeid: str) -> str:
    """What runs in one process: the two engines of money apart, the browser in two halves."""
    file, _, test = nodeid.partition("::")
    if file.startswith("tests/money/"):
        return "money on postgres" if "[postgres" in test else "money"
    if file.startswith("tests/browser/"):
        return "browser" if file < "tests/browser/test_n" else "browser, second half"
    return file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Shares:
    config.option.loadscopereorder = False
    return Shares(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    name = share(item.nodeid)
    return FIRST.index(name) if name in FIRST else len(FIRST)
