"""The part of a shop that makes an order once more, by way of a draft.

A draft that is not completed is no order: whatever fails before that is taken back by deleting it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from plugin.domain.replacements import ReplacementChoice, ReplacementPlan, ReplacementReceipt
from plugin.errors import (
    ActionRefused,
    BadAnswer,
    Conflict,
    MostradorError,
    OutcomeUnknown,
    PlatformError,
)

from . import replacing, search
from .client import joined
from .opened import Opened
from .orders import readable
from .values import gid, paid_money

_LOOKS, _NAP = 12, 0.3

Draft = Mapping[str, Any]


class Replacements(Opened):
    """See plugin.ports.changes."""

    def plan_replacement(self, choice: ReplacementChoice) -> ReplacementPlan:
        """The calculation is a mutation by name only: it makes nothing."""
        order = self._read_order(choice.order_ref, hurried=True)
        replacing.check(order, choice)
        variables = {"input": replacing.question(order, choice)}
        with readable():
            payload = self._hurried.read("draft_order_calculate", variables).data[
                "draftOrderCalculate"
            ]
            if payload["userErrors"]:
                raise ActionRefused("shop_refused", message=joined(payload["userErrors"]))
            return replacing.plan(order, choice, payload["calculatedDraftOrder"])

    def replace_order(
        self, plan: ReplacementPlan, *, key: str, reference: str
    ) -> ReplacementReceipt:
        variables = {"input": replacing.draft_input(plan, reference)}
        draft = self._client.write(
            "draft_order_create", "draftOrderCreate", "draftOrder", variables
        )
        try:
            with readable():
                draft = self._ready(draft)
                if plan.total is not None and paid_money(draft["totalPriceSet"]) != plan.total:
                    raise ActionRefused("replacement_came_out_wrong")
                done = draft if plan.charge else self._complete(draft)
                receipt = replacing.receipt(done, reference)
        except (ActionRefused, PlatformError) as error:
            return self._taken_back(draft, error)
        if plan.notify:
            receipt = replace(receipt, mailed=self._mail(str(draft["id"])))
        return self._linked(plan, receipt)

    def find_replacement(self, plan: ReplacementPlan, reference: str) -> ReplacementReceipt | None:
        query = search.term("tag", reference)
        found = self._client.read("draft_orders_search", {"query": query}).data
        with readable():
            nodes = found["draftOrders"]["nodes"]
            draft = next((node for node in nodes if reference in node["tags"]), None)
            if draft is None:
                return None
            if plan.charge or draft["order"]:
                return self._linked(plan, replacing.receipt(draft, reference))
        if not self._delete_draft(str(draft["id"])):
            raise BadAnswer("bad_answer", cause="draft_stays")
        return None

    def _ready(self, draft: Draft) -> Draft:
        """Prices are worked out by and by. Raises Conflict("replacement_not_ready")."""
        for _ in range(_LOOKS):
            if draft["ready"]:
                return draft
            self._client.nap(_NAP)
            found = self._client.read("draft_order_status", {"id": draft["id"]})
            draft = found.data["draftOrder"] or draft
        raise Conflict("replacement_not_ready")

    def _complete(self, draft: Draft) -> Draft:
        variables = {"id": draft["id"]}
        return self._client.write(
            "draft_order_complete", "draftOrderComplete", "draftOrder", variables
        )

    def _taken_back(self, draft: Draft, error: MostradorError) -> ReplacementReceipt:
        """Raises the error once nothing of the draft is left, else OutcomeUnknown."""
        if not self._delete_draft(str(draft.get("id"))):
            raise OutcomeUnknown("answer_lost", cause="draft_stays") from error
        raise error

    def _delete_draft(self, identity: str) -> bool:
        """Whether it is surely gone. A completed one is not deleted by the shop."""
        variables = {"id": identity}
        try:
            made = self._client.change("draft_order_delete", "draftOrderDelete", variables)
        except MostradorError:
            return False
        return made.get("deletedId") == identity

    def _mail(self, identity: str) -> Any:
        variables = {"id": identity}
        try:
            self._client.write(
                "draft_order_invoice_send", "draftOrderInvoiceSend", "draftOrder", variables
            )
        except OutcomeUnknown:
            return "unknown"
        except MostradorError:
            return "no"
        return "yes"

    def _linked(self, plan: ReplacementPlan, receipt: ReplacementReceipt) -> ReplacementReceipt:
        """A tag twice is a tag once, so this may be repeated."""
        tags = [receipt.reference, replacing.link_tag(receipt)]
        variables = {"id": gid("Order", plan.order_ref), "tags": tags}
        try:
            self._client.write("tags_add", "tagsAdd", "node", variables)
        except MostradorError:
            return replace(receipt, linked=False)
        return receipt
