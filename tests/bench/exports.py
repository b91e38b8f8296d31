"""A shop that does nothing but export: its files are made while they are sent, so that neither
side ever holds one. Only what a backfill asks is answered, in Shopify's words."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

EACH = 20  # orders of one customer
_GOODS = ("Cuenco de gres", "Mantel de lino lavado", "Aceite virgen extra", "Vela de cera",
          "Delantal de algodón", "Taza esmaltada", "Tabla de olivo")  # fmt: skip
_STREETS = ("Calle de la Alameda", "Avenida del Puerto", "Rúa do Vilar", "Carrer de Mallorca")


def bag(cents: int) -> dict[str, Any]:
    amount = f"{cents // 100}.{cents % 100:02d}"
    return {"presentmentMoney": {"amount": amount, "currencyCode": "EUR"}}


def address(person: int) -> dict[str, Any]:
    street = f"{_STREETS[person % 4]}, {person % 190 + 1}"
    return {
        "name": f"Lucía Prueba {person}", "firstName": "Lucía", "lastName": f"Prueba {person}",
        "company": None, "address1": street, "address2": "3.º B", "city": "Madrid",
        "province": "Madrid", "provinceCode": "M", "zip": "28012", "countryCodeV2": "ES",
        "phone": f"+346{person % 100_000_000:08d}",
    }  # fmt: skip


def item(number: int, position: int) -> dict[str, Any]:
    seed = number * 7 + position * 3
    return {
        "id": f"gid://shopify/LineItem/{9_000_000_000 + number * 4 + position}",
        "title": _GOODS[seed % 7], "variantTitle": "Azul / 22 cm", "sku": f"SKU-{seed % 900}",
        "quantity": seed % 3 + 1, "refundableQuantity": seed % 3 + 1, "unfulfilledQuantity": 0,
        "restockable": True,
        "image": {"url": f"https://cdn.example/s/files/{seed % 900}.jpg", "altText": None},
        "originalUnitPriceSet": bag(500 + seed % 8000), "discountAllocations": [],
        "taxLines": [{"priceSet": bag(100 + seed % 900)}],
        "variant": {"id": f"gid://shopify/ProductVariant/{8_500_000_000 + seed % 2500}"},
        "product": {"id": f"gid://shopify/Product/{8_000_000_000 + seed % 900}"},
        "__parentId": f"gid://shopify/Order/{5_000_000_000 + number}",
    }  # fmt: skip


def order(number: int, people: int) -> dict[str, Any]:
    person = number % people
    day = f"{2022 + number % 4}-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
    code = f"PQ{number:010d}ES"
    paid = 5000 + number % 9000
    return {
        "id": f"gid://shopify/Order/{5_000_000_000 + number}", "name": f"#{1001 + number}",
        "email": f"cliente{person}@correo.example", "phone": None, "note": None, "tags": [],
        "createdAt": f"{day}T10:00:00Z", "processedAt": f"{day}T10:00:00Z",
        "updatedAt": f"{day}T18:00:00Z", "cancelledAt": None,
        "statusPageUrl": f"https://tienda.example/pedidos/{number}/estado",
        "displayFinancialStatus": "PAID", "displayFulfillmentStatus": "FULFILLED",
        "presentmentCurrencyCode": "EUR", "taxesIncluded": True, "discountCodes": [],
        "totalPriceSet": bag(paid), "subtotalPriceSet": bag(paid - 490),
        "totalShippingPriceSet": bag(490), "totalTaxSet": bag(paid * 17 // 100),
        "totalDiscountsSet": bag(0), "totalRefundedSet": bag(0),
        "customer": {
            "id": f"gid://shopify/Customer/{70_000_000 + person}",
            "displayName": f"Lucía Prueba {person}",
        },
        "shippingAddress": address(person), "billingAddress": address(person),
        "shippingLine": {
            "id": f"gid://shopify/ShippingLine/{number + 1}", "title": "Envío en 48 horas",
            "discountedPriceSet": bag(490), "taxLines": [],
        },
        "fulfillments": [{
            "id": f"gid://shopify/Fulfillment/{number + 1}", "status": "SUCCESS",
            "displayStatus": "DELIVERED", "createdAt": f"{day}T12:00:00Z",
            "deliveredAt": f"{day}T18:00:00Z", "estimatedDeliveryAt": None,
            "trackingInfo": [
                {"company": "Correos", "number": code, "url": f"https://track.example/?id={code}"}
            ],
        }],
        "refunds": [],
        "transactions": [{
            "id": f"gid://shopify/OrderTransaction/{number + 1}", "kind": "SALE",
            "status": "SUCCESS", "gateway": "shopify_payments", "formattedGateway": "Visa",
            "accountNumber": "•••• 4242", "processedAt": f"{day}T10:00:00Z",
            "manualPaymentGateway": False, "amountSet": bag(paid), "parentTransaction": None,
        }],
    }  # fmt: skip


def family(number: int, people: int) -> list[bytes]:
    """The lines of one order, itself first: one to four goods."""
    whole = [order(number, people)]
    whole += [item(number, position) for position in range(number % 4 + 1)]
    return [json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in whole]


def file(count: int) -> Iterator[bytes]:
    """Pieces of a file of `count` orders. Children stand before the parents of the block before,
    as no order of lines is promised."""
    people = max(1, count // EACH)
    late: list[bytes] = []
    for start in range(0, count, 100):
        parents, children = [], []
        for number in range(start, min(start + 100, count)):
            first, *rest = family(number, people)
            parents.append(first)
            children += rest
        yield b"".join((*children, *late))
        late = parents
    yield b"".join(late)


def _answer(count: int, base: str, query: str) -> dict[str, Any]:
    export = {"id": "gid://shopify/BulkOperation/1", "type": "QUERY", "status": "COMPLETED"}
    if "bulkOperationRunQuery" in query:
        export["createdAt"] = "2026-11-25T12:00:00Z"
        return {"bulkOperationRunQuery": {"bulkOperation": export, "userErrors": []}}
    if "BulkOperationStatus" in query:
        url = f"{base}/orders.jsonl" if count else None
        whole = {**export, "errorCode": None, "fileSize": "0", "url": url, "partialDataUrl": None}
        return {"bulkOperation": whole}
    number = {"count": count, "precision": "EXACT"}
    return {
        "shop": {"currencyCode": "EUR"}, "customersCount": number, "ordersCount": number,
        "productsCount": number, "bulkOperations": {"nodes": []},
    }  # fmt: skip


class _Shop(BaseHTTPRequestHandler):
    count = 0
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = str(body["query"]) + str(body["variables"])
        # only the part of the orders is not empty
        asked = self.count if "orders {" in text or self.server.orders else 0  # type: ignore[attr-defined]
        self.server.orders = "orders {" in text  # type: ignore[attr-defined]
        if "BulkOperationStatus" in text:
            self.server.orders = False  # type: ignore[attr-defined]
        base = f"http://{self.headers['Host']}"
        answer = json.dumps({"data": _answer(asked, base, text)}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        for piece in file(self.count):
            self.wfile.write(piece)
        self.close_connection = True


def main(count: int) -> None:
    """Serves until killed; says its port first."""
    _Shop.count = count
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Shop)
    server.orders = False  # type: ignore[attr-defined]
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
