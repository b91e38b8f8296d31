"""A shop as the ledger's machine meets it, and crashes at any statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Engine, event

from plugin.domain.cancels import CancelChoice, CancelPlan, CancelReceipt
from plugin.domain.refunds import RefundPlan, RefundReceipt
from plugin.errors import ActionRefused, Unsupported
from tests.fakes.shop import FakeShop


class Killed(BaseException):
    """SIGKILL: nothing of ours catches it."""


@dataclass
class Till(FakeShop):
    """Pays once for a key where it is `idempotent`, as often as it is asked where it is not; gives
    no more than is left and ends an order once."""

    by_key: dict[str, RefundReceipt] = field(default_factory=dict)
    orders_of: dict[str, str] = field(default_factory=dict)

    def refund(self, plan: RefundPlan, *, key: str, reference: str) -> RefundReceipt:
        self._look()
        if self.idempotent and key in self.by_key:
            return self.by_key[key]
        if plan.amount > self.orders[plan.order_ref].remaining:
            raise ActionRefused("shop_refused")
        made = self._book(plan.order_ref, plan.amount.amount, reference, self.now())
        self.by_key[key] = made
        return made

    def refunds_of(self, order_ref: str) -> Sequence[RefundReceipt]:
        return [made for made in self.refunds if self.orders_of[made.ref] == order_ref]

    def plan_cancel(self, choice: CancelChoice) -> CancelPlan:
        if self.orders[choice.order_ref].cancelled_at:
            raise Unsupported("action_not_offered")
        return super().plan_cancel(choice)

    def cancel(self, plan: CancelPlan, *, key: str, reference: str) -> CancelReceipt:
        order = self.orders[plan.order_ref]
        if order.cancelled_at or plan.refund_amount > order.remaining:
            raise ActionRefused("shop_refused")
        return super().cancel(plan, key=key, reference=reference)

    def effects(self, reference: str) -> int:
        return sum(made.reference == reference for made in (*self.refunds, *self.changes))

    def endings(self) -> Counter[str]:
        """How often each order was cancelled by us."""
        return Counter(c.order_ref for c in self.changes if isinstance(c, CancelReceipt))

    def _book(self, ref: str, amount: Decimal, reference: str, at: datetime) -> RefundReceipt:
        made = super()._book(ref, amount, reference, at)
        self.orders_of[made.ref] = ref
        return made


@contextmanager
def crashing(engine: Engine, statement: int) -> Iterator[None]:
    """The process is killed when it is about to say its n-th statement, 0 = it lives. What it has
    not committed is gone, as after a SIGKILL."""
    left = [statement]

    def count(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    if not statement:
        yield
        return
    event.listen(engine, "before_cursor_execute", count)
    try:
        yield
    except Killed:
        return
    finally:
        event.remove(engine, "before_cursor_execute", count)
