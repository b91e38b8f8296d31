from __future__ import annotations

import re

from plugin.domain.discounts import new_code


def test_a_code_has_a_prefix_and_two_groups() -> None:
    assert re.fullmatch(r"GRACIAS(-[A-Z3-9]{4}){2}", new_code("Gracias"))


def test_what_cannot_be_read_aloud_is_left_out() -> None:
    assert new_code("¡Perdón! 10 %", draw=lambda most: most - 1) == "PERDN10-9999-9999"
    assert new_code("x" * 40).startswith("X" * 12 + "-")


def test_nothing_looks_like_something_else() -> None:
    drawn = {letter for _ in range(400) for letter in new_code()}

    assert not drawn & set("0O1IL2Z5S8BUV")


def test_ten_thousand_codes_are_different() -> None:
    assert len({new_code("A") for _ in range(10_000)}) == 10_000
