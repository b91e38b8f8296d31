"""Which mails of an order the shop can send once more. Pure."""

from __future__ import annotations

from plugin.domain.orders import Order
from plugin.ports.store import Capability

SINCE = (9, 5)


def details(order: Order) -> Capability:
    """The shop's version is looked at when it comes to it."""
    reason = "" if order.email else "mail_no_address"
    return Capability(name="mail_details", available=not reason, reason=reason)


def no_text(_order: Order) -> Capability:
    return Capability(name="mail_text", available=False, reason="mail_text_unsupported")


def no_choice(_order: Order) -> Capability:
    """Its own settings say which mails it sends about refunds and cancellations."""
    return Capability(name="mail_choice", available=False, reason="mail_shop_decides")


def invoice(_order: Order) -> Capability:
    return Capability(name="mail_invoice", available=False, reason="mail_only_details")


def is_new_enough(version: str) -> bool:
    """ "9.5.0-beta.1" is. False for what is no version."""
    parts = version.split(".")[:2]
    numbers = [int(part) for part in parts if part.isascii() and part.isdigit()]
    return len(numbers) == len(SINCE) and tuple(numbers) >= SINCE
