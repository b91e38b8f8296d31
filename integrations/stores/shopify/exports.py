"""Bulk operations: the shop runs a query by itself and offers the result as a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from plugin.errors import BadAnswer, OutcomeUnknown, Unreachable
from plugin.ports.store import Part

from .client import Bucket, ShopifyClient, operation
from .orders import readable

QUERIES: Mapping[Part, tuple[str, ...]] = {
    "customers": ("bulk_customers",),
    "orders": ("bulk_orders",),
    "products": ("bulk_products", "bulk_inventory"),
}
"""The first one of a part holds its records, others only what belongs to them."""
_COUNTS: Mapping[Part, str] = {
    "customers": "customersCount",
    "orders": "ordersCount",
    "products": "productsCount",
}
_RUNNING = ("CREATED", "RUNNING", "CANCELING")
_OTHERS = ("OPERATION_IN_PROGRESS", "LIMIT_REACHED")

State = Literal["running", "ready", "denied", "failed", "lost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Before an export: the shop's own count, its currency, and the exports that already run, by
    the text of their query (a worker may have died before it wrote down its own)."""

    count: int | None
    currency: str
    running: Mapping[str, str]
    bucket: Bucket | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """`ready` without a `url` is an empty result. `lost`: cancelled, or its file is gone. What a
    failed one has in part is not used: it holds records without their lines."""

    state: State
    url: str = ""
    size: int = 0
    cause: str = ""
    bucket: Bucket | None = None


def outlook(client: ShopifyClient, part: Part) -> Outlook:
    result = client.read("backfill_outlook", {})
    with readable():
        count: Any = result.data.get(_COUNTS[part])
        nodes = result.data["bulkOperations"]["nodes"]
        return Outlook(
            count=count["count"] if count else None,
            currency=result.data["shop"]["currencyCode"],
            running={node["query"].strip(): node["id"] for node in nodes},
            bucket=result.bucket,
        )


def start(client: ShopifyClient, name: str, running: Mapping[str, str]) -> str:
    """The id of the export of operations/<name>.graphql, of the running one if there is one; ""
    while the shop runs too many others. Raises PlatformError."""
    text = operation(name).strip()
    if text in running:
        return running[text]
    try:
        payload = client.change("bulk_run_query", "bulkOperationRunQuery", {"query": text})
    except OutcomeUnknown as error:
        # it may run: then the next attempt finds it
        raise Unreachable("shop_unreachable") from error
    with readable():
        errors = payload["userErrors"]
        if any(error.get("code") in _OTHERS for error in errors):
            return ""
        if errors or not payload["bulkOperation"]:
            words = " ".join(str(error["message"]) for error in errors)[:300]
            raise BadAnswer("bad_answer", cause=words or "no_operation")
        return str(payload["bulkOperation"]["id"])


def look(client: ShopifyClient, export_id: str) -> Export:
    result = client.read("bulk_operation_status", {"id": export_id})
    found: Any = result.data.get("bulkOperation")
    if found is None:
        return Export(state="lost", bucket=result.bucket)
    with readable():
        status, cause = found["status"], found["errorCode"] or ""
        state: State = "lost"
        if status in _RUNNING:
            state = "running"
        elif status == "COMPLETED":
            state = "ready"
        elif status == "FAILED":
            state = "denied" if cause == "ACCESS_DENIED" else "failed"
        return Export(
            state=state, url=found["url"] or "", size=int(found["fileSize"] or 0), cause=cause,
            bucket=result.bucket,
        )  # fmt: skip
