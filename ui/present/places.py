"""Addresses as lines, and what time it is where the customer is."""

from __future__ import annotations

from datetime import datetime
from functools import cache, lru_cache

import phonenumbers
from babel import Locale, UnknownLocaleError
from babel.core import get_global
from phonenumbers import NumberParseException, timezone

from plugin import messages
from plugin.actions.places import rules_of
from plugin.domain.people import Address

_SPAIN_BY_POSTCODE = {"35": "Atlantic/Canary", "38": "Atlantic/Canary"}
_UNKNOWN = "Etc/Unknown"


def address_lines(address: Address | None, locale: str) -> tuple[str, ...]:
    """An address as it is read aloud, line by line; empty parts leave no line."""
    if address is None:
        return ()
    town = " ".join(part for part in (address.postcode, address.city) if part)
    province = _province(address)
    province = province if province.casefold() != address.city.casefold() else ""
    area = ", ".join(part for part in (province, country_name(address.country, locale)) if part)
    lines = (address.name, address.company, address.line1, address.line2, town, area, address.phone)
    return tuple(line for line in lines if line)


def _province(address: Address) -> str:
    """Its name; some shops know only its code."""
    rules = rules_of(address.country)
    return (rules.province_name(address.province_code) if rules else "") or address.province


@lru_cache(maxsize=1024)
def country_name(code: str, locale: str) -> str:
    """The country in the agent's language; the code itself if nobody knows it."""
    known = Locale.parse(messages.known_locale(locale)).territories
    return str(known.get(code.upper(), code))


@lru_cache(maxsize=512)
def language_name(tag: str, locale: str) -> str:
    """ "pt-BR" as "portugués" or "Portuguese"; "" for what is no language."""
    try:
        language = Locale.parse(tag.replace("_", "-").split("-")[0]).language
    except (UnknownLocaleError, ValueError):
        return ""
    return str(Locale.parse(messages.known_locale(locale)).languages.get(language, ""))


def local_zone(phone: str, address: Address | None, now: datetime) -> str:
    """The customer's zone if phone or address leaves one clock possible, else ""."""
    country = address.country.upper() if address else ""
    postcode = address.postcode.strip() if address else ""
    for zones in (
        _zones_of_phone(phone, country),
        _zones_of_place(country, postcode),
    ):
        offsets = {now.astimezone(messages.time_zone(zone)).utcoffset() for zone in zones}
        if len(offsets) == 1:
            return zones[0]
    return ""


@lru_cache(maxsize=4096)
def _zones_of_phone(phone: str, country: str) -> tuple[str, ...]:
    try:
        number = phonenumbers.parse(phone, country or None)
    except NumberParseException:
        return ()
    zones = timezone.time_zones_for_number(number)
    return tuple(zone for zone in zones if zone != _UNKNOWN)


def _zones_of_place(country: str, postcode: str) -> tuple[str, ...]:
    if country == "ES" and postcode:
        return (_SPAIN_BY_POSTCODE.get(postcode[:2], "Europe/Madrid"),)
    return _zones_by_country().get(country, ())


@cache
def _zones_by_country() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for zone, country in sorted(get_global("zone_territories").items()):
        found[country] = (*found.get(country, ()), zone)
    return found
