"""The app's webhooks: one address for all shops, REST-shaped bodies, signed with the app's
client secret."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.sandbox.hooks import MISHAPS, Courier, Parcel, signature

from .faults import Switchboard
from .ids import gid
from .reads import DOMAIN
from .world import World

_VERSION = "2026-10"


class Hooks:
    """Without an address nothing is sent."""

    def __init__(self, world: World, faults: Switchboard, url: str, secret: str) -> None:
        self._world = world
        self._faults = faults
        self.url, self.secret = url, secret
        self.courier = Courier(self._mishap)
        world.listeners.append(self.changed)

    def changed(self, topic: str, order_id: int) -> None:
        self._post(topic, lambda: self._payload(topic, order_id))

    def tell(self, topic: str, payload: Mapping[str, Any]) -> None:
        """What concerns the app itself."""
        self._post(topic, lambda: payload)

    def _post(self, topic: str, payload: Callable[[], Mapping[str, Any]]) -> None:
        if self.url:
            webhook_id = secrets.token_hex(16)  # the same on every repetition
            at = datetime.now(UTC)
            self.courier.post(lambda: self._parcel(topic, payload(), webhook_id, at))

    def _parcel(
        self, topic: str, payload: Mapping[str, Any], webhook_id: str, at: datetime
    ) -> Parcel:
        body = json.dumps(payload).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-Sha256": signature(self.secret, body),
            "X-Shopify-Shop-Domain": DOMAIN,
            "X-Shopify-API-Version": _VERSION,
            "X-Shopify-Webhook-Id": webhook_id,
            "X-Shopify-Event-Id": webhook_id[::-1],
            "X-Shopify-Triggered-At": at.isoformat().replace("+00:00", "Z"),
        }
        return Parcel(url=self.url, headers=headers, body=body)

    def _payload(self, topic: str, order_id: int) -> Mapping[str, Any]:
        if topic.endswith("/delete"):
            return {"id": order_id}
        if topic == "refunds/create":
            return {"id": 0, "order_id": order_id}
        book = self._world.book(order_id)
        known = {"id": order_id, "admin_graphql_api_id": gid("Order", order_id)}
        return known if book is None else {
            **known, "name": book.order.name, "updated_at": book.updated_at.isoformat(),
        }  # fmt: skip

    def _mishap(self) -> str:
        drawn = self._faults.draw_hook(MISHAPS)
        return drawn.fault if drawn else ""
