"""A shop in memory that does what a test scripts: lose an answer, refuse, keep one waiting."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from plugin.domain.addresses import AddressChoice, AddressPlan, AddressReceipt
from plugin.domain.annotations import (
    NoteChoice,
    NotePlan,
    NoteReceipt,
    TagsChoice,
    TagsPlan,
    TagsReceipt,
)
from plugin.domain.cancels import CancelChoice, CancelPlan, CancelReceipt
from plugin.domain.discounts import DiscountChoice, DiscountPlan, DiscountReceipt
from plugin.domain.mails import MailChoice, MailPlan, MailReceipt
from plugin.domain.money import Money, total
from plugin.domain.orders import Order
from plugin.domain.people import Address, Customer
from plugin.domain.products import Product
from plugin.domain.refunds import (
    LineChoice,
    RefundChoice,
    RefundLine,
    RefundPart,
    RefundPlan,
    RefundReceipt,
)
from plugin.domain.replacements import (
    ReplacementChoice,
    ReplacementItem,
    ReplacementPlan,
    ReplacementReceipt,
)
from plugin.errors import NotFound, Unsupported
from plugin.ports.store import Batch, Found, Page, Part, ShopInfo, Subscribed
from plugin.ports.transaction import is_writing
from tests.builders import NOON


@dataclass
class FakeShop:
    """`sends` holds one step per call: a function of (pay) that returns a receipt or raises.
    `paid` is what left the till, which is what tests of money look at;
    `steps` and `changes` are the same for changes that move no money."""

    orders: dict[str, Order] = field(default_factory=dict)
    sends: list[Callable[[Callable[[], RefundReceipt]], RefundReceipt]] = field(
        default_factory=list
    )
    changes: list[Any] = field(default_factory=list)
    steps: list[Callable[[Callable[[], Any]], Any]] = field(default_factory=list)
    refunds: list[RefundReceipt] = field(default_factory=list)
    paid: list[Decimal] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    idempotent: bool = False
    payment: Any = "succeeded"
    resend_within: timedelta = timedelta(0)
    limit: timedelta = timedelta(minutes=15)
    reading: Callable[[], None] = lambda: None
    now: Callable[[], datetime] = lambda: NOON + timedelta(days=2)
    pages: dict[str, list[Sequence[Any]]] = field(default_factory=dict)
    snapshot: bool = False
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    customers: dict[str, Customer] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    page_size: int = 50
    subscribed: list[tuple[str, str]] = field(default_factory=list)
    subscription: Subscribed = field(default_factory=lambda: Subscribed(active=True))

    def holds(self, *orders: Order) -> FakeShop:
        self.orders |= {order.ref: order for order in orders}
        return self

    def elsewhere(self, amount: str, at: datetime, order_ref: str = "o1") -> None:
        """A refund that somebody else made."""
        self._book(order_ref, Decimal(amount), "", at)

    # --- the port ---------------------------------------------------------------------------

    def shop(self) -> ShopInfo:
        return ShopInfo(name="Pretend", currency="EUR")

    def find_by_email(self, email: str) -> Found:
        self._look()
        return Found(orders=tuple(o for o in self.orders.values() if o.email == email))

    def find_by_phone(self, phones: Sequence[str]) -> Found:
        return Found()

    def find_by_number(self, number: str) -> Found:
        return Found()

    def order(self, ref: str) -> Order:
        self._look()
        if ref not in self.orders:
            raise NotFound("order_not_found")
        return self.orders[ref]

    def orders_among(self, refs: Sequence[str]) -> Sequence[Order]:
        self._look()
        return [self.orders[ref] for ref in refs if ref in self.orders]

    def customer(self, ref: str) -> Customer:
        return self._one(self.customers, ref)

    def product(self, ref: str) -> Product:
        return self._one(self.products, ref)

    def changed_since(self, part: Part, moment: datetime, cursor: str | None) -> Page[Any]:
        self.asked.append((f"{part} since", cursor))
        self._look()
        found: list[Any] = [item for item in self._all(part) if item.updated_at >= moment]
        found.sort(key=lambda item: (item.updated_at, item.ref))
        at = int(cursor or 0)
        more = str(at + self.page_size) if at + self.page_size < len(found) else None
        return Page(items=found[at : at + self.page_size], cursor=more)

    def absent(self, part: Part, refs: Sequence[str]) -> Sequence[str]:
        self._look()
        known = {item.ref for item in self._all(part)}
        return [ref for ref in refs if ref not in known]

    def unsubscribe(self, url: str) -> int:
        self.reading()
        ours = [one for one in self.subscribed if one[0] == url]
        self.subscribed = [one for one in self.subscribed if one[0] != url]
        return len(ours)

    def subscribe(self, url: str, secret: str) -> Subscribed:
        self._look()
        self.subscribed.append((url, secret))
        return self.subscription

    def _all(self, part: Part) -> list[Any]:
        known = {"orders": self.orders, "customers": self.customers, "products": self.products}
        return list(known[part].values())

    def _one(self, known: dict[str, Any], ref: str) -> Any:
        self._look()
        if ref not in known:
            raise NotFound("record_not_found")
        return known[ref]

    def plan_refund(self, choice: RefundChoice) -> RefundPlan:
        self._look()
        order = self.order(choice.order_ref)
        if choice.mode == "lines":
            lines = tuple(_line_back(order, line) for line in choice.lines)
            amount = total([line.total for line in lines], order.currency)
            return a_plan(order, amount, mode="lines", lines=lines)
        return a_plan(order, choice.amount or order.remaining)

    def refund(self, plan: RefundPlan, *, key: str, reference: str) -> RefundReceipt:
        self._look()

        def pay() -> RefundReceipt:
            if self.idempotent and key in self.keys:
                return self.refunds[-1]
            self.keys.append(key)
            return self._book(plan.order_ref, plan.amount.amount, reference, self.now())

        step = self.sends.pop(0) if self.sends else (lambda pay: pay())
        return step(pay)

    def find_refund(self, order_ref: str, reference: str) -> RefundReceipt | None:
        self._look()
        found = [known for known in self.refunds if known.reference == reference]
        return replace(found[0], payment=self.payment) if found else None

    def refunds_of(self, order_ref: str) -> Sequence[RefundReceipt]:
        return list(self.refunds)

    def plan_address(self, choice: AddressChoice) -> AddressPlan:
        order = self.order(choice.order_ref)
        return AddressPlan(
            order_ref=order.ref, order_number=order.number, order_version="1",
            order_state=order.state, address_before=order.shipping_address,
            address_after=choice.address, email_before=order.email, email_after=choice.email,
            phone_before=order.phone, phone_after=choice.phone, total_before=order.total,
            total_after=order.total, tax_before=order.tax_total, tax_after=order.tax_total,
        )  # fmt: skip

    def change_address(self, plan: AddressPlan, *, key: str, reference: str) -> AddressReceipt:
        self._look()

        def change() -> AddressReceipt:
            order = self.orders[plan.order_ref]
            self.orders[plan.order_ref] = replace(
                order,
                shipping_address=plan.address_after or order.shipping_address,
                email=plan.email_after or order.email,
                phone=plan.phone_after or order.phone,
            )
            receipt = AddressReceipt(
                order_ref=plan.order_ref, reference=reference, changed_at=self.now(),
                address=plan.address_after, email="", phone="", total=order.total,
            )  # fmt: skip
            self.changes.append(receipt)
            return receipt

        step = self.steps.pop(0) if self.steps else (lambda change: change())
        return step(change)

    def find_address(self, plan: AddressPlan, reference: str) -> AddressReceipt | None:
        return self._made(reference)

    def plan_cancel(self, choice: CancelChoice) -> CancelPlan:
        order, zero = self.order(choice.order_ref), Money.zero("EUR")
        back = zero if choice.refund == "none" else order.remaining
        return CancelPlan(
            order_ref=order.ref, order_number=order.number, order_version="1",
            order_state=order.state, refund=choice.refund, refund_amount=back,
            kept_amount=order.remaining - back, refunded_before=order.refunded,
            order_total=order.total,
            restock=choice.restock, reason=choice.reason, note=choice.note, notify=choice.notify,
        )  # fmt: skip

    def cancel(self, plan: CancelPlan, *, key: str, reference: str) -> CancelReceipt:
        self._look()

        def end() -> CancelReceipt:
            order = self.orders[plan.order_ref]
            self.orders[plan.order_ref] = replace(
                order, cancelled_at=self.now(), refunded=order.refunded + plan.refund_amount
            )
            if plan.refund_amount:
                self.paid.append(plan.refund_amount.amount)
            receipt = CancelReceipt(
                order_ref=plan.order_ref, reference=reference, cancelled_at=self.now(),
                refunded=plan.refund_amount, payment="succeeded" if plan.refund_amount else "",
            )  # fmt: skip
            self.changes.append(receipt)
            return receipt

        step = self.steps.pop(0) if self.steps else (lambda end: end())
        return step(end)

    def find_cancel(self, plan: CancelPlan, reference: str) -> CancelReceipt | None:
        return self._made(reference)

    def plan_discount(self, choice: DiscountChoice) -> DiscountPlan:
        return DiscountPlan(
            code=choice.code, kind=choice.kind, percentage=choice.percentage,
            amount=choice.amount, minimum=choice.minimum, bound_to="email", email=choice.email,
            once=choice.once, expires_at=choice.expires_at, currency="EUR",
        )  # fmt: skip

    def make_discount(self, plan: DiscountPlan, *, key: str, reference: str) -> DiscountReceipt:
        ref = f"d{len(self.changes) + 1}"
        return self._change(
            DiscountReceipt(ref=ref, code=plan.code, reference=reference, created_at=self.now())
        )

    def find_discount(self, plan: DiscountPlan, reference: str) -> DiscountReceipt | None:
        return self._made(reference)

    def plan_note(self, choice: NoteChoice) -> NotePlan:
        return NotePlan(
            order_ref=choice.order_ref, customer_ref=choice.customer_ref, shown="1",
            text=choice.text, to_customer=choice.to_customer,
        )  # fmt: skip

    def write_note(self, plan: NotePlan, *, key: str, reference: str) -> NoteReceipt:
        return self._change(
            NoteReceipt(reference=reference, written_at=self.now(), text=plan.text)
        )  # fmt: skip

    def find_note(self, plan: NotePlan, reference: str) -> NoteReceipt | None:
        return self._made(reference)

    def plan_tags(self, choice: TagsChoice) -> TagsPlan:
        return TagsPlan(
            order_ref=choice.order_ref, customer_ref=choice.customer_ref, shown="1",
            add=choice.add, remove=choice.remove, after=choice.add,
        )  # fmt: skip

    def change_tags(self, plan: TagsPlan, *, key: str, reference: str) -> TagsReceipt:
        return self._change(
            TagsReceipt(reference=reference, created_at=self.now(), tags=plan.after)
        )  # fmt: skip

    def find_tags(self, plan: TagsPlan, reference: str) -> TagsReceipt | None:
        return self._made(reference)

    def plan_mail(self, choice: MailChoice) -> MailPlan:
        order = self.order(choice.order_ref)
        return MailPlan(
            order_ref=order.ref, order_number=order.number, kind=choice.kind, to=order.email,
            subject=choice.subject, text=choice.text,
        )  # fmt: skip

    def send_mail(self, plan: MailPlan, *, key: str, reference: str) -> MailReceipt:
        return self._change(
            MailReceipt(
                order_ref=plan.order_ref, reference=reference, to=plan.to, sent_at=self.now()
            )
        )  # fmt: skip

    def find_mail(self, plan: MailPlan, reference: str) -> MailReceipt | None:
        raise Unsupported("mail_not_told")

    def plan_replacement(self, choice: ReplacementChoice) -> ReplacementPlan:
        order = self.order(choice.order_ref)
        items = tuple(
            ReplacementItem(
                line_ref=line.line_ref, product_ref=line.product_ref,
                variant_ref=line.variant_ref, title="Goods", quantity=line.quantity,
                unit_price=Money(Decimal("10"), "EUR"),
            )
            for line in choice.lines
        )  # fmt: skip
        return ReplacementPlan(
            order_ref=order.ref, order_number=order.number, order_version="1",
            order_state=order.state, items=items, charge=choice.charge, address=Address(),
            email=order.email, currency="EUR", total=Money.zero("EUR"), tax=None,
        )  # fmt: skip

    def replace_order(
        self, plan: ReplacementPlan, *, key: str, reference: str
    ) -> ReplacementReceipt:
        return self._change(
            ReplacementReceipt(
                ref="n1", order_ref="n1", number="2000", stage="order", reference=reference,
                created_at=self.now(), total=Money.zero("EUR"),
            )
        )  # fmt: skip

    def find_replacement(self, plan: ReplacementPlan, reference: str) -> ReplacementReceipt | None:
        return self._made(reference)

    def _change(self, receipt: Any) -> Any:
        """Made, or whatever the next of `steps` makes of it."""
        self._look()

        def make() -> Any:
            self.changes.append(receipt)
            return receipt

        step = self.steps.pop(0) if self.steps else (lambda make: make())
        return step(make)

    def _made(self, reference: str) -> Any:
        self._look()
        return next((one for one in self.changes if one.reference == reference), None)

    def may_resend(self, first_call: datetime, now: datetime) -> bool:
        return now - first_call < self.resend_within

    def settle_limit(self) -> timedelta:
        return self.limit

    def backfill(self, part: Part, cursor: str) -> Generator[Batch, None, None]:
        """The pages a test gave, each a step."""
        pages = self.pages.get(part, [()])
        for number in range(int(cursor or 0), len(pages)):
            self.asked.append((part, cursor))
            self._look()
            cursor = str(number + 1)
            estimated = sum(map(len, pages))
            last = number + 1 == len(pages)
            yield Batch(
                cursor=cursor, items=pages[number], estimated=estimated, finished=last,
                snapshot=self.snapshot,
            )  # fmt: skip

    def _look(self) -> None:
        """What an `ApiClient` would refuse, and whatever the test wants to happen now."""
        if is_writing():
            raise RuntimeError("called inside a writing transaction")
        self.reading()

    def _book(self, ref: str, amount: Decimal, reference: str, at: datetime) -> RefundReceipt:
        order = self.orders[ref]
        money = Money(amount, order.currency)
        self.orders[ref] = replace(order, refunded=order.refunded + money)
        self.paid.append(amount)
        receipt = RefundReceipt(
            ref=f"r{len(self.refunds) + 1}", amount=money, created_at=at, payment=self.payment,
            reference=reference,
        )  # fmt: skip
        self.refunds.append(receipt)
        return receipt


def _line_back(order: Order, chosen: LineChoice) -> RefundLine:
    line = next(line for line in order.lines if line.ref == chosen.line_ref)
    back = Money(line.total.amount * chosen.quantity / line.quantity, order.currency)
    return RefundLine(
        line_ref=line.ref, title=line.title, quantity=chosen.quantity, total=back,
        tax=Money.zero(order.currency),
    )  # fmt: skip


def a_plan(order: Order, amount: Money, **fields: Any) -> RefundPlan:
    zero = Money.zero(order.currency)
    part = RefundPart(
        payment_ref="p1", gateway="card", label="Visa", amount=amount, maximum=order.remaining
    )
    values: dict[str, Any] = {
        "order_ref": order.ref,
        "order_number": order.number,
        "mode": "amount",
        "amount": amount,
        "lines": (),
        "parts": (part,),
        "tax": zero,
        "shipping": zero,
        "refundable": order.remaining,
        "remaining_after": total([order.remaining, -amount], order.currency),
        "refunded_before": order.refunded,
        "order_total": order.total,
        "order_version": "1",
        "order_state": order.state,
    }
    return RefundPlan(**{**values, **fields})
