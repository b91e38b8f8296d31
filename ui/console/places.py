"""Countries and time zones to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from zoneinfo import available_timezones

from babel import Locale
from phonenumbers import SUPPORTED_REGIONS

_REGIONS = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/",
            "Pacific/")  # fmt: skip


@cache
def countries(locale: str) -> Sequence[tuple[str, str]]:
    """(code, name in the locale), by name."""
    names = Locale.parse(locale).territories
    known = ((code, names.get(code, code)) for code in SUPPORTED_REGIONS)
    return sorted(known, key=lambda pair: _letters(pair[1]))


@cache
def zones() -> Sequence[str]:
    """Those named for a place, and UTC."""
    return ["UTC", *sorted(zone for zone in available_timezones() if zone.startswith(_REGIONS))]


def _letters(text: str) -> str:
    return text.translate(str.maketrans("ÁÉÍÓÚÅÖÜáéíóúåöüñç", "AEIOUAOUaeiouaounc")).casefold()
