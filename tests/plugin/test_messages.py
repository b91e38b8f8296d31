"""Sentences: complete in both languages, written as people write, honest about the unknown."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as st

from plugin import messages
from plugin.domain.actions import STATES
from plugin.domain.identity import Reason
from plugin.domain.money import Money
from plugin.domain.orders import FulfilmentState, PaymentState, ShipmentState

ROOT = Path(__file__).parents[2]
ERRORS = (
    "SetupError", "LaunchRefused", "NotFound", "ActionRefused", "Unsupported", "Forbidden",
    "InvalidInput", "Conflict", "PlatformError", "Unreachable", "GrantRevoked", "BadAnswer",
    "OutcomeUnknown", "MoneyError", "DeliveryRefused",
)  # fmt: skip
# The pretend shops speak as the real ones do.
FOREIGN = ("integrations/sandbox",)
_CODE = re.compile(r"[a-z]+(_[a-z]+)+")


@cache
def _catalogue(locale: str) -> Catalog:
    whole = Catalog(locale=locale)
    for path in sorted((messages.CATALOGUES / locale / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as source:
            for message in read_po(source, locale=locale):
                whole[message.id] = message
    return whole


def _sources() -> Iterator[Path]:
    for folder in ("plugin", "integrations", "ui", "webhooks"):
        for path in (ROOT / folder).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if not any(name.startswith(foreign) for foreign in FOREIGN):
                yield path


def _calls(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """(function, text) of every call whose first argument is a text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else ""
            name = function.id if isinstance(function, ast.Name) else name
            if isinstance(node.args[0].value, str):
                yield name, node.args[0].value


def _handed_over(tree: ast.AST) -> Iterator[object]:
    """Codes that travel as values: reason="...", code="...", {"code": "..."}, and what the
    adapters' `_obstacle` returns."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in ("reason", "code"):
            yield getattr(node.value, "value", "")
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if getattr(key, "value", "") == "code":
                    yield getattr(value, "value", "")
        elif isinstance(node, ast.FunctionDef) and node.name == "_obstacle":
            yield from (c.value for c in ast.walk(node) if isinstance(c, ast.Constant))


def codes_used() -> dict[str, str]:
    """Every code somebody may meet as a sentence, with a file that uses it."""
    found: dict[str, str] = {}
    for path in _sources():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        codes = [text for name, text in _calls(tree) if name in ERRORS]
        codes += [c for c in _handed_over(tree) if isinstance(c, str) and _CODE.fullmatch(c)]
        found |= dict.fromkeys(codes, path.name)
    return found


class TestCatalogues:
    @pytest.mark.parametrize("locale", messages.LOCALES)
    def test_nothing_is_missing_or_fuzzy(self, locale: str) -> None:
        for entry in _catalogue(locale):
            texts = entry.string if isinstance(entry.string, (tuple, list)) else (entry.string,)
            assert not entry.fuzzy or not entry.id, entry.id
            assert all(texts), entry.id

    def test_both_languages_have_the_same_keys(self) -> None:
        assert _keys("es") == _keys("en")

    def test_both_languages_name_the_same_parameters(self) -> None:
        english = {str(entry.id): entry for entry in _catalogue("en")}
        for entry in _catalogue("es"):
            assert _holes(entry.string) == _holes(english[str(entry.id)].string), entry.id

    @pytest.mark.parametrize("locale", messages.LOCALES)
    def test_a_form_needs_no_more_than_its_key_says(self, locale: str) -> None:
        """Of codes; a page's labels (ui.…, console.…) are given all they need by their page."""
        for entry in _catalogue(locale):
            key = entry.id if isinstance(entry.id, str) else entry.id[0]
            place, dot, _ = key.partition(".")
            if key and not (dot and place not in _keys(locale) | {"doctor", "hosting"}):
                _, _, needs = key.partition("+")
                assert _holes(entry.string) == set(filter(None, needs.split(","))), key

    def test_spanish_addresses_nobody_and_avoids_the_compound_perfect(self) -> None:
        avoided = re.compile(
            r"\b(tú|usted|vosotros|tus?|puedes?|has|he|hemos|ha|han) \w+[aei]do\b"
            r"|\b(tú|usted|vosotros|móvil|celular|ordenador|computadora|contrarreembolso)\b",
            re.IGNORECASE,
        )
        for entry in _catalogue("es"):
            assert not avoided.search(str(entry.string)), entry.string


class TestSentence:
    def test_every_code_that_is_used_has_one(self) -> None:
        keys = {key.partition("+")[0] for key in _keys("es")}

        missing = {code: where for code, where in codes_used().items() if code not in keys}

        assert not missing

    def test_the_scan_finds_what_is_used(self) -> None:
        raised = {"order_not_found", "token_expired", "amount_ambiguous"}
        handed_over = {"role_forbids", "payment_manual", "worker_lost", "still_working"}

        assert raised | handed_over <= codes_used().keys()

    def test_an_unknown_code_is_honest_and_general(self) -> None:
        text = messages.sentence("no_such_code", "es", who="Ana")

        assert text.startswith("Algo impidió completar esto")
        assert "no_such_code" not in text

    @pytest.mark.parametrize(
        ("parameters", "text"),
        [
            ({}, "The order changed in the shop. Review again"),
            ({"what": "state"}, "The order's state changed in the shop. Review again"),
            (
                {"what": "total", "amount": "9.00", "currency": "EUR"},
                "The order changed: its total is now €9.00. Review again",
            ),
            (
                {"what": "refunded", "amount": "15.00", "currency": "EUR"},
                "The order changed: €15.00 already refunded. Review again",
            ),
            (
                {
                    "what": "total", "who": "Ana", "amount": "15.00", "currency": "EUR",
                    "at": "2026-11-22T09:38:00+00:00", "zone": "Europe/Madrid",
                },
                "The order changed: Ana already refunded €15.00 at 10:38. Review again",
            ),
        ],
    )  # fmt: skip
    def test_says_as_much_as_is_known(self, parameters: dict[str, str], text: str) -> None:
        assert messages.sentence("order_changed", "en", **parameters) == text

    def test_an_empty_parameter_is_not_known(self) -> None:
        assert messages.sentence("order_busy", "en", who="") == (
            "Somebody else is working on this order"
        )

    @pytest.mark.parametrize(
        ("left", "text"),
        [(1, "Queda 1 intento"), (2, "Quedan 2 intentos"), (0, "Quedan 0 intentos")],
    )
    def test_counts(self, left: int, text: str) -> None:
        assert text in messages.sentence("fact_wrong", "es", tries_left=left)

    def test_writes_money_in_the_language(self) -> None:
        left = Money(Decimal("34.50"), "EUR")

        assert "34,50\xa0€" in messages.sentence("amount_above_refundable", "es", left=left)
        assert "€34.50" in messages.sentence("amount_above_refundable", "en", left=left)

    def test_a_code_may_name_its_parameters_as_it_likes(self) -> None:
        assert messages.sentence("order_busy", "en", who="Ana", code="x", locale="y", key="z")


class TestLabels:
    @pytest.mark.parametrize("locale", messages.LOCALES)
    def test_every_state_of_the_domain_has_one(self, locale: str) -> None:
        wanted = [
            *("ui.pay." + state for state in get_args(PaymentState)),
            *("ui.ship." + state for state in get_args(FulfilmentState)),
            *("ui.parcel_state." + state for state in get_args(ShipmentState)),
            *("ui.match." + reason for reason in get_args(Reason)),
            *("ui.act." + state for state in STATES if state != "previewed"),
        ]
        for key in wanted:
            assert messages.label(key, locale)

    def test_all_that_the_panel_names_exist(self) -> None:
        sources = [*(ROOT / "ui").rglob("*.py"), *(ROOT / "ui" / "templates").glob("*.html")]
        for path in sources:
            for key in re.findall(r"['\"](ui\.[a-z_.]+[a-z])['\"]", path.read_text()):
                assert key in _keys("en"), f"{key} in {path.name}"

    def test_an_unknown_language_is_english(self) -> None:
        assert messages.labels("fr")("ui.act.refund") == "Refund"
        assert messages.labels("es-MX")("ui.act.refund") == "Reembolsar"

    def test_the_browser_may_choose_before_anybody_is_known(self) -> None:
        assert messages.best_locale(["fr", "es-AR", "en"]) == "es"
        assert messages.best_locale([]) == "en"


class TestMoney:
    @given(
        amount=st.decimals(min_value=-(10**9), max_value=10**9, places=3),
        currency=st.sampled_from(["EUR", "USD", "MXN", "JPY", "KWD", "BRL", "GBP", "ARS"]),
        locale=st.sampled_from(messages.LOCALES),
    )
    def test_is_written_as_babel_writes_it(
        self, amount: Decimal, currency: str, locale: str
    ) -> None:
        value = Money(amount, currency).rounded()

        written = messages.money(value, locale)

        expected = format_currency(abs(value.amount), currency, locale=locale)
        assert written == ("-" + expected if value.amount < 0 else expected)

    def test_a_currency_without_decimals_shows_none(self) -> None:
        assert messages.money(Money(Decimal(4200), "CLP"), "es") == "4.200\xa0CLP"


class TestTime:
    def test_is_told_in_the_zone(self) -> None:
        moment = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)

        assert messages.clock(moment, "Europe/Madrid") == "00:30"
        assert messages.day(moment, "es", "Europe/Madrid") == "23 nov 2026"
        assert messages.day(moment, "en", "America/Mexico_City") == "22 Nov 2026"

    def test_a_zone_nobody_knows_is_utc(self) -> None:
        moment = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)

        assert messages.clock(moment, "../../etc/passwd") == "09:05"


@cache
def _keys(locale: str) -> set[str]:
    ids = [entry.id for entry in _catalogue(locale) if entry.id]
    return {id if isinstance(id, str) else id[0] for id in ids}


def _holes(text: object) -> set[str]:
    return set(re.findall(r"{(\w+)}", str(text)))
