"""The shop's payment plugins: they hand a refund to the gateway, another process."""

from __future__ import annotations

import requests

from .records import Gateway, Json
from .shop import Shop

_TIMEOUT = (5, 120)
_MUTE = "An error occurred while attempting to create the refund using the payment gateway API."
_DECLINED = "Charge ch_lab_1 has already been refunded."


class GatewayRefused(Exception):
    """No money was sent back as far as the plugin knows; the text goes to the caller as it is."""


class Payments:
    """Refunds through the gateway at `url`; without one, plugins say yes by themselves."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def send_back(self, shop: Shop, order: Json, amount: str) -> None:
        """Raises GatewayRefused. There is no idempotency: a second call pays a second time."""
        plugin = shop.gateways.get(order["payment_method"])
        if plugin is None:
            raise GatewayRefused("The payment gateway for this order does not exist.")
        if not plugin.refunds:
            text = "The payment gateway for this order does not support automatic refunds."
            raise GatewayRefused(text)
        self._by(plugin, shop, order, amount)

    def _by(self, plugin: Gateway, shop: Shop, order: Json, amount: str) -> None:
        if plugin.answer == "declines":
            raise GatewayRefused(_DECLINED)
        if plugin.answer == "false":
            raise GatewayRefused(_MUTE)
        if self._url:
            self._call(
                {
                    "shop": shop.site.key,
                    "order": str(order["id"]),
                    "payment": order["transaction_id"],
                    "amount": amount,
                    "currency": order["currency"],
                }
            )

    def _call(self, refund: Json) -> None:
        try:
            answer = requests.post(f"{self._url}/refunds", json=refund, timeout=_TIMEOUT)
        except requests.ConnectionError as error:
            # money may have moved: plugins know no better, and neither did ours
            raise GatewayRefused("cURL error 52: Empty reply from server") from error
        except requests.Timeout as error:
            raise GatewayRefused("cURL error 28: Operation timed out") from error
        if answer.status_code == requests.codes.payment_required:
            raise GatewayRefused(str(answer.json()["error"]))
        if answer.status_code != requests.codes.ok:
            raise GatewayRefused(_MUTE)
