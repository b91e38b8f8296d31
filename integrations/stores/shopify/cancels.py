"""The part of a shop that ends orders. The shop does it by and by: its job is followed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugin.domain.cancels import CancelChoice, CancelPlan, CancelReceipt
from plugin.errors import (
    ActionRefused,
    Conflict,
    NotFound,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Unreachable,
)

from . import cancelling, refunding
from .client import joined
from .opened import Opened
from .orders import readable
from .values import gid, moment

_LOOKS = 24
_FIRST_NAP, _LONGEST_NAP = 0.2, 2.0


class Cancels(Opened):
    """See plugin.ports.changes."""

    def plan_cancel(self, choice: CancelChoice) -> CancelPlan:
        order = self._read_order(choice.order_ref, hurried=True)
        cancelling.check(order, choice)
        if choice.refund == "none" or not refunding.capability(order).available:
            return cancelling.plan(order, choice, None)
        question = refunding.question(order, cancelling.everything(order))
        answer = self._hurried.read("refund_suggestion", question).data.get("order")
        with readable():
            if answer is None:
                raise NotFound("order_not_found")
            if moment(answer["updatedAt"]) != order.updated_at:
                raise Conflict("order_changed")
            return cancelling.plan(order, choice, answer["suggestedRefund"])

    def cancel(self, plan: CancelPlan, *, key: str, reference: str) -> CancelReceipt:
        variables = cancelling.mutation(plan, reference)
        job = self._client.write("order_cancel", "orderCancel", "jobResult", variables)
        try:
            self._follow(job)
            receipt = self.find_cancel(plan, reference)
        except PlatformError as error:
            raise OutcomeUnknown("answer_lost", cause="job_lost") from error
        if receipt is None:
            raise OutcomeUnknown("answer_lost", cause="job_without_effect")
        return receipt

    def find_cancel(self, plan: CancelPlan, reference: str) -> CancelReceipt | None:
        variables = {"id": gid("Order", plan.order_ref)}
        payload = self._client.read("order_cancelled", variables).data.get("order")
        if payload is None:
            raise NotFound("order_not_found")
        with readable():
            return cancelling.receipt(plan, payload, reference)

    def _follow(self, job: Mapping[str, Any]) -> None:
        """To the job's end. Raises ActionRefused if it failed, OutcomeUnknown if it still runs."""
        nap = _FIRST_NAP
        for _ in range(_LOOKS):
            with readable():
                if job["done"]:
                    return _judge(job)
                job_id = job["id"]
            self._client.nap(nap)
            nap = min(nap * 1.5, _LONGEST_NAP)
            job = self._look(job_id) or job
        raise OutcomeUnknown("answer_lost", cause="job_runs")

    def _look(self, job_id: str) -> Mapping[str, Any] | None:
        """None where the shop did not answer this time."""
        try:
            found = self._client.read("order_cancel_status", {"jobResultId": job_id})
        except (Unreachable, RateLimited):
            return None
        node: Mapping[str, Any] | None = found.data.get("node")
        return node or None


def _judge(job: Mapping[str, Any]) -> None:
    if job["status"] == "FAILED":
        raise ActionRefused("shop_refused", message=joined(job["errors"]))
