"""Orders and the customers who placed them."""

from __future__ import annotations

from decimal import Decimal

from integrations.sandbox.seed.shapes import (
    SHOP_CURRENCY,
    Order,
    Person,
    Shipment,
    ShipmentLine,
)

from . import waiting
from .amounts import ZERO, money
from .book import GATEWAYS, Book
from .connections import NOTHING, listed, page
from .goods_views import discount, line, tax_lines
from .ids import gid
from .refund_views import refund, transactions
from .scene import Scene, View, address, international, money_bag, stamp

_SHIPMENTS = {
    "shipped": "FULFILLED",
    "in_transit": "IN_TRANSIT",
    "out_for_delivery": "OUT_FOR_DELIVERY",
    "delivered": "DELIVERED",
}


def order(scene: Scene, book: Book) -> View:
    return {
        **_identity(book.order),
        **_states(scene, book),
        **_money(book),
        **_nested(scene, book),
        **_cancelled(scene, book.order),
        "updatedAt": stamp(book.updated_at),
        "statusPageUrl": lambda _info, **_: (
            f"https://tienda-azul.example/orders/{book.order.number * 7919}"
        ),
    }


def _identity(item: Order) -> View:
    return {
        "id": gid("Order", item.id),
        "legacyResourceId": str(item.id),
        "name": item.name,
        "number": item.number,
        "confirmationNumber": f"TA{item.number * 7919:X}",
        "email": item.email or None,
        "phone": international(item.phone, item.shipping.country) or None,
        "note": item.note or None,
        "tags": list(item.tags),
        "customAttributes": [],
        "poNumber": None,
        "customerLocale": item.locale,
        "createdAt": stamp(item.placed_at),
        "processedAt": stamp(item.placed_at),
        "closedAt": None,
        "cancelledAt": stamp(item.cancelled_at),
        "test": False,
        "edited": False,
        "confirmed": True,
        "closed": False,
        "sourceName": "web",
        "app": {"id": gid("App", 580111), "name": "Online Store"},
        "currencyCode": SHOP_CURRENCY,
        "presentmentCurrencyCode": item.currency,
        "taxesIncluded": item.taxes_included,
        "taxExempt": False,
    }


def _cancelled(scene: Scene, item: Order) -> View:
    if not item.cancelled_at:
        return {"cancelReason": None, "cancellation": None}
    known = scene.world.kept.get("cancel", str(item.id)) or {"reason": "CUSTOMER", "note": ""}
    note = {"staffNote": known["note"] or None}
    return {"cancelReason": known["reason"], "cancellation": note}


def _states(scene: Scene, book: Book) -> View:
    held = book.fulfilment_status == "UNFULFILLED" and waiting.holds(scene.world, book.order.id)
    cancelled = book.order.cancelled_at is not None
    return {
        "displayFinancialStatus": book.financial_status,
        "displayFulfillmentStatus": "ON_HOLD" if held else book.fulfilment_status,
        "returnStatus": "NO_RETURN",
        "refundable": book.refundable > 0,
        "restockable": any(book.refundable_units(item) for item in book.order.lines),
        "capturable": book.financial_status == "AUTHORIZED",
        "canMarkAsPaid": book.financial_status == "PENDING" and not cancelled,
        "canNotifyCustomer": bool(book.order.email),
        "fullyPaid": book.order.paid >= book.order.total,
        "unpaid": not book.order.paid,
        "fulfillable": book.fulfilment_status != "FULFILLED" and not cancelled,
        "merchantEditable": not cancelled,
        "merchantEditableErrors": ["The order is cancelled"] if cancelled else [],
        "risk": {"recommendation": "ACCEPT", "assessments": []},
    }


def _money(book: Book) -> View:
    item = book.order
    shop_gateways = dict.fromkeys(GATEWAYS[payment.method] for payment in item.payments)
    sums = {
        "currentTotalPriceSet": book.current_total,
        "currentSubtotalPriceSet": book.current_subtotal,
        "currentTotalTaxSet": book.current_tax,
        "currentTotalDiscountsSet": sum(
            (book.remaining(row, row.discount) for row in item.lines), ZERO
        ),
        "currentShippingPriceSet": book.shipping_left,
        "totalPriceSet": item.total,
        "originalTotalPriceSet": item.total,
        "subtotalPriceSet": item.subtotal,
        "totalShippingPriceSet": item.delivery.price,
        "totalTaxSet": item.tax_total,
        "totalDiscountsSet": item.discount_total,
        "totalReceivedSet": item.paid,
        "totalRefundedSet": book.refunded,
        "totalRefundedShippingSet": book.shipping_refunded,
        "totalOutstandingSet": book.current_total - (item.paid - book.refunded),
        "netPaymentSet": item.paid - book.refunded,
        "totalCapturableSet": item.total if book.financial_status == "AUTHORIZED" else ZERO,
    }
    return {
        **{name: money_bag(book, amount) for name, amount in sums.items()},
        "paymentGatewayNames": list(shop_gateways),
        "currentSubtotalLineItemsQuantity": sum(book.refundable_units(row) for row in item.lines),
        "subtotalLineItemsQuantity": sum(row.quantity for row in item.lines),
    }


def _nested(scene: Scene, book: Book) -> View:
    item = book.order
    person = None if item.guest else _buyer(scene, item)
    return {
        "customer": lambda _info, **_: person and customer(scene, person),
        "shippingAddress": address(item.shipping, item.id * 10 + 1),
        "billingAddress": address(item.billing, item.id * 10 + 2),
        "displayAddress": address(item.shipping, item.id * 10 + 1),
        "billingAddressMatchesShippingAddress": item.billing == item.shipping,
        "discountCode": next((use.code for use in item.discounts if use.code), None),
        "discountCodes": [use.code for use in item.discounts if use.code],
        "discountApplications": listed(
            enumerate(item.discounts), lambda numbered: discount(book, *numbered)
        ),
        "taxLines": lambda _info, **_: _order_taxes(book),
        "shippingLine": _delivery(book),
        "shippingLines": listed([book], _delivery),
        "lineItems": listed(item.lines, lambda row: line(scene, book, row)),
        "fulfillments": lambda _info, first=None, **_: [
            _shipment(scene, book, index, parcel) for index, parcel in enumerate(item.shipments)
        ][:first],
        "refunds": lambda _info, first=None, **_: [
            refund(scene, book, record, lambda _info, **_: order(scene, book))
            for record in book.refunds
        ][:first],
        "transactions": lambda _info, first=None, **_: transactions(book)[:first],
        "returns": NOTHING,
        "events": NOTHING,
        "metafield": lambda _info, **given: waiting.metafield(scene.world, item.id, given),
        "fulfillmentOrders": lambda _info, **wanted: waiting.connection(scene.world, book, wanted),
    }


def _buyer(scene: Scene, item: Order) -> Person | None:
    people = scene.world.customers.values()
    return next((person for person in people if person.key == item.person), None)


def _order_taxes(book: Book) -> list[View]:
    rates = {row.tax_rate for row in book.order.lines if row.tax}
    return [
        taxes
        for rate in sorted(rates)
        for taxes in tax_lines(
            book, sum((r.tax for r in book.order.lines if r.tax_rate == rate), ZERO), rate
        )
    ]


def _delivery(book: Book) -> View:
    item = book.order.delivery
    return {
        "id": gid("ShippingLine", item.id),
        "title": item.title,
        "code": item.code,
        "carrierIdentifier": None,
        "source": "shopify",
        "isRemoved": False,
        "custom": False,
        "phone": None,
        "originalPriceSet": money_bag(book, item.price),
        "discountedPriceSet": money_bag(book, item.price),
        "currentDiscountedPriceSet": money_bag(book, book.shipping_left),
        "discountAllocations": [],
        "taxLines": tax_lines(book, item.tax, item.tax_rate),
    }


def _shipment(scene: Scene, book: Book, index: int, item: Shipment) -> View:
    tracking = {
        "company": item.company or None,
        "number": item.tracking_number or None,
        "url": item.tracking_url or None,
    }
    return {
        "id": gid("Fulfillment", item.id),
        "legacyResourceId": str(item.id),
        "name": f"{book.order.name}-F{index + 1}",
        "status": "SUCCESS",
        "displayStatus": _SHIPMENTS[item.state],
        "createdAt": stamp(item.created_at),
        "updatedAt": stamp(item.delivered_at or item.created_at),
        "inTransitAt": stamp(None if item.state == "shipped" else item.created_at),
        "deliveredAt": stamp(item.delivered_at),
        "estimatedDeliveryAt": stamp(item.expected_at),
        "requiresShipping": True,
        "totalQuantity": sum(entry.quantity for entry in item.lines),
        "trackingInfo": lambda _info, **_: [tracking] if item.company else [],
        "fulfillmentLineItems": listed(
            enumerate(item.lines), lambda numbered: _sent(scene, book, item, *numbered)
        ),
    }


def _sent(scene: Scene, book: Book, item: Shipment, place: int, entry: ShipmentLine) -> View:
    row = book.line(entry.line_id)
    return {
        "id": gid("FulfillmentLineItem", item.id * 10 + place),
        "quantity": entry.quantity,
        "lineItem": row and line(scene, book, row),
    }


# -- customers


def customer(scene: Scene, person: Person) -> View:
    books = _books(scene, person)
    phone = phone_of(scene, person)
    home = address(person.address, person.id)
    last = max(books, key=lambda book: book.order.placed_at, default=None)
    return {
        "id": gid("Customer", person.id),
        "legacyResourceId": str(person.id),
        "displayName": f"{person.first_name} {person.last_name}".strip() or person.email,
        "firstName": person.first_name or None,
        "lastName": person.last_name or None,
        "defaultEmailAddress": _email(person.email),
        "defaultPhoneNumber": _phone(phone),
        "defaultAddress": home,
        "addressesV2": listed([home] if home else [], lambda item: item),
        "numberOfOrders": str(len(books)),
        "amountSpent": money(_spent(books), SHOP_CURRENCY),
        "note": person.note or None,
        "tags": list(person.tags),
        "locale": person.locale,
        "state": "ENABLED",
        "verifiedEmail": True,
        "createdAt": stamp(person.created_at),
        "updatedAt": stamp(person.updated_at),
        "lastOrder": lambda _info, **_: last and order(scene, last),
        "orders": lambda _info, **wanted: _orders(scene, books, wanted),
    }


def _orders(scene: Scene, books: list[Book], wanted: View) -> View:
    """By the time they were placed, whatever order is asked for."""
    wanted.pop("sortKey", None)
    return page(
        books,
        lambda book: order(scene, book),
        lambda book: (stamp(book.order.placed_at) or "", book.order.id),
        **wanted,
    )


def _email(text: str) -> View | None:
    if not text:
        return None
    return {"emailAddress": text, "marketingState": "NOT_SUBSCRIBED", "validFormat": True}


def _phone(text: str) -> View | None:
    if not text:
        return None
    consent = {"state": "NEVER_SUBSCRIBED"}
    return {
        "phoneNumber": text,
        "marketingState": "NOT_SUBSCRIBED",
        "smsMarketingConsent": consent,
    }


def phone_of(scene: Scene, person: Person) -> str:
    """The customer's phone in E.164. A number belongs to one customer; whoever came first."""
    own = international(person.phone, person.address.country)
    for other in scene.world.customers.values():
        if own and international(other.phone, other.address.country) == own:
            return own if other.id == person.id else ""
    return ""


def _books(scene: Scene, person: Person) -> list[Book]:
    orders = scene.world.orders_by_person.get(person.key, ())
    books = (scene.world.book(item.id) for item in orders)
    return [book for book in books if book is not None]


def _spent(books: list[Book]) -> Decimal:
    paid = ((book.order.paid - book.refunded) * book.order.rate for book in books)
    return sum(paid, ZERO)
