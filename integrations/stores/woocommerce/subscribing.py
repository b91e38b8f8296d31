"""Our webhooks in a shop: made once, found again, turned on where the shop turned them off (it
does so after seven failures in a row, and tells nobody)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypedDict

import msgspec

from plugin.errors import BadAnswer, Unsupported
from plugin.ports.store import Subscribed

from .client import WooClient, decoded
from .webhooks import TOPICS

_PAGES = 10


class _Webhook(TypedDict):
    id: int
    status: str
    topic: str
    delivery_url: str


_WEBHOOKS = msgspec.json.Decoder(list[_Webhook])
_FIELDS = "id,status,topic,delivery_url"


def subscribe(client: WooClient, url: str, secret: str) -> Subscribed:
    """Raises Unsupported("webhooks_need_write_key") for a key that may only read, PlatformError.
    A topic that this shop does not know is left out."""
    ours: dict[str, _Webhook] = {}
    for item in _known(client):
        if item["delivery_url"] == url:
            ours.setdefault(item["topic"], item)
    mended: list[str] = []
    for topic in TOPICS:
        known = ours.get(topic)
        if known is None:
            _make(client, topic, url, secret)
        elif known["status"] != "active":
            # the secret too: it may be another one since the shop stopped
            body = {"status": "active", "secret": secret}
            _changed(client.configure("PUT", f"webhooks/{known['id']}", body))
            mended.append(topic)
    return Subscribed(active=True, mended=tuple(mended))


def unsubscribe(client: WooClient, url: str) -> int:
    """Only ours, known by where they deliver to. Raises Unsupported("webhooks_need_write_key") if
    there are some and the key may only read, PlatformError."""
    ours = [item for item in _known(client) if item["delivery_url"] == url]
    for item in ours:
        path = f"webhooks/{item['id']}"
        code = client.configure("DELETE", path, {}, {"force": "true"})
        if code != "woocommerce_rest_shop_webhook_invalid_id":  # somebody was quicker
            _changed(code)
    return len(ours)


def _known(client: WooClient) -> Iterator[_Webhook]:
    for page in range(1, _PAGES + 1):
        query = {"per_page": "100", "page": str(page), "_fields": _FIELDS}
        found = decoded(_WEBHOOKS, client.read("webhooks", query).body)
        yield from found
        if len(found) < 100:
            return


def _make(client: WooClient, topic: str, url: str, secret: str) -> None:
    body = {"name": f"Mostrador {topic}", "topic": topic, "delivery_url": url, "secret": secret}
    code = client.configure("POST", "webhooks", body)
    if code != "woocommerce_rest_shop_webhook_invalid_topic":
        _changed(code)


def _changed(code: str) -> None:
    """`code` is the shop's own, "" when it did as it was told."""
    if code in ("woocommerce_rest_authentication_error", "woocommerce_rest_cannot_create",
                "woocommerce_rest_cannot_edit", "woocommerce_rest_cannot_delete"):  # fmt: skip
        raise Unsupported("webhooks_need_write_key")
    if code:
        raise BadAnswer("bad_answer", cause=code)
