"""What Shopify suggests for a refund: amounts, where goods go, which payments give back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from integrations.sandbox.seed.shapes import Line, Location, Payment

from .amounts import ZERO, ratio_share, rounded, units_share
from .book import Book
from .ids import number
from .records import RefundedLine, Restock
from .world import World

RESTOCKS: tuple[Restock, ...] = ("NO_RESTOCK", "RETURN", "CANCEL")


class Refused(Exception):
    """The input does not fit the order: a userError. `field` is its path in the input."""

    def __init__(self, message: str, *field: str) -> None:
        super().__init__(message)
        self.message, self.field = message, list(field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Units of one line asked back. `restock` None leaves it to the shop."""

    line: Line
    quantity: int
    restock: Restock | None
    location: Location | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Money one payment would give; `maximum` is what it can give."""

    payment: Payment
    amount: Decimal
    maximum: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A computed refund. `amount` never exceeds what was paid and not yet given back."""

    book: Book
    lines: tuple[RefundedLine, ...]
    discount: Decimal
    shipping: Decimal
    shipping_tax: Decimal
    amount: Decimal
    parts: tuple[Part, ...]

    @property
    def subtotal(self) -> Decimal:
        return sum((line.subtotal for line in self.lines), ZERO)

    @property
    def tax(self) -> Decimal:
        return sum((line.tax for line in self.lines), self.shipping_tax)


def wishes(world: World, book: Book, inputs: Sequence[dict[str, Any]]) -> list[Wish]:
    """`RefundLineItemInput`s, checked as Shopify does. Raises Refused."""
    return [_wish(world, book, index, item) for index, item in enumerate(inputs)]


def _wish(world: World, book: Book, index: int, item: dict[str, Any]) -> Wish:
    at = ("refundLineItems", str(index))
    line = book.line(number(item["lineItemId"], "LineItem"))
    if line is None:
        raise Refused("Line item does not belong to the order", *at, "lineItemId")
    if item["quantity"] <= 0:
        raise Refused("Quantity must be greater than 0", *at, "quantity")
    restock = item.get("restockType")
    if restock is not None and restock not in RESTOCKS:
        raise Refused("Restock type is not accepted", *at, "restockType")
    place = None
    if item.get("locationId"):
        place = world.locations.get(number(item["locationId"], "Location"))
        if place is None:
            raise Refused("Location does not exist", *at, "locationId")
    return Wish(line=line, quantity=item["quantity"], restock=restock, location=place)


def check_units(book: Book, asked: Iterable[Wish]) -> None:
    """No line gives back more than it has left, nor cancels what was sent. Raises Refused."""
    units: dict[int, int] = {}
    cancelled: dict[int, int] = {}
    for wish in asked:
        units[wish.line.id] = units.get(wish.line.id, 0) + wish.quantity
        if wish.restock == "CANCEL":
            cancelled[wish.line.id] = cancelled.get(wish.line.id, 0) + wish.quantity
        if units[wish.line.id] > book.refundable_units(wish.line):
            raise Refused(
                "Quantity cannot refund more items than were purchased", "refundLineItems"
            )
        if cancelled.get(wish.line.id, 0) > book.unsent_units(wish.line):
            raise Refused("Quantity cannot remove more than unfulfilled items", "refundLineItems")


def store_credit_obstacle(world: World, book: Book) -> str:
    """Why this order's money cannot become store credit; "" if it can."""
    if world.accounts != "NEW_CUSTOMER_ACCOUNTS":
        return "Store credit is not enabled for this shop"
    return "Order must have a customer to refund to store credit" if book.order.guest else ""


def everything(book: Book) -> list[Wish]:
    """All units that can still go back."""
    return [
        Wish(line=line, quantity=book.refundable_units(line), restock=None, location=None)
        for line in book.order.lines
        if book.refundable_units(line)
    ]


def suggest(
    world: World,
    book: Book,
    asked: Sequence[Wish],
    *,
    shipping: Decimal | None = None,
    all_shipping: bool = False,
) -> Suggestion:
    """Raises Refused."""
    check_units(book, asked)
    lines = refunded_lines(world, book, asked, settle=True)
    sent = book.shipping_left if all_shipping else min(shipping or ZERO, book.shipping_left)
    tax = shipping_tax(book, sent)
    amount = min(due(book, lines, sent, tax), book.refundable)
    return Suggestion(
        book=book,
        lines=tuple(lines),
        discount=_discount(book, lines),
        shipping=sent,
        shipping_tax=tax,
        amount=amount,
        parts=tuple(_parts(book, amount)),
    )


def due(book: Book, lines: Sequence[RefundedLine], shipping: Decimal, tax: Decimal) -> Decimal:
    """What goods and delivery are worth, tax on top where prices come without."""
    goods = sum((line.subtotal for line in lines), shipping)
    if book.order.taxes_included:
        return goods
    return goods + sum((line.tax for line in lines), tax)


def shipping_tax(book: Book, shipping: Decimal) -> Decimal:
    if shipping == book.shipping_left:
        return book.shipping_tax_left
    delivery = book.order.delivery
    return ratio_share(delivery.tax, shipping, delivery.price, book.order.currency)


def refunded_lines(
    world: World, book: Book, asked: Sequence[Wish], *, settle: bool
) -> list[RefundedLine]:
    """The lines with their amounts. `settle` lets the shop choose restocking where the wish
    leaves it open; without, an open wish is not restocked."""
    gone: dict[int, int] = {}
    lines: list[RefundedLine] = []
    for wish in asked:
        for quantity, restock, place in _places(world, book, wish, settle):
            before = book.refunded_units(wish.line) + gone.get(wish.line.id, 0)
            gone[wish.line.id] = gone.get(wish.line.id, 0) + quantity
            lines.append(_refunded(book, wish.line, before, quantity, restock, place))
    return lines


def _refunded(
    book: Book, line: Line, before: int, units: int, restock: Restock, place: Location | None
) -> RefundedLine:
    currency = book.order.currency
    return RefundedLine(
        line_id=line.id,
        quantity=units,
        restock=restock,
        location_id=place.id if place else 0,
        subtotal=units_share(line.total, line.quantity, before, units, currency),
        tax=units_share(line.tax, line.quantity, before, units, currency),
    )


def _places(
    world: World, book: Book, wish: Wish, settle: bool
) -> Iterable[tuple[int, Restock, Location | None]]:
    """A wish left open is split: units not sent yet are cancelled, sent ones come back."""
    if not settle or wish.restock == "NO_RESTOCK":
        yield wish.quantity, wish.restock or "NO_RESTOCK", wish.location
        return
    if wish.restock is not None:
        yield wish.quantity, wish.restock, wish.location or _home(world, book, wish)
        return
    home = _home(world, book, wish)
    cancel = min(wish.quantity, book.unsent_units(wish.line))
    if home is None:
        yield wish.quantity, "NO_RESTOCK", None
        return
    if cancel:
        yield cancel, "CANCEL", home
    if wish.quantity > cancel:
        yield wish.quantity - cancel, "RETURN", _origin(world, book, wish) or home


def _home(world: World, book: Book, wish: Wish) -> Location | None:
    """Where the goods are sent from, near the customer; None if the shop does not count them."""
    known = world.variants.get(wish.line.variant_id)
    places = world.places_of(known[1]) if known else []
    online = [place for place in places if place.fulfils_online] or places
    near = [place for place in online if place.country == book.order.shipping.country]
    return next(iter(near or online), None)


def _origin(world: World, book: Book, wish: Wish) -> Location | None:
    """Where the parcel with these goods left from."""
    for shipment in book.order.shipments:
        if any(item.line_id == wish.line.id for item in shipment.lines):
            return world.location(shipment.location)
    return None


def _discount(book: Book, lines: Sequence[RefundedLine]) -> Decimal:
    total = ZERO
    for item in lines:
        line = book.line(item.line_id)
        if line is not None:
            part = line.discount * item.quantity / line.quantity
            total += rounded(part, book.order.currency)
    return total


def _parts(book: Book, amount: Decimal) -> Iterable[Part]:
    """Payments give in the order they came in; those with nothing to give now are listed too,
    as an amount can be chosen freely up to the maximum."""
    left = amount
    for payment in book.order.payments:
        maximum = book.refundable_of(payment)
        if maximum > 0:
            given = min(left, maximum)
            left -= given
            yield Part(payment=payment, amount=given, maximum=maximum)
