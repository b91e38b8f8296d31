"""The small pieces every mapping needs: ids, money, times, texts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlsplit

from plugin.domain.money import Money

from .payloads import AllocationPayload, Bag, MoneyV2, TaxPayload

# what needs no closer look: most of an order's addresses
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9.-]+(/|$)")
_REFERENCE = re.compile(r"\[(M-[A-Z]{8})\]\s*$")


def ref(gid: str) -> str:
    """Our reference: the number at the end of "gid://shopify/Order/1"."""
    return gid.rpartition("/")[2].partition("?")[0]


def gid(kind: str, reference: str) -> str:
    """The inverse, "" for what cannot be an id (it is never sent then)."""
    whole = reference.isascii() and reference.isdigit()
    return f"gid://shopify/{kind}/{reference}" if whole else ""


def money(value: MoneyV2) -> Money:
    """Exact, and as many digits as the currency has."""
    return _money(value["amount"], value["currencyCode"])


@lru_cache(maxsize=4096)
def _money(amount: str, currency: str) -> Money:
    """The same few amounts come again and again, and cannot be changed."""
    return Money.of(amount, currency).rounded()


def paid_money(bag: Bag) -> Money:
    """The amount in the currency the customer paid."""
    return money(bag["presentmentMoney"])


def taxes(lines: Iterable[TaxPayload], currency: str) -> Money:
    amount = Money.zero(currency)
    for line in lines:
        amount = amount + paid_money(line["priceSet"])
    return amount


def allocated(allocations: Iterable[AllocationPayload], currency: str) -> Money:
    amount = Money.zero(currency)
    for allocation in allocations:
        amount = amount + paid_money(allocation["allocatedAmountSet"])
    return amount


def moment(text: str) -> datetime:
    """Aware UTC. Raises ValueError for a text that is no time or has no zone."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError("a time without a zone")
    return value.astimezone(UTC)


def maybe_moment(text: str | None) -> datetime | None:
    return moment(text) if text else None


def web_url(text: str | None) -> str:
    """An http(s) address as the shop stored it, else empty."""
    address = (text or "").strip()
    if _PLAIN_URL.match(address):
        return address
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in ("http", "https") and parts.netloc else ""


def split_note(note: str | None) -> tuple[str, str]:
    """A refund's note as (reason, our reference); the reference is empty if not ours."""
    text = (note or "").strip()
    match = _REFERENCE.search(text)
    return (text[: match.start()].strip(), match.group(1)) if match else (text, "")


def joined_note(reason: str, reference: str) -> str:
    """What `split_note` takes apart."""
    return f"{reason.strip()} [{reference}]".strip()
