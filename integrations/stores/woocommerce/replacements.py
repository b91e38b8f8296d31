"""The part of a shop that makes an order once more."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from plugin.domain.replacements import (
    ReplacementChoice,
    ReplacementLine,
    ReplacementPlan,
    ReplacementReceipt,
)
from plugin.errors import (
    ActionRefused,
    BadAnswer,
    InvalidInput,
    MostradorError,
    NotFound,
    OutcomeUnknown,
)

from . import mapping, payloads, payloads_changes, replacing
from .addresses import Addresses
from .client import decoded, digits
from .discounts import Discounts
from .payloads import OrderPayload
from .payloads_changes import GoodsPayload
from .reading import readable

_NEWEST = "50"


class Replacements(Addresses, Discounts):
    """See plugin.ports.changes."""

    def plan_replacement(self, choice: ReplacementChoice) -> ReplacementPlan:
        """The order, and one call for each of the goods."""
        payload = self._order(choice.order_ref, quick=True)
        refunds = self._refunds(payload, quick=True)
        with readable():
            order = mapping.order(payload, refunds)
        replacing.check(order, choice, self._currency())
        rules = self._tax_rules() if choice.charge else None
        shelves = [self._shelf(line) for line in choice.lines]
        with readable():
            return replacing.plan(order, payload, choice, shelves, rules)

    def replace_order(
        self, plan: ReplacementPlan, *, key: str, reference: str
    ) -> ReplacementReceipt:
        sent = replacing.body(plan, self._order(plan.order_ref), reference)
        answer = self._client.change("POST", "orders", sent, made=201)
        try:
            with readable():
                made = payloads.ORDER.decode(answer)
                fits = replacing.same(plan, made)
                receipt = replacing.receipt(plan, made, reference, self._client.base)
        except (BadAnswer, payloads.DecodeError) as error:
            raise OutcomeUnknown("answer_lost", cause="order_unreadable") from error
        if not fits:
            self._take_back(made)
            raise ActionRefused("replacement_came_out_wrong")
        if plan.notify:
            receipt = replace(receipt, mailed=self._mail_details(receipt.ref))
        return self._linked(plan, receipt)

    def find_replacement(self, plan: ReplacementPlan, reference: str) -> ReplacementReceipt | None:
        """Among the newest orders of the same buyer."""
        query = {"per_page": _NEWEST, "orderby": "id", "order": "desc"}
        if digits(plan.customer_ref):
            query["customer"] = plan.customer_ref
        elif plan.email:
            query["search"] = plan.email
        listing = self._client.read("orders", query, fresh=True)
        found = decoded(payloads.ORDERS, listing.body)
        made = next((item for item in found if replacing.is_ours(item, reference)), None)
        if made is None or made["status"] == "cancelled":
            return None
        with readable():
            if not replacing.same(plan, made):
                self._take_back(made)
                return None
            receipt = replacing.receipt(plan, made, reference, self._client.base)
        receipt = replace(receipt, mailed="unknown" if plan.notify else "no")
        return self._linked(plan, receipt)

    def _shelf(self, line: ReplacementLine) -> replacing.Shelf:
        """The goods, and what counts their stock (a variation may leave that to its product)."""
        field = f"qty.{line.line_ref}"
        goods = self._goods(line.variant_ref or line.product_ref, field)
        counted = goods
        if goods["manage_stock"] == "parent":
            counted = self._goods(str(goods["parent_id"]), field)
        return replacing.Shelf(wanted=line, goods=goods, counted=counted)

    def _goods(self, ref: str, field: str) -> GoodsPayload:
        if not digits(ref):
            raise InvalidInput("product_gone", field=field)
        try:
            listing = self._client.read(f"products/{ref}", fresh=True, quick=True)
        except NotFound as error:
            raise InvalidInput("product_gone", field=field) from error
        return decoded(payloads_changes.GOODS, listing.body)

    def _take_back(self, made: OrderPayload) -> None:
        """Cancelled, its goods are on the shelf again. Raises OutcomeUnknown if that fails."""
        try:
            self._client.change("PUT", f"orders/{made['id']}", {"status": "cancelled"})
        except MostradorError as error:
            raise OutcomeUnknown("answer_differs") from error

    def _mail_details(self, order_id: str) -> Literal["yes", "no", "unknown"]:
        try:
            self._client.change("POST", f"orders/{order_id}/actions/send_order_details", {})
        except OutcomeUnknown:
            return "unknown"
        except MostradorError:
            return "no"
        return "yes"

    def _linked(self, plan: ReplacementPlan, receipt: ReplacementReceipt) -> ReplacementReceipt:
        """A note on each order names the other; looked for first, as this may be repeated."""
        pairs = ((plan.order_ref, receipt.number), (receipt.ref, plan.order_number))
        done = [
            self._has_note(order_id, receipt.reference)
            or self._leave_note(order_id, replacing.link_note(number, receipt.reference))
            for order_id, number in pairs
        ]
        return replace(receipt, linked=all(done))
