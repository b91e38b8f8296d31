"""Province codes where this platform's are not those of ISO 3166-2 (Mexico, Peru)."""

from __future__ import annotations

from collections.abc import Mapping

_MEXICO = {
    "AGU": "AGS", "BCN": "BC", "BCS": "BCS", "CAM": "CAMP", "CHP": "CHIS", "CHH": "CHIH",
    "CMX": "DF", "COA": "COAH", "COL": "COL", "DUR": "DGO", "MEX": "MEX", "GUA": "GTO",
    "GRO": "GRO", "HID": "HGO", "JAL": "JAL", "MIC": "MICH", "MOR": "MOR", "NAY": "NAY",
    "NLE": "NL", "OAX": "OAX", "PUE": "PUE", "QUE": "QRO", "ROO": "Q ROO", "SLP": "SLP",
    "SIN": "SIN", "SON": "SON", "TAB": "TAB", "TAM": "TAMPS", "TLA": "TLAX", "VER": "VER",
    "YUC": "YUC", "ZAC": "ZAC",
}  # fmt: skip
_OWN: Mapping[str, Mapping[str, str]] = {"MX": _MEXICO}
_ISO = {country: {own: iso for iso, own in codes.items()} for country, codes in _OWN.items()}
_PREFIXED = ("PE",)


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
