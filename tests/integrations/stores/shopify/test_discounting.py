"""A code's title stands in the customer's basket: nothing of ours, and no reason, is in it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from integrations.stores.shopify import discounting
from plugin.domain.discounts import DiscountChoice

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CHOICE = DiscountChoice(
    code="GRACIAS-7KQM", kind="percentage", percentage=Decimal(10), customer_ref="7",
    title="Cliente pesado",
)  # fmt: skip


def test_the_customer_reads_the_code_alone() -> None:
    plan = discounting.plan(CHOICE, "EUR", NOW)

    sent: Any = discounting.variables(plan, NOW, "M-ABCDEFGH")["discount"]

    assert (sent["title"], sent["tags"]) == ("GRACIAS-7KQM", ["M-ABCDEFGH"])
    assert "pesado" not in str(sent)
