"""The part of a shop that changes where an order goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from plugin.domain.addresses import AddressChoice, AddressPlan, AddressReceipt
from plugin.errors import BadAnswer, MostradorError, NotFound, OutcomeUnknown, PlatformError

from . import addressing, mapping, payloads, payloads_changes
from .client import decoded, digits
from .facts import Remembered
from .opened import Opened
from .reading import readable
from .taxes import TaxRules
from .values import mark_key, meta

_MOST_RATES = 500
_RATES = "id,country,state,rate,priority,compound,shipping,order,class,postcodes,cities"

_rules: Remembered[TaxRules | None] = Remembered()


class Addresses(Opened):
    """See plugin.ports.changes."""

    def plan_address(self, choice: AddressChoice) -> AddressPlan:
        """Two calls: the order, and its refunds if it has any. The shop's rules of tax are known
        for ten minutes; the first time they are three calls more."""
        body = self._order_body(choice.order_ref, quick=True)
        payload = decoded(payloads.ORDER, body)
        taxed = decoded(payloads_changes.TAXED_ORDER, body)
        refunds = self._refunds(payload, quick=True)
        gateways = self._known_gateways(quick=True)
        rules = self._tax_rules()
        with readable():
            order = mapping.order(payload, refunds, gateways=gateways)
            return addressing.plan(order, payload, taxed, choice, rules)

    def change_address(self, plan: AddressPlan, *, key: str, reference: str) -> AddressReceipt:
        """`total` of the receipt is what the shop made of the order."""
        order_id = digits(plan.order_ref)
        if not order_id:
            raise NotFound("order_not_found")
        sent = addressing.body(plan, reference)
        answer = self._client.change("PUT", f"orders/{order_id}", sent)
        try:
            with readable():
                receipt = addressing.receipt(payloads.ORDER.decode(answer), reference)
        except (BadAnswer, payloads.DecodeError) as error:
            raise OutcomeUnknown("answer_lost", cause="order_unreadable") from error
        return replace(receipt, default=self._change_default(plan))

    def find_address(self, plan: AddressPlan, reference: str) -> AddressReceipt | None:
        payload = self._order(plan.order_ref)
        if meta(payload["meta_data"], mark_key(reference)) is None:
            return None
        with readable():
            receipt = addressing.receipt(payload, reference)
        return replace(receipt, default="unknown" if plan.default_ref else "not_asked")

    def _change_default(
        self, plan: AddressPlan
    ) -> Literal["not_asked", "changed", "failed", "unknown"]:
        if not digits(plan.default_ref) or plan.address_after is None:
            return "not_asked"
        body = {"shipping": addressing.shipping(plan.address_after)}
        try:
            self._client.change("PUT", f"customers/{plan.default_ref}", body)
        except OutcomeUnknown:
            return "unknown"
        except MostradorError:
            return "failed"
        return "changed"

    def _tax_rules(self) -> TaxRules | None:
        """None if the shop does not tell: settings need rights that some keys lack."""
        try:
            return _rules.get(self._key, self._read_tax_rules)
        except PlatformError:
            return None

    def _read_tax_rules(self) -> TaxRules | None:
        query = {"per_page": "100", "_fields": _RATES}
        listing = self._client.read("taxes", query, quick=True)
        rates = decoded(payloads_changes.TAX_RATES, listing.body)
        for number in range(2, (listing.pages or 1) + 1):
            if len(rates) >= _MOST_RATES:
                return None
            more = self._client.read("taxes", {**query, "page": str(number)}, quick=True)
            rates = [*rates, *decoded(payloads_changes.TAX_RATES, more.body)]
        tax, general = self._settings("tax"), self._general()
        return TaxRules(
            enabled=general.get("woocommerce_calc_taxes") == "yes",
            based_on=tax.get("woocommerce_tax_based_on", "shipping"),
            shipping_class=tax.get("woocommerce_shipping_tax_class", "inherit"),
            prices_include=tax.get("woocommerce_prices_include_tax") == "yes",
            round_at_end=tax.get("woocommerce_tax_round_at_subtotal") == "yes",
            base=general.get("woocommerce_default_country", ""),
            rates=rates,
        )
