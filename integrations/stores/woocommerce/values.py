"""The small pieces every mapping needs: texts, amounts, times. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlsplit

from plugin.domain.money import Money, currency_digits

from .payloads import MetaPayload

REFERENCE_KEY = "_mostrador_reference"
_REFERENCE = re.compile(r"\[(M-[A-Z]{8})\]\s*$")
_WHOLE_REFERENCE = re.compile(r"M-[A-Z]{8}")
_TAG = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]*>", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def clean(text: str | None) -> str:
    """Plain text out of what may be HTML: tags off, entities read once, no control characters.
    Still hostile: whoever shows it escapes it."""
    return _CONTROL.sub("", html.unescape(_TAG.sub("", text or ""))).strip()


def amount(text: str | None) -> Decimal:
    """ "12.50" or "-2.08"; "" and "-" (no amount) are zero. Raises ArithmeticError."""
    bare = (text or "").strip()
    return Decimal(bare) if bare not in ("", "-") else Decimal(0)


def money(text: str | None, currency: str) -> Money:
    return Money(amount(text), currency)


def places(text: str) -> int:
    """How many decimals the shop writes: a setting of its own, not the currency's."""
    return len(text.partition(".")[2])


def wire_text(value: Money) -> str:
    """An amount as the API reads it: a dot, the currency's digits, more only where the shop has
    more. Never a comma: "0,50" would be stored as fifty."""
    digits = max(currency_digits(value.currency), _exact_places(value.amount))
    return f"{value.amount:.{digits}f}"


def _exact_places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def moment(text: str) -> datetime:
    """A `_gmt` field: UTC, written without a zone. Raises ValueError."""
    value = datetime.fromisoformat(text)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def maybe_moment(text: str | None) -> datetime | None:
    return moment(text) if text else None


def latest(*texts: str | None) -> datetime:
    """The last of these moments; the beginning of time where none is said."""
    return max((moment(text) for text in texts if text), default=datetime.fromtimestamp(0, UTC))


def web_url(text: object) -> str:
    """An http(s) address as the shop stored it, else empty."""
    address = text.strip() if isinstance(text, str) else ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in ("http", "https") and parts.netloc else ""


def meta(entries: Iterable[MetaPayload], key: str) -> object:
    """The value under a key, None without one."""
    return next((entry["value"] for entry in entries if entry["key"] == key), None)


def joined_reason(reason: str, reference: str) -> str:
    """What `split_reason` takes apart."""
    return f"{reason.strip()} [{reference}]".strip()


def split_reason(reason: str) -> tuple[str, str]:
    """A refund's reason as (text, our reference); the reference is empty if not ours."""
    match = _REFERENCE.search(reason)
    return (reason[: match.start()], match.group(1)) if match else (reason, "")


def reference_of(reason: str, entries: Iterable[MetaPayload]) -> str:
    """Our mark. The reason is stored before the gateway is asked, the metadata only after."""
    found = meta(entries, REFERENCE_KEY)
    if isinstance(found, str) and _WHOLE_REFERENCE.fullmatch(found):
        return found
    return split_reason(reason)[1]


def mark_key(reference: str) -> str:
    """The key of our mark on an order that was changed. Each change has its own, as an order may
    see several; it is written in the same call as the change."""
    return f"_mostrador_{reference}"


def mark(reference: str, what: str) -> Mapping[str, object]:
    """An entry of `meta_data`."""
    return {"key": mark_key(reference), "value": what}
