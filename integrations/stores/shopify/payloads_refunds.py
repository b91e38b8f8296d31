"""The shape of a suggested refund, as the API sends it."""

from __future__ import annotations

from typing import TypedDict

from .payloads import Bag, Id, NamedLocation


class SuggestedLine(TypedDict):
    quantity: int
    restockType: str
    lineItem: Id
    location: NamedLocation | None
    subtotalSet: Bag
    totalTaxSet: Bag


class SuggestedShipping(TypedDict):
    amountSet: Bag
    taxSet: Bag
    maximumRefundableSet: Bag


class SuggestedTransaction(TypedDict):
    kind: str
    gateway: str | None
    formattedGateway: str | None
    accountNumber: str | None
    amountSet: Bag
    maximumRefundableSet: Bag | None
    parentTransaction: Id | None


class SuggestedMethod(TypedDict):
    """Store credit, told by its type name."""

    __typename: str
    maximumRefundable: Bag


class SuggestionPayload(TypedDict):
    amountSet: Bag
    totalTaxSet: Bag
    maximumRefundableSet: Bag
    shipping: SuggestedShipping
    refundLineItems: list[SuggestedLine]
    suggestedTransactions: list[SuggestedTransaction]
    suggestedRefundMethods: list[SuggestedMethod]
