"""`refundCreate`: checks like Shopify, moves the money, commits in one moment.

Payments are asked in the order given. If none gives, nothing is recorded and the gateway's words
come back as a userError; if some did, the refund is true and the others show as FAILURE.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from integrations.sandbox.seed.shapes import SHOP_CURRENCY, Payment

from .amounts import ZERO, rounded, text
from .book import GATEWAYS, MANUAL, Book
from .gateway import Answer, Gateway
from .ids import number
from .records import RefundedLine, RefundRecord, RefundTransaction
from .suggestion import (
    Refused,
    Wish,
    check_units,
    refunded_lines,
    shipping_tax,
    store_credit_obstacle,
    wishes,
)
from .world import World

Input = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A checked input: what will be recorded once the money has moved. `credit` goes to the
    customer's store credit."""

    book: Book
    note: str
    lines: tuple[RefundedLine, ...]
    shipping: Decimal
    shipping_tax: Decimal
    payouts: tuple[tuple[Payment, Decimal], ...]
    credit: Decimal = ZERO


def checked(world: World, data: Input) -> Intent:
    """Raises Refused."""
    book = world.book(number(data["orderId"], "Order"))
    if book is None:
        raise Refused("Order does not exist", "orderId")
    _check_form(book, data)
    asked = wishes(world, book, data.get("refundLineItems") or [])
    _check_restock(book, asked)
    shipping = _shipping(book, data.get("shipping") or {})
    payouts, credit = _payouts(book, data), _credit(world, book, data)
    if sum((amount for _, amount in payouts), credit) > book.refundable:
        raise Refused("Refund amount cannot be more than the amount paid", "transactions")
    if not asked and not shipping and not payouts and not credit:
        raise Refused("Refund must include line items, shipping or transactions")
    return Intent(
        book=book,
        note=data.get("note") or "",
        lines=tuple(refunded_lines(world, book, asked, settle=False)),
        shipping=shipping,
        shipping_tax=shipping_tax(book, shipping) if shipping else ZERO,
        payouts=payouts,
        credit=credit,
    )


def _check_form(book: Book, data: Input) -> None:
    order, currency = book.order, data.get("currency")
    if currency is None and order.currency != SHOP_CURRENCY:
        raise Refused("Currency is required for orders with multiple currencies", "currency")
    if currency is not None and currency != order.currency:
        raise Refused("Currency must be the presentment currency of the order", "currency")
    if data.get("refundDuties"):
        raise Refused("The order has no duties", "refundDuties")


def _check_restock(book: Book, asked: Sequence[Wish]) -> None:
    check_units(book, asked)
    for index, wish in enumerate(asked):
        at = ("refundLineItems", str(index))
        moved = wish.restock in ("RETURN", "CANCEL")
        if moved and wish.location is None:
            raise Refused("Location is required to restock items", *at, "locationId")
        if not moved and wish.location is not None:
            raise Refused("Location must be blank if the item isn't restocked", *at, "locationId")
        if wish.restock == "RETURN" and wish.quantity > book.returnable_units(wish.line):
            raise Refused("Quantity cannot return more than fulfilled items", *at, "quantity")


def _shipping(book: Book, data: Input) -> Decimal:
    if data.get("fullRefund"):
        return book.shipping_left
    amount = _amount(data.get("amount") or "0", book.order.currency, "shipping", "amount")
    if amount < 0 or amount > book.shipping_left:
        raise Refused(
            f"Shipping amount cannot be more than {text(book.shipping_left)}", "shipping", "amount"
        )
    return amount


def _payouts(book: Book, data: Input) -> tuple[tuple[Payment, Decimal], ...]:
    left: dict[int, Decimal] = {}
    payouts = []
    for index, item in enumerate(data.get("transactions") or []):
        payment, amount = _payout(book, item, ("transactions", str(index)))
        left.setdefault(payment.id, book.refundable_of(payment))
        left[payment.id] -= amount
        if left[payment.id] < 0:
            raise Refused(
                f"Refund amount {text(amount)} is greater than the amount that can be refunded"
                f" ({text(left[payment.id] + amount)} {book.order.currency})",
                *("transactions", str(index), "amount"),
            )
        payouts.append((payment, amount))
    return tuple(payouts)


def _credit(world: World, book: Book, data: Input) -> Decimal:
    """Of `refundMethods`, each of which is a store credit."""
    credit = ZERO
    for index, item in enumerate(data.get("refundMethods") or []):
        at = ("refundMethods", str(index), "storeCreditRefund", "amount")
        obstacle = store_credit_obstacle(world, book)
        if obstacle:
            raise Refused(obstacle, "refundMethods")
        given = item["storeCreditRefund"]["amount"]
        if given["currencyCode"] != book.order.currency:
            raise Refused("Currency must be the presentment currency of the order", *at)
        amount = _amount(given["amount"], book.order.currency, *at)
        if amount <= 0:
            raise Refused("Amount must be greater than 0", *at)
        credit += amount
    return credit


def _payout(book: Book, item: Input, at: tuple[str, ...]) -> tuple[Payment, Decimal]:
    if number(item["orderId"], "Order") != book.order.id:
        raise Refused("Transaction does not belong to the order", *at, "orderId")
    if item["kind"] != "REFUND":
        raise Refused("Kind must be refund", *at, "kind")
    payment = book.payment(number(item.get("parentId") or "", "OrderTransaction"))
    if payment is None or payment.paid_at is None:
        raise Refused("Parent transaction must be a successful sale or capture", *at, "parentId")
    if item["gateway"] != GATEWAYS[payment.method]:
        raise Refused("Gateway does not match the parent transaction", *at, "gateway")
    amount = _amount(item["amount"], book.order.currency, *at, "amount")
    if amount <= 0:
        raise Refused("Amount must be greater than 0", *at, "amount")
    return payment, amount


def _amount(given: str, currency: str, *at: str) -> Decimal:
    amount = Decimal(str(given))
    if amount != rounded(amount, currency):
        raise Refused(f"Amount has too many decimals for {currency}", *at)
    return amount


def perform(
    world: World, gateway: Gateway, intent: Intent, key: str = "", fingerprint: str = ""
) -> RefundRecord:
    """Moves the money and commits. Raises Refused if no payment gave anything. Store credit is
    the shop's own money: no gateway hears of it."""
    sent = [_send(world, gateway, intent.book, *payout) for payout in intent.payouts]
    if sent and all(item.status == "FAILURE" for item, _ in sent):
        raise Refused("; ".join(message for _, message in sent), "transactions")
    if intent.credit:
        credited = RefundTransaction(
            id=world.new_id(), parent_id=0, status="SUCCESS", amount=intent.credit
        )
        sent.append((credited, ""))
    record = RefundRecord(
        id=world.new_id(),
        order_id=intent.book.order.id,
        created_at=max(world.now(), intent.book.updated_at),
        note=intent.note,
        lines=intent.lines,
        shipping=intent.shipping,
        shipping_tax=intent.shipping_tax,
        transactions=tuple(item for item, _ in sent),
    )
    world.commit(record, key, {"fingerprint": fingerprint, "refund": record.id})
    return record


def _send(
    world: World, gateway: Gateway, book: Book, payment: Payment, amount: Decimal
) -> tuple[RefundTransaction, str]:
    """Money by hand (cash, transfer) is written down only: nothing leaves by API."""
    answer = Answer("SUCCESS")
    if payment.method not in MANUAL:
        answer = gateway.refund(book.order.id, payment.id, amount, book.order.currency)
    transaction = RefundTransaction(
        id=world.new_id(), parent_id=payment.id, status=answer.status, amount=amount
    )
    return transaction, answer.message


def refund_elsewhere(
    world: World, gateway: Gateway, order_id: int, amount: Decimal
) -> RefundRecord:
    """A refund of an amount made by somebody in the shop's admin. Raises Refused."""
    with world.order_lock(order_id):
        book = world.book(order_id)
        if book is None:
            raise Refused("Order does not exist", "order")
        if amount <= 0 or amount > book.refundable:
            raise Refused(f"Only {text(book.refundable)} can be refunded", "amount")
        payouts, left = [], _amount(str(amount), book.order.currency, "amount")
        for payment in book.order.payments:
            given = min(left, book.refundable_of(payment))
            left -= given
            if given:
                payouts.append((payment, given))
        intent = Intent(
            book=book,
            note="Refunded in the admin",
            lines=(),
            shipping=ZERO,
            shipping_tax=ZERO,
            payouts=tuple(payouts),
        )
        return perform(world, gateway, intent)
