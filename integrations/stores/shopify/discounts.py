"""The part of a shop that makes codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugin.domain.discounts import DiscountChoice, DiscountPlan, DiscountReceipt
from plugin.errors import ActionRefused, BadAnswer, Conflict, MostradorError, OutcomeUnknown
from plugin.ports.clock import utc_now

from . import discounting
from .opened import Opened
from .orders import readable

_BASIC = ("discount_code_basic_create", "discountCodeBasicCreate")
_SHIPPING = ("discount_code_free_shipping_create", "discountCodeFreeShippingCreate")


class Discounts(Opened):
    """See plugin.ports.changes."""

    def plan_discount(self, choice: DiscountChoice) -> DiscountPlan:
        with readable():
            currency = self._hurried.read("shop", {}).data["shop"]["currencyCode"]
        plan = discounting.plan(choice, currency, utc_now())
        variables = {"code": plan.code}
        if self._hurried.read("discount_by_code", variables).data.get("codeDiscountNodeByCode"):
            raise Conflict("discount_code_taken")
        return plan

    def make_discount(self, plan: DiscountPlan, *, key: str, reference: str) -> DiscountReceipt:
        variables = discounting.variables(plan, utc_now(), reference)
        name, field = _SHIPPING if plan.kind == "free_shipping" else _BASIC
        node = self._client.write(name, field, "codeDiscountNode", variables)
        try:
            with readable():
                wrong = discounting.differences(plan, node)
                receipt = discounting.receipt(plan, node, reference)
        except BadAnswer as error:
            raise OutcomeUnknown("answer_lost", cause="discount_unreadable") from error
        if wrong:
            if not self._delete_discount(str(node["id"])):
                raise OutcomeUnknown("answer_differs")
            raise ActionRefused("discount_came_out_wrong", cause=", ".join(wrong))
        return receipt

    def find_discount(self, plan: DiscountPlan, reference: str) -> DiscountReceipt | None:
        found = self._client.read("discount_by_code", {"code": plan.code})
        node: Mapping[str, Any] | None = found.data.get("codeDiscountNodeByCode")
        with readable():
            if node is None or not discounting.is_ours(node, reference):
                return None
            if not discounting.differences(plan, node):
                return discounting.receipt(plan, node, reference)
        if not self._delete_discount(str(node["id"])):
            raise BadAnswer("bad_answer", cause="wrong_discount_stays")
        return None

    def _delete_discount(self, identity: str) -> bool:
        """Whether it is surely gone."""
        try:
            made = self._client.change(
                "discount_code_delete", "discountCodeDelete", {"id": identity}
            )
        except MostradorError:
            return False
        return made.get("deletedCodeDiscountId") == identity
