"""The part of a shop that ends orders."""

from __future__ import annotations

from plugin.domain.cancels import CancelChoice, CancelPlan, CancelReceipt
from plugin.errors import BadAnswer, NotFound, OutcomeUnknown

from . import cancelling, mapping, payloads
from .client import digits
from .reading import readable
from .refunds import Refunds


class Cancels(Refunds):
    """See plugin.ports.changes."""

    def plan_cancel(self, choice: CancelChoice) -> CancelPlan:
        payload = self._order(choice.order_ref, quick=True)
        refunds = self._refunds(payload, quick=True)
        gateways = self._known_gateways(quick=True)
        with readable():
            order = mapping.order(payload, refunds, gateways=gateways)
            return cancelling.plan(order, payload, refunds, choice, gateways=gateways)

    def cancel(self, plan: CancelPlan, *, key: str, reference: str) -> CancelReceipt:
        """The reason is written on the order beside it; it may be missing, the order is cancelled
        all the same. With money it is one call too, the refund."""
        if plan.by_refund is not None:
            made = self.refund(plan.by_refund, key=key, reference=reference)
            return cancelling.refunded(plan, made, reference)
        order_id = digits(plan.order_ref)
        if not order_id:
            raise NotFound("order_not_found")
        answer = self._client.change("PUT", f"orders/{order_id}", cancelling.body(reference))
        try:
            with readable():
                receipt = cancelling.receipt(plan, payloads.ORDER.decode(answer), reference)
        except (BadAnswer, payloads.DecodeError) as error:
            raise OutcomeUnknown("answer_lost", cause="order_unreadable") from error
        if receipt is None:
            raise OutcomeUnknown("answer_differs")
        if plan.note:
            self._leave_note(order_id, cancelling.note(plan, reference))
        return receipt

    def find_cancel(self, plan: CancelPlan, reference: str) -> CancelReceipt | None:
        if plan.by_refund is not None:
            found = self.find_refund(plan.order_ref, reference)
            return cancelling.refunded(plan, found, reference) if found else None
        payload = self._order(plan.order_ref)
        with readable():
            return cancelling.receipt(plan, payload, reference)
