"""What the ledger does with plans and receipts: a plan is kept as text and comes back the same,
and a receipt says what every receipt must."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from plugin.domain.actions import Receipt
from plugin.domain.addresses import AddressChoice
from plugin.domain.annotations import NoteChoice, TagsChoice
from plugin.domain.cancels import CancelChoice
from plugin.domain.discounts import DiscountChoice
from plugin.domain.mails import MailChoice
from plugin.domain.orders import Order
from plugin.domain.replacements import ReplacementChoice, ReplacementLine
from plugin.errors import ActionRefused
from plugin.ports.store import Store
from tests.contracts.shop import Catalogue, Running
from tests.contracts.test_addresses import TRIANA

REFERENCE = "M-ABCDEFGH"


def _lines(order: Order) -> tuple[ReplacementLine, ...]:
    line = order.lines[0]
    return (
        ReplacementLine(
            line_ref=line.ref, product_ref=line.product_ref, variant_ref=line.variant_ref,
            quantity=1,
        ),
    )  # fmt: skip


CHANGES: dict[str, tuple[Callable[[Order], Any], str, str]] = {
    "address": (
        lambda o: AddressChoice(order_ref=o.ref, address=TRIANA), "plan_address", "change_address",
    ),
    "cancel": (lambda o: CancelChoice(order_ref=o.ref), "plan_cancel", "cancel"),
    "discount": (
        lambda o: DiscountChoice(code="GRACIAS-AAAA", kind="free_shipping", for_anyone=True),
        "plan_discount", "make_discount",
    ),
    "replacement": (
        lambda o: ReplacementChoice(order_ref=o.ref, lines=_lines(o)),
        "plan_replacement", "replace_order",
    ),
    "note": (lambda o: NoteChoice(order_ref=o.ref, text="x"), "plan_note", "write_note"),
    "tags": (lambda o: TagsChoice(order_ref=o.ref, add=("x",)), "plan_tags", "change_tags"),
    "mail_invoice": (
        lambda o: MailChoice(order_ref=o.ref, kind="invoice"), "plan_mail", "send_mail",
    ),
    "mail_details": (
        lambda o: MailChoice(order_ref=o.ref, kind="details"), "plan_mail", "send_mail",
    ),
}  # fmt: skip


def _planned(store: Store, seed: Catalogue, name: str) -> Any:
    """The plan for the first order with which it can be made; None where the platform lacks it."""
    choose, plan, _ = CHANGES[name]
    for order in seed.orders:
        if seed.platform.ability(name, order).available and order.shipping_address:
            try:
                return getattr(store, plan)(choose(order))
            except ActionRefused:
                continue  # nothing in stock
    return None


@pytest.mark.parametrize("name", CHANGES)
def test_plans_come_back_as_they_were_and_receipts_say_all(
    fresh: Running, seed: Catalogue, name: str
) -> None:
    plan = _planned(fresh.store, seed, name)
    if plan is None:
        assert not any(seed.platform.ability(name, order).available for order in seed.orders)
        return

    again = msgspec.json.decode(msgspec.json.encode(plan), type=type(plan))
    receipt: Receipt = getattr(fresh.store, CHANGES[name][2])(again, key="k", reference=REFERENCE)

    assert again == plan
    assert (receipt.state, receipt.reference) == ("final", REFERENCE)
    assert receipt.payment in ("", "none", "succeeded")
    assert receipt.created_at.tzinfo is not None
    assert isinstance(receipt.ref, str)
    assert msgspec.json.encode(receipt)


@pytest.mark.parametrize("name", [*CHANGES, "customer_note", "customer_tags"])
def test_every_change_is_offered_or_has_its_reason(seed: Catalogue, name: str) -> None:
    for order in seed.orders:
        able = seed.platform.ability(name, order)
        assert able.available is not bool(able.reason)
        assert able.reason != "action_not_offered"
