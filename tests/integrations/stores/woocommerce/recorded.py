"""Answers of a real WooCommerce 11, shared with the tests of the pretend shop."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integrations.stores.woocommerce.payloads import (
    ORDER,
    REFUNDS,
    OrderPayload,
    RefundPayload,
)

_FOLDER = Path(__file__).parents[3] / "wire" / "woocommerce"


@dataclass(frozen=True, slots=True)
class Recording:
    method: str
    path: str
    sent: Any
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def recorded(start: str) -> Recording:
    """The recording whose name begins so ("refunds-02")."""
    (file,) = _FOLDER.glob(f"{start}*.json")
    whole = json.loads(file.read_text("utf-8"))
    request, response = whole["request"], whole["response"]
    return Recording(
        method=request["method"],
        path=request["path"],
        sent=request.get("body"),
        status=response["status"],
        headers=response.get("headers") or {},
        body=json.dumps(response.get("body")).encode(),
    )


def order(start: str, **changes: Any) -> OrderPayload:
    """A recorded order, with some fields changed."""
    return ORDER.decode(json.dumps({**recorded(start).json, **changes}).encode())


def refunds(start: str) -> list[RefundPayload]:
    return REFUNDS.decode(recorded(start).body)


def refund(**changes: Any) -> RefundPayload:
    """The recorded partial refund of one unit of line 1 of order 21, with changes."""
    document = {**recorded("refunds-02").json, **changes}
    return REFUNDS.decode(json.dumps([document]).encode())[0]
