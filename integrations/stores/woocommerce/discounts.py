"""The part of a shop that makes codes."""

from __future__ import annotations

from datetime import timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from plugin.domain.discounts import DiscountChoice, DiscountPlan, DiscountReceipt
from plugin.errors import (
    ActionRefused,
    BadAnswer,
    Conflict,
    MostradorError,
    OutcomeUnknown,
    PlatformError,
)
from plugin.ports.clock import utc_now

from . import discounting, payloads, payloads_changes
from .client import decoded
from .facts import Remembered
from .opened import Opened
from .payloads_changes import CouponRecord
from .reading import readable

_zones: Remembered[tzinfo] = Remembered()
_currencies: Remembered[str] = Remembered()


class Discounts(Opened):
    """See plugin.ports.changes."""

    def plan_discount(self, choice: DiscountChoice) -> DiscountPlan:
        """One call; what the shop says of itself is known for ten minutes."""
        currency = self._currency()
        plan = discounting.plan(choice, currency, utc_now(), on=self._takes_coupons())
        _zones.get(self._key, self._read_zone)
        if self._coupon(plan.code, quick=True):
            raise Conflict("discount_code_taken")
        return plan

    def make_discount(self, plan: DiscountPlan, *, key: str, reference: str) -> DiscountReceipt:
        zone = _zones.get(self._key, self._read_zone)
        sent = discounting.body(plan, zone, reference)
        answer = self._client.change("POST", "coupons", sent, made=201)
        try:
            with readable():
                made = payloads_changes.COUPON.decode(answer)
                wrong = discounting.differences(plan, made)
                receipt = discounting.receipt(plan, made, reference)
        except (BadAnswer, payloads.DecodeError) as error:
            raise OutcomeUnknown("answer_lost", cause="coupon_unreadable") from error
        if wrong:
            if not self._delete_coupon(made["id"]):
                raise OutcomeUnknown("answer_differs")
            raise ActionRefused("discount_came_out_wrong", cause=", ".join(wrong))
        return receipt

    def find_discount(self, plan: DiscountPlan, reference: str) -> DiscountReceipt | None:
        made = self._coupon(plan.code)
        with readable():
            if made is None or discounting.reference_of(made) != reference:
                return None
            if not discounting.differences(plan, made):
                return discounting.receipt(plan, made, reference)
        if not self._delete_coupon(made["id"]):
            raise BadAnswer("bad_answer", cause="wrong_discount_stays")
        return None

    def _coupon(self, code: str, *, quick: bool = False) -> CouponRecord | None:
        listing = self._client.read("coupons", {"code": code}, fresh=True, quick=quick)
        found = decoded(payloads_changes.COUPONS, listing.body)
        same = (item for item in found if item["code"].casefold() == code.casefold())
        return next(same, None)

    def _delete_coupon(self, coupon_id: int) -> bool:
        """For good: from the trash a code could come back. Whether it is surely gone."""
        path, query = f"coupons/{coupon_id}", {"force": "true"}
        try:
            self._client.change("DELETE", path, {}, query=query)
        except MostradorError:
            return False
        return True

    def _takes_coupons(self) -> bool:
        """True if the shop does not tell: it will say so itself."""
        try:
            return self._general().get("woocommerce_enable_coupons") != "no"
        except PlatformError:
            return True

    def _currency(self) -> str:
        return _currencies.get(self._key, self._read_currency)

    def _read_currency(self) -> str:
        listing = self._client.read("data/currencies/current", quick=True)
        return decoded(payloads.CURRENCY, listing.body)["code"]

    def _read_zone(self) -> tzinfo:
        """By name, else as hours from UTC (shops that never chose a city)."""
        index = decoded(payloads.INDEX, self._client.index())
        name = index.get("timezone_string")
        try:
            if name:
                return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise BadAnswer("bad_answer", cause="unknown_zone") from error
        return timezone(timedelta(seconds=int(index.get("gmt_offset", 0) * 3600)))
