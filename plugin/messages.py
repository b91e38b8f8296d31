"""Sentences and labels in the agent's language, from plain Babel catalogues; the locale is
always passed in, there is no global one.

A msgid is a key: an error's code ("order_busy"), or a label ("ui.total"). "order_busy+who" is the
form used when the parameter `who` is known; the longest form that fits wins. "order_changed.total"
is for the parameter what="total" as long as nobody is known. Parameters that are `Money` or
`datetime` (or ISO text named `at`) are written in the locale; `zone` is an IANA name.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency
from babel.support import Translations

from plugin.domain.money import Money, currency_digits

LOCALES = ("en", "es")
CATALOGUES = Path(__file__).parent / "locales"
DOMAIN = "mostrador"

_log = logging.getLogger(__name__)
_COUNTS = ("count", "tries_left")
_MONEY_TEXTS = ("amount", "left", "limit", "total")


def sentence(code: str, locale: str, /, **parameters: object) -> str:
    """The sentence of an error or result. An unknown code gives an honest general one and is
    logged, so that an agent never reads a code."""
    forms = _forms(known_locale(locale))
    if code not in forms:
        _log.warning("no sentence for code %r", code)
        code = "generic"
    special = f"{code}.{parameters.get('what', '')}"
    if special in forms and not parameters.get("who"):
        code = special
    return label(code, locale, **parameters)


def label(key: str, locale: str, /, **parameters: object) -> str:
    """The text of a key. Raises KeyError for one that is in no catalogue."""
    locale = known_locale(locale)
    known = _present(parameters)
    chosen = next(form for form, needs in _forms(locale)[key] if needs <= known.keys())
    catalogue = translations(locale)
    if (chosen, 0) in catalogue._catalog:
        count = next((known[name] for name in _COUNTS if name in known), 0)
        text = catalogue.ungettext(chosen, chosen, count if isinstance(count, int) else 0)
    else:
        text = catalogue.gettext(chosen)
    return text.format_map(_written(known, locale)) if "{" in text else text


def raw(key: str, locale: str, /) -> str:
    """The text of a key as it stands in the catalogue, nothing filled in."""
    return str(translations(known_locale(locale)).gettext(key))


def is_known(key: str, locale: str) -> bool:
    """Whether a catalogue has this key."""
    return key in _forms(known_locale(locale))


def has(key: str) -> bool:
    """Whether there is a text for a key that is made of names."""
    return key in _forms(LOCALES[0])


def to_owner(code: str, locale: str, /, **parameters: object) -> str:
    """The sentence of a connection that failed, for the one who can act: in words of its own where
    the usual ones speak to agents."""
    own = f"owner.{code}"
    return label(own, locale, **parameters) if has(own) else sentence(code, locale, **parameters)


def for_hosting(code: str, locale: str, /, **parameters: object) -> str:
    """A message to copy for those who run a shop's server, about a call of ours that failed.
    Known of it: method, path, time, agent, address, and status and words of the answer; `ours` is
    the name of the server that called."""
    forms = _forms(known_locale(locale))
    need = f"hosting.need.{code}" if f"hosting.need.{code}" in forms else "hosting.need"
    said = label("hosting.answer", locale, **parameters)
    return label(
        "hosting.message", locale, **parameters, answer=said,
        need=label(need, locale, **parameters),
    )  # fmt: skip


def labels(locale: str) -> Callable[..., str]:
    """`label` with the locale filled in; texts without parameters are looked up once."""
    return _labels(known_locale(locale))


def known_locale(locale: str) -> str:
    """ "es-MX" is "es"; a language we lack is English."""
    short = locale[:2].lower()
    return short if short in LOCALES else "en"


def best_locale(wanted: Iterable[str]) -> str:
    """The first wanted language (Accept-Language order) that we have, else English."""
    return next((tag[:2].lower() for tag in wanted if tag[:2].lower() in LOCALES), "en")


def money(value: Money, locale: str) -> str:
    """An amount as people of this language write it ("20,00 €", "€20.00")."""
    prefix, point, group, suffix, digits = _money_style(known_locale(locale), value.currency)
    text = f"{abs(value.rounded().amount):,.{digits}f}"
    whole, _, fraction = text.partition(".")
    written = whole.replace(",", group) + (point + fraction if fraction else "")
    return f"{'-' if value.amount < 0 else ''}{prefix}{written}{suffix}"


def clock(moment: datetime, zone: str = "") -> str:
    """Hours and minutes in a zone; 24 hours in both languages."""
    local = moment.astimezone(time_zone(zone))
    return f"{local.hour:02d}:{local.minute:02d}"


def day(moment: datetime, locale: str, zone: str = "") -> str:
    """A short date with its year ("4 nov 2026"), never relative to today."""
    local = moment.astimezone(time_zone(zone))
    return f"{local.day} {_months(known_locale(locale))[local.month]} {local.year}"


@lru_cache(maxsize=256)
def time_zone(name: str) -> ZoneInfo:
    """The zone, UTC for an empty or unknown name (a shop may store anything)."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


@lru_cache(maxsize=len(LOCALES))
def translations(locale: str) -> Translations:
    """The catalogues, a file a subject, compiled in memory from their .po: nothing to build,
    nothing to forget."""
    catalogue = Catalog(locale=locale, domain=DOMAIN)
    for file in sorted((CATALOGUES / locale / "LC_MESSAGES").glob("*.po")):
        with file.open("rb") as source:
            for message in read_po(source, locale=locale):
                catalogue[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, domain=DOMAIN)


@lru_cache(maxsize=len(LOCALES))
def _forms(locale: str) -> Mapping[str, list[tuple[str, frozenset[str]]]]:
    """Key -> its forms with the parameters each needs, the most demanding first."""
    forms: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for entry in translations(locale)._catalog:
        form = entry[0] if isinstance(entry, tuple) else entry
        key, _, needs = form.partition("+")
        needed = frozenset(needs.split(",")) if needs else frozenset()
        if form and (form, needed) not in forms.setdefault(key, []):
            forms[key].append((form, needed))
    for variants in forms.values():
        variants.sort(key=lambda variant: -len(variant[1]))
    return forms


def _present(parameters: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in parameters.items() if value not in (None, "")}


class _Blank(dict[str, str]):
    """A forgotten parameter shows as dots, not as an error in front of a customer."""

    def __missing__(self, key: str) -> str:
        _log.warning("a sentence lacks its parameter %r", key)
        return "…"


def _written(parameters: Mapping[str, object], locale: str) -> _Blank:
    zone = str(parameters.get("zone", ""))
    currency = str(parameters.get("currency", ""))
    return _Blank(
        {name: _one(name, value, locale, currency, zone) for name, value in parameters.items()}
    )


def _one(name: str, value: object, locale: str, currency: str, zone: str) -> str:
    if isinstance(value, Money):
        return money(value, locale)
    if isinstance(value, datetime):
        return clock(value, zone)
    if isinstance(value, str) and name == "at":
        return _clock_text(value, zone)
    if isinstance(value, str) and name in _MONEY_TEXTS and currency:
        return _money_text(value, currency, locale)
    return str(value)


def _clock_text(text: str, zone: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return clock(moment if moment.tzinfo else moment.replace(tzinfo=UTC), zone)


def _money_text(text: str, currency: str, locale: str) -> str:
    try:
        return money(Money(Decimal(text), currency), locale)
    except InvalidOperation:
        return text


@lru_cache(maxsize=256)
def _money_style(locale: str, currency: str) -> tuple[str, str, str, str, int]:
    """What stands before, the marks, what stands after, the digits; learnt from Babel once, as
    asking it each time costs 50 times more."""
    digits = currency_digits(currency)
    prefix, _, rest = format_currency(Decimal(1), currency, locale=locale).partition("1")
    suffix = rest.lstrip("0123456789.,")
    symbols = Locale.parse(locale).number_symbols["latn"]
    return prefix, symbols["decimal"], symbols["group"], suffix, digits


@lru_cache(maxsize=len(LOCALES))
def _months(locale: str) -> Mapping[int, str]:
    return dict(Locale.parse(locale).months["format"]["abbreviated"])


@lru_cache(maxsize=len(LOCALES))
def _labels(locale: str) -> Callable[..., str]:
    """Labels with one form are looked up once and filled in directly: the panel's hot path."""
    catalogue = translations(locale)
    simple = {
        key: catalogue.gettext(key)
        for key, forms in _forms(locale).items()
        if len(forms) == 1 and (key, 0) not in catalogue._catalog
    }

    def text(key: str, **parameters: object) -> str:
        known = simple.get(key)
        if known is None:
            return label(key, locale, **parameters)
        return known.format_map(parameters) if parameters else known

    return text
