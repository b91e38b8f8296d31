"""Which mails of an order the shop can send once more. Pure."""

from __future__ import annotations

from plugin.domain.orders import Order
from plugin.ports.store import Capability


def invoice(order: Order) -> Capability:
    reason = "" if order.email else "mail_no_address"
    return Capability(name="mail_invoice", available=not reason, reason=reason)


def own_text(_order: Order) -> Capability:
    return Capability(name="mail_text", available=True)


def our_choice(_order: Order) -> Capability:
    """Refunds and cancellations say themselves whether the customer is mailed."""
    return Capability(name="mail_choice", available=True)


def details(_order: Order) -> Capability:
    """There is no way to send an order's confirmation again."""
    return Capability(name="mail_details", available=False, reason="mail_only_invoice")
