"""Filling in texts for replies."""

from __future__ import annotations

from plugin.domain.snippets import fill, lacking, unknown_in


def test_what_is_filled_in_is_never_read_again() -> None:
    values = {"name": "{total} {name.__class__}", "total": "5 €"}

    assert fill("{name}: {total}", values) == "{total} {name.__class__}: 5 €"


def test_a_text_that_lacks_something_says_nothing() -> None:
    assert fill("Ver {tracking_link}", {"number": "1"}) == ""
    assert lacking("Ver {tracking_link}", {"number": "1"}) == ("tracking_link",)


def test_an_unknown_variable_is_named() -> None:
    assert unknown_in("tracking", "{number} {iban} {foo}") == "iban"
    assert unknown_in("tracking", "{number.__class__}") == "number.__class__"
    assert unknown_in("returns", "{number} { sola, o al revés }{") == " sola, o al revés "
    assert unknown_in("returns", "una llave { y ya") == ""
