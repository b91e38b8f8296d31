"""The part of a shop that gives money back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from plugin.domain.refunds import RefundChoice, RefundPlan, RefundReceipt
from plugin.errors import BadAnswer, NotFound, OutcomeUnknown

from . import mapping_refunds, payloads, refunding
from .client import digits
from .opened import Opened
from .reading import readable
from .values import amount, wire_text


class Refunds(Opened):
    """See plugin.ports.store."""

    def plan_refund(self, choice: RefundChoice) -> RefundPlan:
        """Two calls: the order, and its refunds if it has any. The payment methods are known for
        ten minutes; the first time they are a call more."""
        payload = self._order(choice.order_ref, quick=True)
        refunds = self._refunds(payload, quick=True)
        gateways = self._known_gateways(quick=True)
        with readable():
            return refunding.plan(payload, refunds, choice, gateways=gateways)

    def refund(self, plan: RefundPlan, *, key: str, reference: str) -> RefundReceipt:
        """Raises OutcomeUnknown("answer_differs") if the shop says it did something else."""
        order_id = digits(plan.order_ref)
        if not order_id:
            raise NotFound("order_not_found")
        sent = refunding.body(plan, reference)
        answer = self._client.refund(order_id, sent)
        try:
            with readable():
                payload = payloads.REFUND.decode(answer)
                done = amount(payload["amount"]) == amount(wire_text(plan.amount))
                receipt = mapping_refunds.receipt(payload, plan.amount.currency)
        except (BadAnswer, payloads.DecodeError) as error:
            raise OutcomeUnknown("answer_lost", cause="refund_unreadable") from error
        if not done or not payload["refunded_payment"]:
            raise OutcomeUnknown("answer_differs")
        return receipt

    def find_refund(self, order_ref: str, reference: str) -> RefundReceipt | None:
        """Final only with `refunded_payment`; listed without it the gateway is still asked."""
        ours = [item for item in self.refunds_of(order_ref) if item.reference == reference]
        return min(ours, key=lambda item: item.state != "final", default=None)

    def refunds_of(self, order_ref: str) -> Sequence[RefundReceipt]:
        payload = self._order(order_ref)
        found = self._read_refunds(str(payload["id"]), fresh=True)
        with readable():
            receipts = [mapping_refunds.receipt(item, payload["currency"]) for item in found]
        return tuple(sorted(receipts, key=lambda item: (item.created_at, int(item.ref))))

    def may_resend(self, first_call: datetime, now: datetime) -> bool:
        """Never: there is no idempotency key, a second call pays a second time."""
        return False

    def settle_limit(self) -> timedelta:
        return self._settle
