"""Which changes can be made on an order that is known: pure answers, by the name of the change."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from plugin.domain.orders import Order
from plugin.ports.store import Capability

from . import addressing, annotating, cancelling, discounting, mailing, refunding, replacing

ABILITIES: Mapping[str, Callable[[Order], Capability]] = {
    "address": addressing.capability,
    "cancel": cancelling.capability,
    "cancel_refund": cancelling.with_refund,
    "refund_credit": refunding.to_credit,
    "discount": discounting.capability,
    "replacement": replacing.capability,
    "note": annotating.on_order,
    "tags": annotating.on_order,
    "customer_note": annotating.on_customer,
    "customer_tags": annotating.on_customer,
    "note_to_customer": annotating.not_to_customer,
    "mail_text": mailing.own_text,
    "mail_choice": mailing.our_choice,
    "mail_invoice": mailing.invoice,
    "mail_details": mailing.details,
}
