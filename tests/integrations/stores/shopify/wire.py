"""Payloads as the operations select them, and answers for exactly one operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import responses
from responses import matchers

from integrations.http import ApiClient
from integrations.stores.shopify import PLATFORM
from integrations.stores.shopify.client import ShopifyClient, operation
from integrations.stores.shopify.store import ShopifyStore
from plugin.ports.store import Connection, Store

ADDRESS = "tienda.myshopify.com"
TOKEN = "shpat_test"
URL = f"https://{ADDRESS}/admin/api/2026-10/graphql.json"
ONE = {
    "lines": 30,
    "shipments": 5,
    "shipped": 10,
    "refunds": 5,
    "returned": 6,
    "transactions": 12,
}
FOUR = {"lines": 5, "shipments": 2, "shipped": 5, "refunds": 2, "returned": 3, "transactions": 4}


class Naps(list[float]):
    """Stands in for sleep and remembers."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def client(naps: Naps | None = None) -> ShopifyClient:
    http = ApiClient(attempts=1)
    return ShopifyClient(http, address=ADDRESS, token=TOKEN, sleep=Naps() if naps is None else naps)


def store(naps: Naps | None = None) -> ShopifyStore:
    return ShopifyStore(client(naps), address=ADDRESS)


def opened(**options: str) -> Store:
    connection = Connection(
        workspace_id="ws_1",
        id="co_1",
        platform="shopify",
        label="Tienda",
        address=ADDRESS,
        credentials={"access_token": TOKEN},
        options=options,
    )
    return PLATFORM.open(connection, ApiClient())


def answer(
    wire: responses.RequestsMock,
    name: str,
    variables: Mapping[str, object] | None = None,
    *,
    data: object = None,
    errors: Sequence[Mapping[str, Any]] | None = None,
    cost: Mapping[str, Any] | None = None,
    status: int = 200,
) -> None:
    """One answer to this operation with these variables; it must be asked for."""
    document: dict[str, Any] = {"data": data}
    if errors is not None:
        document["errors"] = list(errors)
    if cost is not None:
        document["extensions"] = {"cost": cost}
    asked = {"query": operation(name), "variables": dict(variables or {})}
    strict = variables is not None
    wire.post(
        URL,
        json=document,
        status=status,
        match=[
            matchers.json_params_matcher(
                asked if strict else {"query": asked["query"]}, strict_match=strict
            ),
            matchers.header_matcher({"X-Shopify-Access-Token": TOKEN}),
        ],
    )


def error(code: str, *path: str | int, message: str = "No") -> dict[str, Any]:
    return {"message": message, "path": list(path), "extensions": {"code": code}}


def cost(requested: int, available: float, restore: float = 100) -> dict[str, Any]:
    status = {"maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": restore}
    return {"requestedQueryCost": requested, "throttleStatus": status}


def bag(amount: str, currency: str = "EUR") -> dict[str, Any]:
    return {"presentmentMoney": {"amount": amount, "currencyCode": currency}}


def address(**given: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "name": "Carmen Ferrándiz",
        "company": None,
        "address1": "C/ Mayor 1",
        "address2": None,
        "city": "Madrid",
        "province": "Madrid",
        "zip": "28013",
        "countryCodeV2": "ES",
        "phone": "612 34 56 78",
    }
    return {**plain, **given}


def line(number: int = 11, **given: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": f"gid://shopify/LineItem/{number}",
        "title": "Taza",
        "variantTitle": "Azul / M",
        "sku": "TAZA-M",
        "quantity": 3,
        "refundableQuantity": 3,
        "unfulfilledQuantity": 0,
        "restockable": True,
        "image": {"url": "https://cdn.example/taza.png", "altText": None},
        "originalUnitPriceSet": bag("10.00"),
        "discountAllocations": [],
        "taxLines": [{"priceSet": bag("5.21")}],
        "variant": {"id": "gid://shopify/ProductVariant/501"},
        "product": {"id": "gid://shopify/Product/401"},
    }
    return {**plain, **given}


def transaction(number: int = 91, **given: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": f"gid://shopify/OrderTransaction/{number}",
        "kind": "SALE",
        "status": "SUCCESS",
        "gateway": "shopify_payments",
        "formattedGateway": "Visa",
        "accountNumber": "•••• •••• •••• 4242",
        "processedAt": "2026-11-01T10:00:05Z",
        "manualPaymentGateway": False,
        "amountSet": bag("35.00"),
        "parentTransaction": None,
    }
    return {**plain, **given}


def moved(status: str = "SUCCESS", **given: Any) -> dict[str, Any]:
    """A refund's transaction."""
    plain: dict[str, Any] = {
        "id": "gid://shopify/OrderTransaction/95",
        "kind": "REFUND",
        "status": status,
        "gateway": "shopify_payments",
        "manualPaymentGateway": False,
    }
    return {**plain, **given}


def refund(number: int = 71, **given: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": f"gid://shopify/Refund/{number}",
        "createdAt": "2026-11-02T09:00:00Z",
        "note": "Llegó roto [M-ABCDEFGH]",
        "totalRefundedSet": bag("10.00"),
        "refundLineItems": {"nodes": [], "pageInfo": {"hasNextPage": False}},
        "refundShippingLines": {"nodes": []},
        "transactions": {"nodes": [moved()]},
    }
    return {**plain, **given}


def parcel(**given: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": "gid://shopify/Fulfillment/61",
        "status": "SUCCESS",
        "displayStatus": "IN_TRANSIT",
        "createdAt": "2026-11-01T15:00:00Z",
        "deliveredAt": None,
        "estimatedDeliveryAt": None,
        "trackingInfo": [
            {"company": "Correos", "number": "PQ1", "url": "https://correos.example/PQ1"}
        ],
        "fulfillmentLineItems": {
            "nodes": [
                {
                    "id": "gid://shopify/FulfillmentLineItem/1",
                    "quantity": 3,
                    "lineItem": {"id": "gid://shopify/LineItem/11"},
                }
            ],
            "pageInfo": {"hasNextPage": False},
        },
    }
    return {**plain, **given}


def lines(*nodes: dict[str, Any], after: str | None = None) -> dict[str, Any]:
    return {
        "nodes": list(nodes),
        "pageInfo": {"hasNextPage": after is not None, "endCursor": after},
    }


def order(**given: Any) -> dict[str, Any]:
    """Three cups at 10.00 and 5.00 of delivery, taxes included, paid by card, not sent."""
    plain: dict[str, Any] = {
        "id": "gid://shopify/Order/1001",
        "legacyResourceId": "1001",
        "name": "#1001",
        "email": "carmen@example.com",
        "phone": None,
        "note": None,
        "tags": ["vip"],
        "createdAt": "2026-11-01T10:00:00Z",
        "processedAt": "2026-11-01T10:00:00Z",
        "updatedAt": "2026-11-01T10:00:05Z",
        "cancelledAt": None,
        "statusPageUrl": "https://tienda.example/orders/1",
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "UNFULFILLED",
        "presentmentCurrencyCode": "EUR",
        "taxesIncluded": True,
        "discountCodes": [],
        "totalPriceSet": bag("35.0"),
        "subtotalPriceSet": bag("30.0"),
        "totalShippingPriceSet": bag("5.0"),
        "totalTaxSet": bag("6.08"),
        "totalDiscountsSet": bag("0.0"),
        "totalRefundedSet": bag("0.0"),
        "customer": {"id": "gid://shopify/Customer/301", "displayName": "Carmen Ferrándiz"},
        "shippingAddress": address(),
        "billingAddress": address(),
        "shippingLines": {
            "nodes": [
                {
                    "id": "gid://shopify/ShippingLine/51",
                    "title": "Estándar",
                    "discountedPriceSet": bag("5.00"),
                    "taxLines": [{"priceSet": bag("0.87")}],
                }
            ]
        },
        "discountApplications": {"nodes": []},
        "lineItems": lines(line(unfulfilledQuantity=3)),
        "fulfillments": [],
        "refunds": [],
        "transactions": [transaction()],
    }
    return {**plain, **given}


def suggested_line(restock: str = "RETURN", quantity: int = 1, **given: Any) -> dict[str, Any]:
    place = {"id": "gid://shopify/Location/81", "name": "Almacén Madrid"}
    plain: dict[str, Any] = {
        "quantity": quantity,
        "restockType": restock,
        "lineItem": {"id": "gid://shopify/LineItem/11"},
        "location": None if restock == "NO_RESTOCK" else place,
        "subtotalSet": bag("10.00"),
        "totalTaxSet": bag("1.74"),
    }
    return {**plain, **given}


def payout(
    number: int = 91, amount: str = "10.00", most: str = "35.00", **given: Any
) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "kind": "SUGGESTED_REFUND",
        "gateway": "shopify_payments",
        "formattedGateway": "Visa",
        "accountNumber": "•••• 4242",
        "amountSet": bag(amount),
        "maximumRefundableSet": bag(most),
        "parentTransaction": {"id": f"gid://shopify/OrderTransaction/{number}"},
    }
    return {**plain, **given}


def suggestion(**given: Any) -> dict[str, Any]:
    """One cup back."""
    plain: dict[str, Any] = {
        "amountSet": bag("10.00"),
        "totalTaxSet": bag("1.74"),
        "maximumRefundableSet": bag("35.00"),
        "shipping": {
            "amountSet": bag("0.0"),
            "taxSet": bag("0.0"),
            "maximumRefundableSet": bag("5.00"),
        },
        "refundLineItems": [suggested_line()],
        "suggestedTransactions": [payout()],
    }
    return {**plain, **given}


def customer(**given: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": "gid://shopify/Customer/301",
        "displayName": "Carmen Ferrándiz",
        "defaultEmailAddress": {"emailAddress": "Carmen@Example.com"},
        "defaultPhoneNumber": {"phoneNumber": "+34612345678"},
        "defaultAddress": address(),
        "numberOfOrders": "2",
        "amountSpent": {"amount": "70.0", "currencyCode": "EUR"},
        "note": None,
        "tags": [],
        "locale": "es",
        "createdAt": "2025-01-01T00:00:00Z",
        "updatedAt": "2026-11-01T10:00:05Z",
    }
    return {**plain, **given}


def variant(number: int = 501, **given: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": f"gid://shopify/ProductVariant/{number}",
        "title": "M",
        "sku": "TAZA-M",
        "price": "10.00",
        "availableForSale": True,
        "inventoryPolicy": "DENY",
        "inventoryQuantity": 4,
        "inventoryItem": {
            "id": "gid://shopify/InventoryItem/1",
            "tracked": True,
            "inventoryLevels": {"nodes": [level()], "pageInfo": {"hasNextPage": False}},
        },
    }
    return {**plain, **given}


def level(place: str = "Valencia", quantity: int = 4, *, active: bool = True) -> dict[str, Any]:
    return {
        "id": "gid://shopify/InventoryLevel/1?inventory_item_id=1",
        "isActive": active,
        "location": {"id": "gid://shopify/Location/81", "name": place},
        "quantities": [{"name": "available", "quantity": quantity}],
    }


def product(**given: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": "gid://shopify/Product/401",
        "title": "Taza",
        "status": "ACTIVE",
        "onlineStoreUrl": "https://tienda.example/products/taza",
        "updatedAt": "2026-11-01T10:00:05Z",
        "featuredMedia": {"preview": {"image": {"url": "https://cdn.example/taza.png"}}},
        "variants": lines(variant()),
    }
    return {**plain, **given}
