"""Province codes where this platform's are not those of ISO 3166-2 (its i18n/states.php)."""

from __future__ import annotations

from collections.abc import Mapping

_MEXICO = {
    "AGU": "AG", "BCN": "BC", "BCS": "BS", "CAM": "CM", "CHP": "CS", "CHH": "CH", "CMX": "DF",
    "COA": "CO", "COL": "CL", "DUR": "DG", "MEX": "MX", "GUA": "GT", "GRO": "GR", "HID": "HG",
    "JAL": "JA", "MIC": "MI", "MOR": "MO", "NAY": "NA", "NLE": "NL", "OAX": "OA", "PUE": "PU",
    "QUE": "QT", "ROO": "QR", "SLP": "SL", "SIN": "SI", "SON": "SO", "TAB": "TB", "TAM": "TM",
    "TLA": "TL", "VER": "VE", "YUC": "YU", "ZAC": "ZA",
}  # fmt: skip
_OWN: Mapping[str, Mapping[str, str]] = {"MX": _MEXICO}
_ISO = {country: {own: iso for iso, own in codes.items()} for country, codes in _OWN.items()}
_PREFIXED = ("CL", "CO")


def own_code(country: str, iso: str) -> str:
    """What the platform calls a province; a code that is not ISO's stays as it is."""
    if country in _PREFIXED and iso and not iso.startswith(f"{country}-"):
        return f"{country}-{iso}"
    return _OWN.get(country, {}).get(iso, iso)


def iso_code(country: str, own: str) -> str:
    """The other way round."""
    if country in _PREFIXED:
        return own.removeprefix(f"{country}-")
    return _ISO.get(country, {}).get(own, own)
