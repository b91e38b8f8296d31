"""*Tienda Azul* for the Store contract, with a bucket that never makes a test wait."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.sandbox.serving import App
from integrations.sandbox.shopify import TOKEN, create_app

_PLACES = {
    "address": "orderUpdate",
    "cancel": "orderCancel",
    "discount": "discountCodeBasicCreate",
    "replacement": "draftOrderCreate",
    "note": "orderUpdate",
    "tags": "tagsAdd",
    "mail": "orderInvoiceSend",
}


class TiendaAzul:
    key = "shopify"

    def app(self, gateway: str) -> App:
        return create_app(gateway=gateway, maximum=1_000_000, restore=50_000)

    def credentials(self) -> Mapping[str, str]:
        return {"access_token": TOKEN}

    def place(self, change: str) -> str:
        return _PLACES[change]


SHOP = TiendaAzul()
