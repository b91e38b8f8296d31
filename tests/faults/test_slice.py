"""A slice through the matrix of `make faults`: every kind and every mishap, on every platform."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

from tests.faults.field import WRONG, Field, copies
from tests.faults.ground import PLATFORMS
from tests.faults.kinds import CASES
from tests.faults.mishaps import MISHAPS

STRIDE = 6


@pytest.fixture(params=PLATFORMS)
def field(request: pytest.FixtureRequest, sqlite_template: Path) -> Iterator[Field]:
    with stamina.set_testing(True, attempts=1):
        opened = Field(request.param, copies(sqlite_template))
        yield opened
        opened.close()


def test_a_slice_of_the_matrix_has_nothing_wrong(field: Field) -> None:
    cells = [
        (case, mishap)
        for row, case in enumerate(CASES)
        for column, mishap in enumerate(MISHAPS)
        if (row + column) % STRIDE == 0
    ]
    told = {
        f"{case.title or case.name}, {mishap.name}": why
        for case, mishap in cells
        for mark, why in [field.play(case, mishap)]
        if mark == WRONG
    }

    assert told == {}
    assert {case.name for case, _ in cells} == {case.name for case in CASES}
    assert {mishap.name for _, mishap in cells} == {mishap.name for mishap in MISHAPS}
