"""The shop's webhooks: how they are made by the API, and what they send."""

from __future__ import annotations

import hashlib
import threading
import time
from typing import Any

from integrations.sandbox.hooks import MISHAPS, Courier, Parcel, signature

from .answers import Answer, ApiError, Call, as_json, one, page
from .auth import may_manage
from .faults import Faults
from .orders import PAGING
from .params import Param, Specs
from .records import Json
from .render import customer_document, order_document, product_document
from .routes import Endpoint, Route, route
from .shop import Shop, stamp

_ASYNC_SECONDS = 0.05
_MOST_FAILURES = 6  # the next one in a row disables
_OWNER = 1  # whose key made the webhooks
_NO_RIGHT = {
    "code": "woocommerce_rest_cannot_view",
    "message": "Sorry, you cannot view this resource.",
    "data": {"status": 403},
}
_EVENTS = {
    "order": ("created", "updated", "deleted", "restored"),
    "customer": ("created", "updated", "deleted"),
    "product": ("created", "updated", "deleted", "restored"),
}
_RESOURCES = {"orders": "order", "customers": "customer", "products": "product"}
_DOCUMENTS = {"order": order_document, "customer": customer_document, "product": product_document}
_WRITE: Specs = {
    "name": Param(),
    "status": Param(enum=("active", "paused", "disabled")),
    "topic": Param(),
    "delivery_url": Param(),
    "secret": Param(),
}
_HIDDEN = ("secret", "failures", "user")


class Hooks:
    """Hears of every change of the shop's records and sends what was asked for."""

    def __init__(self, shop: Shop, faults: Faults) -> None:
        self._shop = shop
        self._faults = faults
        self.courier = Courier(self._mishap)
        self._pending: set[tuple[int, str, int]] = set()
        self._lock = threading.Lock()
        shop.listeners.append(self.changed)

    def changed(self, kind: str, key: int, before: Json | None, after: Json | None) -> None:
        """One pending job for each webhook and record, as the real queue has it."""
        resource = _RESOURCES.get(kind, "")
        topics = _topics(resource, before, after) if resource else ()
        for hook in self._shop.all("webhooks"):
            if hook["status"] == "active" and hook["topic"] in topics:
                self._post(hook["id"], hook["topic"], key)

    def _post(self, hook_id: int, topic: str, key: int) -> None:
        with self._lock:
            if (hook_id, topic, key) in self._pending:
                return
            self._pending.add((hook_id, topic, key))
        not_before = time.monotonic() + _ASYNC_SECONDS
        self.courier.post(lambda: self._parcel(hook_id, topic, key, not_before))

    def _parcel(self, hook_id: int, topic: str, key: int, not_before: float) -> Parcel | None:
        time.sleep(max(0.0, not_before - time.monotonic()))
        with self._lock:
            self._pending.discard((hook_id, topic, key))
        hook = self._shop.get("webhooks", hook_id)
        if hook is None or hook["status"] != "active":
            return None
        body = as_json(self._payload(topic, key))
        return Parcel(
            url=hook["delivery_url"],
            headers=self._headers(hook, body),
            body=body,
            answered=lambda taken: self._counted(hook_id, taken=taken),
        )

    def _payload(self, topic: str, key: int) -> Any:
        """What the API would say to the webhook's user now: an error too is signed and sent."""
        resource, _, event = topic.partition(".")
        if resource == "action":
            return {"action": event, "arg": key}
        if event == "deleted":
            return {"id": key}
        record = self._shop.get(f"{resource}s", key)
        if not may_manage(self._shop, _OWNER):
            return _NO_RIGHT
        if record is None:
            code = f"woocommerce_rest_shop_{resource}_invalid_id"
            return {"code": code, "message": "Invalid ID.", "data": {"status": 404}}
        home = self._shop.site.home
        call = Call(
            method="GET", shop=self._shop, base=home, route="", ids=(key,), params={}, query={},
            user=_OWNER,
        )  # fmt: skip
        return _DOCUMENTS[resource](call, record)

    def _headers(self, hook: Json, body: bytes) -> dict[str, str]:
        site = self._shop.site
        resource, _, event = hook["topic"].partition(".")
        second = f"{hook['id']}{self._shop.stamp()}"
        return {
            "User-Agent": f"WooCommerce/{site.version} Hookshot (WordPress/{site.wordpress})",
            "Content-Type": "application/json",
            "X-WC-Webhook-Source": f"{site.home or 'http://127.0.0.1'}/",
            "X-WC-Webhook-Topic": hook["topic"],
            "X-WC-Webhook-Resource": resource,
            "X-WC-Webhook-Event": event,
            "X-WC-Webhook-Signature": signature(hook["secret"], body),
            "X-WC-Webhook-ID": str(hook["id"]),
            "X-WC-Webhook-Delivery-ID": hashlib.md5(second.encode()).hexdigest(),  # noqa: S324 - the shop's own id, no secret
        }

    def _counted(self, hook_id: int, *, taken: bool) -> None:
        def change(hook: Json) -> None:
            hook["failures"] = 0 if taken else hook["failures"] + 1
            if hook["failures"] > _MOST_FAILURES:
                hook["status"] = "disabled"
                hook["date_modified_gmt"] = self._shop.stamp()

        self._shop.change("webhooks", hook_id, change)

    def _mishap(self) -> str:
        struck = self._faults.take(("hook",), MISHAPS)
        return struck[0].fault if struck else ""

    def routes(self) -> tuple[Route, ...]:
        update = Endpoint(handler=self._update, params=_WRITE)
        force: Specs = {"force": Param(kind="boolean", default=False)}
        return (
            route(
                "wc/v3/webhooks",
                "GET POST",
                {
                    "GET": Endpoint(handler=_list, params=PAGING),
                    "POST": Endpoint(handler=self._create, params=_WRITE),
                },
            ),
            route(
                "wc/v3/webhooks/{id}",
                "GET POST PUT PATCH DELETE",
                {
                    "GET": Endpoint(handler=_get),
                    "POST": update,
                    "PUT": update,
                    "PATCH": update,
                    "DELETE": Endpoint(handler=_delete, params=force),
                },
            ),
        )

    def _create(self, call: Call) -> Answer:
        topic, url = call.params.get("topic") or "", call.params.get("delivery_url") or ""
        if not _is_topic(topic):
            text = "Webhook topic is required and must be valid."
            raise ApiError(400, "woocommerce_rest_shop_webhook_invalid_topic", text)
        if not url.startswith(("http://", "https://")):
            text = "Webhook delivery URL must be a valid URL starting with http:// or https://."
            raise ApiError(400, "woocommerce_rest_shop_webhook_invalid_delivery_url", text)
        fresh = {
            "id": call.shop.new_id("webhook"),
            "name": call.params.get("name") or "Webhook",
            "status": call.params.get("status") or "active",
            "topic": topic,
            "delivery_url": url,
            "date_created_gmt": call.shop.stamp(),
            "date_modified_gmt": None,
            "secret": call.params.get("secret") or stamp(call.shop.clock()),
            "failures": 0,
        }
        call.shop.put("webhooks", fresh)
        # the ping goes out while it is made; that nobody takes it is not reported
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        ping = Parcel(url=url, headers=form, body=f"webhook_id={fresh['id']}".encode())
        self.courier.post(lambda: ping)
        return one(call, _document(call, fresh), 201)

    def _update(self, call: Call) -> Answer:
        _of(call)
        given = {name: call.params[name] for name in _WRITE if call.params.get(name) is not None}

        def change(hook: Json) -> None:
            hook.update(given)
            hook["failures"] = 0 if given.get("status") == "active" else hook["failures"]
            hook["date_modified_gmt"] = call.shop.stamp()

        return one(call, _document(call, call.shop.change("webhooks", call.id, change) or {}))


def _list(call: Call) -> Answer:
    found = sorted(call.shop.all("webhooks"), key=lambda hook: hook["id"], reverse=True)
    return page(call, found, lambda hook: _document(call, hook))


def _get(call: Call) -> Answer:
    return one(call, _document(call, _of(call)))


def _delete(call: Call) -> Answer:
    hook = _of(call)
    if not call.params["force"]:
        text = "Webhooks do not support trashing."
        raise ApiError(501, "woocommerce_rest_trash_not_supported", text)
    call.shop.drop("webhooks", hook["id"])
    return one(call, _document(call, hook))


def _of(call: Call) -> Json:
    hook = call.shop.get("webhooks", call.id)
    if hook is None:
        raise ApiError(404, "woocommerce_rest_shop_webhook_invalid_id", "ID is invalid.")
    return hook


def _document(call: Call, hook: Json) -> Json:
    """Everything but the secret and the count of failures, which the API hides."""
    resource, _, event = hook["topic"].partition(".")
    shown = {name: value for name, value in hook.items() if name not in _HIDDEN}
    return {
        **shown,
        "resource": resource,
        "event": event,
        "date_created": hook["date_created_gmt"],
        "date_modified": hook["date_modified_gmt"],
        "_links": {"collection": [{"href": call.link("webhooks")}]},
    }


def _is_topic(topic: str) -> bool:
    resource, _, event = topic.partition(".")
    if resource == "action":
        return event.startswith(("woocommerce_", "wc_"))
    return event in _EVENTS.get(resource, ())


def _topics(resource: str, before: Json | None, after: Json | None) -> tuple[str, ...]:
    """Deleting an order for good fires only the action; its trash fires `deleted`."""
    if after is None:
        return ("action.woocommerce_delete_order",) if resource == "order" else (
            f"{resource}.deleted",
        )  # fmt: skip
    if before is None:
        return (f"{resource}.created", f"{resource}.updated")
    if after.get("status") == "trash":
        return (f"{resource}.deleted",)
    moved = resource == "order" and before["status"] != after["status"]
    if before.get("status") == "trash":
        # out of the trash by the API: no order.updated where orders have their own tables
        return ("action.woocommerce_order_status_changed",)
    more = ("action.woocommerce_order_status_changed",) if moved else ()
    return (f"{resource}.updated", *more)
