"""The shapes that changes other than refunds select, as the API sends them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from .payloads import AddressPayload, Bag, Id


class ActionPayload(TypedDict):
    action: str


class HoldPayload(TypedDict):
    """`handle` is the name its app gave it."""

    id: str
    handle: str | None


class FulfilmentOrderPayload(TypedDict):
    """Goods that one place prepares together."""

    id: str
    status: str
    requestStatus: str
    supportedActions: list[ActionPayload]
    fulfillmentHolds: list[HoldPayload]


class FulfilmentOrders(TypedDict):
    nodes: list[FulfilmentOrderPayload]


class AddressOwner(TypedDict):
    id: str
    defaultAddress: Id | None


class AddressedOrder(TypedDict):
    """What a change of address needs to know; our `mark` is there once it was made."""

    id: str
    updatedAt: str
    email: str | None
    phone: str | None
    shippingAddress: AddressPayload | None
    totalPriceSet: Bag
    customer: AddressOwner | None
    mark: Mapping[str, str] | None
    fulfillmentOrders: FulfilmentOrders
