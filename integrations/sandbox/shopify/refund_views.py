"""Payments, refunds and suggested refunds as the Admin API shows them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from integrations.sandbox.seed.shapes import Payment

from .amounts import ZERO
from .book import GATEWAYS, MANUAL, STORE_CREDIT, Book, gateway_title
from .connections import NOTHING, listed
from .goods_views import line, location
from .ids import gid
from .records import RefundedLine, RefundRecord, RefundTransaction
from .scene import Scene, View, money_bag, stamp
from .suggestion import Part, Suggestion


def payment(book: Book, item: Payment) -> View:
    """The `OrderTransaction` money came in by. Not paid yet: a promise (manual) or a hold."""
    manual = item.method in MANUAL
    held = item.paid_at is None and not manual
    refunded = item.amount - book.refundable_of(item) if item.paid_at else ZERO
    return {
        **_transaction(book, item, item.amount),
        "id": gid("OrderTransaction", item.id),
        "kind": "AUTHORIZATION" if held else "SALE",
        "status": "SUCCESS" if item.paid_at or held else "PENDING",
        "errorCode": None,
        "createdAt": stamp(item.paid_at or book.order.placed_at),
        "processedAt": stamp(item.paid_at or book.order.placed_at),
        "parentTransaction": None,
        "totalUnsettledSet": money_bag(book, item.amount - refunded),
    }


def _transaction(book: Book, item: Payment, amount: Decimal) -> View:
    return {
        "gateway": GATEWAYS[item.method],
        "formattedGateway": gateway_title(item),
        "accountNumber": f"•••• •••• •••• {item.last4}" if item.last4 else None,
        "test": False,
        "manualPaymentGateway": item.method in MANUAL,
        "multiCapturable": False,
        "paymentId": f"{book.order.name}.{item.id}",
        "authorizationCode": None,
        "amountSet": money_bag(book, amount),
    }


def transaction(book: Book, record: RefundRecord, item: RefundTransaction) -> View:
    """The `OrderTransaction` money goes back by; store credit has no payment before it."""
    parent = book.payment(item.parent_id) if item.parent_id else None
    if parent is None and item.parent_id:
        raise LookupError(f"refund {record.id} names no payment of its order")
    way = _transaction(book, parent, item.amount) if parent else _credited(book, item.amount)
    return {
        **way,
        "id": gid("OrderTransaction", item.id),
        "kind": "REFUND",
        "status": item.status,
        "errorCode": "PROCESSING_ERROR" if item.status == "FAILURE" else None,
        "createdAt": stamp(record.created_at),
        "processedAt": stamp(record.created_at),
        "parentTransaction": parent and payment(book, parent),
    }


def _credited(book: Book, amount: Decimal) -> View:
    return {
        "gateway": STORE_CREDIT,
        "formattedGateway": "Store credit",
        "accountNumber": None,
        "test": False,
        "manualPaymentGateway": False,
        "multiCapturable": False,
        "paymentId": None,
        "authorizationCode": None,
        "amountSet": money_bag(book, amount),
        "totalUnsettledSet": money_bag(book, ZERO),
    }


def transactions(book: Book) -> list[View]:
    """All of an order, oldest first."""
    sent = [(record, item) for record in book.refunds for item in record.transactions]
    came = [payment(book, item) for item in book.order.payments]
    return came + [transaction(book, record, item) for record, item in sent]


def refund(scene: Scene, book: Book, record: RefundRecord, order: Any) -> View:
    """A `Refund`; `order` is the view (or its function) it belongs to."""
    return {
        "id": gid("Refund", record.id),
        "legacyResourceId": str(record.id),
        "createdAt": stamp(record.created_at),
        "processedAt": stamp(record.created_at),
        "updatedAt": stamp(record.created_at),
        "note": record.note or None,
        "order": order,
        "duties": None,
        "return": None,
        "totalRefundedSet": money_bag(book, record.total),
        "refundLineItems": listed(
            record.lines, lambda item: _line(scene, book, item, restocked=True)
        ),
        "refundShippingLines": listed(
            [record] if record.shipping else [], lambda item: _shipping_line(book, item)
        ),
        "orderAdjustments": NOTHING,
        "transactions": listed(record.transactions, lambda item: transaction(book, record, item)),
    }


def _line(scene: Scene, book: Book, item: RefundedLine, *, restocked: bool) -> View:
    ordered = book.line(item.line_id)
    if ordered is None:
        raise LookupError(f"order {book.order.id} has no line {item.line_id}")
    place = scene.world.locations.get(item.location_id)
    return {
        "id": gid("RefundLineItem", item.line_id) if restocked else None,
        "quantity": item.quantity,
        "restockType": item.restock,
        "restocked": restocked and item.restock != "NO_RESTOCK",
        "location": place and location(place),
        "lineItem": lambda _info, **_: line(scene, book, ordered),
        "priceSet": money_bag(book, item.subtotal / item.quantity),
        "subtotalSet": money_bag(book, item.subtotal),
        "totalTaxSet": money_bag(book, item.tax),
    }


def _shipping_line(book: Book, record: RefundRecord) -> View:
    delivery = book.order.delivery
    return {
        "id": gid("RefundShippingLine", record.id),
        "shippingLine": {"id": gid("ShippingLine", delivery.id), "title": delivery.title},
        "subtotalAmountSet": money_bag(book, record.shipping),
        "taxAmountSet": money_bag(book, record.shipping_tax),
    }


def suggested(scene: Scene, found: Suggestion, *, credit: bool) -> View:
    """A `SuggestedRefund`; its `shipping.amountSet` follows the order's tax convention. `credit`:
    all of it as store credit, where the shop can."""
    book = found.book
    gross = found.subtotal + found.discount
    return {
        "amountSet": money_bag(book, found.amount),
        "subtotalSet": money_bag(book, found.subtotal),
        "discountedSubtotalSet": money_bag(book, found.subtotal),
        "totalCartDiscountAmountSet": money_bag(book, gross - found.subtotal),
        "totalTaxSet": money_bag(book, found.tax),
        "totalDutiesSet": money_bag(book, ZERO),
        "maximumRefundableSet": money_bag(book, book.refundable),
        "shipping": {
            "amountSet": money_bag(book, found.shipping),
            "taxSet": money_bag(book, found.shipping_tax),
            "maximumRefundableSet": money_bag(book, book.shipping_left),
        },
        "refundLineItems": [_line(scene, book, item, restocked=False) for item in found.lines],
        "refundDuties": [],
        "suggestedTransactions": [
            _suggested_part(book, part) for part in (() if credit else found.parts)
        ],
        "suggestedRefundMethods": [_suggested_credit(found)] if credit else [],
    }


def _suggested_credit(found: Suggestion) -> View:
    return {
        "__typename": "SuggestedStoreCreditRefund",
        "amount": money_bag(found.book, found.amount),
        "maximumRefundable": money_bag(found.book, found.book.refundable),
        "expiresAt": None,
    }


def _suggested_part(book: Book, part: Part) -> View:
    return {
        "kind": "SUGGESTED_REFUND",
        "gateway": GATEWAYS[part.payment.method],
        "formattedGateway": gateway_title(part.payment),
        "accountNumber": _transaction(book, part.payment, part.amount)["accountNumber"],
        "amountSet": money_bag(book, part.amount),
        "maximumRefundableSet": money_bag(book, part.maximum),
        "parentTransaction": payment(book, part.payment),
        "paymentDetails": None,
    }
