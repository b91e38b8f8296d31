"""What every part of a connected shop works with."""

from __future__ import annotations

from datetime import timedelta

from plugin.domain.orders import Order
from plugin.errors import NotFound

from .backfill import Backfill
from .client import ShopifyClient, shop_handle
from .orders import Orders
from .values import gid


class Opened:
    """A shop with its client, steady and hurried. `settle` is how long after the call a change
    may still appear."""

    def __init__(
        self, client: ShopifyClient, *, address: str, settle: timedelta = timedelta(minutes=10)
    ) -> None:
        self._client = client
        self._settle = settle
        handle = shop_handle(address)
        admin = f"https://admin.shopify.com/store/{handle}/orders/" if handle else ""
        self._orders = Orders(client, admin)
        self._backfill = Backfill(client, admin)
        self._hurried = client.hurried()
        self._hurried_orders = Orders(self._hurried, admin)

    def _read_order(self, order_ref: str, *, hurried: bool = False) -> Order:
        """Raises NotFound("order_not_found")."""
        order_id = gid("Order", order_ref)
        orders = self._hurried_orders if hurried else self._orders
        found = orders.one(order_id) if order_id else None
        if found is None:
            raise NotFound("order_not_found")
        return found
