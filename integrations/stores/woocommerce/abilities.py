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
    "refund_credit": refunding.no_credit,
    "discount": discounting.capability,
    "replacement": replacing.capability,
    "note": annotating.on_order,
    "tags": annotating.no_tags,
    "customer_note": annotating.no_customer_note,
    "customer_tags": annotating.no_tags,
    "note_to_customer": annotating.to_customer,
    "mail_text": mailing.no_text,
    "mail_choice": mailing.no_choice,
    "mail_invoice": mailing.invoice,
    "mail_details": mailing.details,
}
