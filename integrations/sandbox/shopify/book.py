"""An order as it stands: what was ordered, paid and sent, less what was refunded since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from integrations.sandbox.seed.shapes import Line, Order, Payment

from .amounts import ZERO, units_share
from .records import RefundedLine, RefundRecord

MANUAL = frozenset({"cod", "bank_transfer"})
GATEWAYS = {
    "card": "shopify_payments",
    "gift_card": "gift_card",
    "paypal": "paypal",
    "cod": "Cash on Delivery (COD)",
    "bank_transfer": "Bank Deposit",
}
STORE_CREDIT = "shopify_store_credit"
GATEWAY_TITLES = {"card": "Shopify Payments", "gift_card": "Gift card", "paypal": "PayPal Express"}


def gateway_title(payment: Payment) -> str:
    return GATEWAY_TITLES.get(payment.method, GATEWAYS[payment.method])


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """One order with its refunds, oldest first. Immutable: a change makes a new one."""

    order: Order
    refunds: tuple[RefundRecord, ...]

    # -- goods

    def line(self, line_id: int) -> Line | None:
        return next((line for line in self.order.lines if line.id == line_id), None)

    def refunded_lines(self, line: Line) -> Iterator[RefundedLine]:
        for refund in self.refunds:
            yield from (item for item in refund.lines if item.line_id == line.id)

    def refunded_units(self, line: Line) -> int:
        return sum(item.quantity for item in self.refunded_lines(line))

    def refundable_units(self, line: Line) -> int:
        return line.quantity - self.refunded_units(line)

    def sent_units(self, line: Line) -> int:
        return sum(
            item.quantity
            for shipment in self.order.shipments
            for item in shipment.lines
            if item.line_id == line.id
        )

    def unsent_units(self, line: Line) -> int:
        """Units still to be sent; refunded ones that were not returned are sent no more."""
        gone = sum(i.quantity for i in self.refunded_lines(line) if i.restock != "RETURN")
        return max(0, line.quantity - self.sent_units(line) - gone)

    def returnable_units(self, line: Line) -> int:
        """Units that were sent and have not come back."""
        return max(0, self.refundable_units(line) - self.unsent_units(line))

    def remaining(self, line: Line, total: Decimal) -> Decimal:
        """The part of a line's amount that belongs to the units not refunded."""
        before = self.refunded_units(line)
        left = line.quantity - before
        return units_share(total, line.quantity, before, left, self.order.currency)

    # -- money

    @property
    def refunded(self) -> Decimal:
        return sum((refund.total for refund in self.refunds), ZERO)

    @property
    def refundable(self) -> Decimal:
        """What became store credit cannot come back by a payment as well."""
        by_payment = sum((self.refundable_of(payment) for payment in self.order.payments), ZERO)
        return min(by_payment, self.order.paid - self.refunded)

    def refundable_of(self, payment: Payment) -> Decimal:
        """What one payment can still give back: 0 before money came in."""
        if payment.paid_at is None:
            return ZERO
        sent = (
            item.amount
            for refund in self.refunds
            for item in refund.transactions
            if item.parent_id == payment.id and item.status != "FAILURE"
        )
        return payment.amount - sum(sent, ZERO)

    def payment(self, payment_id: int) -> Payment | None:
        return next((item for item in self.order.payments if item.id == payment_id), None)

    @property
    def shipping_refunded(self) -> Decimal:
        return sum((refund.shipping for refund in self.refunds), ZERO)

    @property
    def shipping_left(self) -> Decimal:
        return self.order.delivery.price - self.shipping_refunded

    @property
    def shipping_tax_left(self) -> Decimal:
        return self.order.delivery.tax - sum((r.shipping_tax for r in self.refunds), ZERO)

    @property
    def current_subtotal(self) -> Decimal:
        return sum((self.remaining(line, line.total) for line in self.order.lines), ZERO)

    @property
    def current_tax(self) -> Decimal:
        lines = (self.remaining(line, line.tax) for line in self.order.lines)
        return sum(lines, self.shipping_tax_left)

    @property
    def current_total(self) -> Decimal:
        """After refunds; a refund of an amount alone counts too (an order adjustment)."""
        return max(ZERO, self.order.total - self.refunded)

    # -- states

    @property
    def updated_at(self) -> datetime:
        return max([self.order.updated_at, *(refund.created_at for refund in self.refunds)])

    @property
    def financial_status(self) -> str:
        order = self.order
        if not order.paid:
            return self._unpaid_status if order.total else "PAID"
        if self.refunded >= order.paid:
            return "REFUNDED"
        if self.refunded:
            return "PARTIALLY_REFUNDED"
        return "PARTIALLY_PAID" if order.paid < order.total else "PAID"

    @property
    def _unpaid_status(self) -> str:
        if self.order.cancelled_at:
            return "VOIDED"
        held = any(payment.method not in MANUAL for payment in self.order.payments)
        return "AUTHORIZED" if held else "PENDING"

    @property
    def fulfilment_status(self) -> str:
        sent = sum(self.sent_units(line) for line in self.order.lines)
        if not sent:
            return "UNFULFILLED"
        waiting = sum(self.unsent_units(line) for line in self.order.lines)
        return "PARTIALLY_FULFILLED" if waiting else "FULFILLED"
