"""What the app asks of a shop; the README says why, and shopify.app.toml asks for the same."""

from __future__ import annotations

from collections.abc import Iterable

ALL_ORDERS = "read_all_orders"
SCOPES = (
    "read_customer_merge",
    "read_fulfillments",
    "read_inventory",
    "read_locations",
    "read_products",
    "read_returns",
    "write_customers",
    "write_discounts",
    "write_draft_orders",
    "write_merchant_managed_fulfillment_orders",
    "write_orders",
)


def to_ask(all_orders: bool) -> tuple[str, ...]:
    """`all_orders` once Shopify has granted it: an app may not ask for it before."""
    return (ALL_ORDERS, *SCOPES) if all_orders else SCOPES


def missing(granted: Iterable[str]) -> tuple[str, ...]:
    """Scopes of ours that are not granted; writing includes reading."""
    held = set(granted)
    held |= {f"read_{scope.removeprefix('write_')}" for scope in held if scope.startswith("write_")}
    return tuple(scope for scope in SCOPES if scope not in held)
