"""The shapes our operations select, as the API sends them. They never leave this folder."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class MoneyV2(TypedDict):
    amount: str
    currencyCode: str


class Bag(TypedDict):
    """A MoneyBag of which only the customer's currency is selected."""

    presentmentMoney: MoneyV2


class PageInfo(TypedDict):
    hasNextPage: bool
    endCursor: NotRequired[str | None]


class Id(TypedDict):
    id: str


class AddressPayload(TypedDict):
    name: str | None
    firstName: NotRequired[str | None]
    lastName: NotRequired[str | None]
    provinceCode: NotRequired[str | None]
    company: NotRequired[str | None]
    address1: str | None
    address2: str | None
    city: str | None
    province: str | None
    zip: str | None
    countryCodeV2: str | None
    phone: str | None


class EmailPayload(TypedDict):
    emailAddress: str | None


class PhonePayload(TypedDict):
    phoneNumber: str | None


class CustomerPayload(TypedDict):
    id: str
    displayName: str
    defaultEmailAddress: EmailPayload | None
    defaultPhoneNumber: PhonePayload | None
    defaultAddress: AddressPayload | None
    numberOfOrders: str
    amountSpent: MoneyV2
    note: str | None
    tags: list[str]
    locale: str
    createdAt: str
    updatedAt: str


class OrderCustomer(TypedDict):
    id: str
    displayName: str


class ImagePayload(TypedDict):
    url: str
    altText: str | None


class TaxPayload(TypedDict):
    priceSet: Bag


class AllocationPayload(TypedDict):
    allocatedAmountSet: Bag


class LinePayload(TypedDict):
    id: str
    title: str
    variantTitle: str | None
    sku: str | None
    quantity: int
    refundableQuantity: int
    unfulfilledQuantity: int
    restockable: bool
    image: ImagePayload | None
    originalUnitPriceSet: Bag
    discountAllocations: list[AllocationPayload]
    taxLines: list[TaxPayload]
    variant: Id | None
    product: Id | None


class LineConnection(TypedDict):
    nodes: list[LinePayload]
    pageInfo: PageInfo


class ShippingPayload(TypedDict):
    id: str | None
    title: str
    discountedPriceSet: Bag
    taxLines: list[TaxPayload]


class ShippingConnection(TypedDict):
    nodes: list[ShippingPayload]


class DiscountValue(TypedDict):
    amount: NotRequired[str]
    currencyCode: NotRequired[str]
    percentage: NotRequired[str | int]


class DiscountPayload(TypedDict):
    value: DiscountValue
    code: NotRequired[str]
    title: NotRequired[str]


class DiscountConnection(TypedDict):
    nodes: list[DiscountPayload]


class TrackingPayload(TypedDict):
    company: str | None
    number: str | None
    url: str | None


class ShippedLine(TypedDict):
    id: str
    quantity: int | None
    lineItem: Id


class ShippedConnection(TypedDict):
    nodes: list[ShippedLine]
    pageInfo: PageInfo


class FulfilmentPayload(TypedDict):
    id: str
    status: str
    displayStatus: str | None
    createdAt: str
    deliveredAt: str | None
    estimatedDeliveryAt: str | None
    trackingInfo: list[TrackingPayload]
    fulfillmentLineItems: ShippedConnection


class ReturnedLine(TypedDict):
    quantity: int
    restockType: str
    restocked: bool
    subtotalSet: Bag
    totalTaxSet: Bag
    lineItem: Id


class ReturnedConnection(TypedDict):
    nodes: list[ReturnedLine]
    pageInfo: PageInfo


class RefundedShipping(TypedDict):
    subtotalAmountSet: Bag
    taxAmountSet: Bag


class RefundedShippingConnection(TypedDict):
    nodes: list[RefundedShipping]


class RefundTransaction(TypedDict):
    id: str
    kind: str
    status: str
    gateway: str | None
    manualPaymentGateway: NotRequired[bool]


class RefundTransactions(TypedDict):
    nodes: list[RefundTransaction]


class RefundPayload(TypedDict):
    """A refund; the parts about goods are absent where only money was asked for."""

    id: str
    createdAt: str | None
    note: str | None
    totalRefundedSet: Bag
    refundLineItems: NotRequired[ReturnedConnection]
    refundShippingLines: NotRequired[RefundedShippingConnection]
    transactions: RefundTransactions


class TransactionPayload(TypedDict):
    id: str
    kind: str
    status: str
    gateway: str | None
    formattedGateway: str | None
    accountNumber: str | None
    processedAt: str | None
    manualPaymentGateway: bool
    amountSet: Bag
    parentTransaction: Id | None


class OrderPayload(TypedDict):
    id: str
    legacyResourceId: str
    name: str
    email: str | None
    phone: str | None
    note: str | None
    tags: list[str]
    createdAt: str
    processedAt: str
    updatedAt: str
    cancelledAt: str | None
    statusPageUrl: str
    displayFinancialStatus: str | None
    displayFulfillmentStatus: str
    presentmentCurrencyCode: str
    taxesIncluded: bool
    discountCodes: list[str]
    totalPriceSet: Bag
    subtotalPriceSet: Bag | None
    totalShippingPriceSet: Bag
    totalTaxSet: Bag | None
    totalDiscountsSet: Bag | None
    totalRefundedSet: Bag
    customer: OrderCustomer | None
    shippingAddress: AddressPayload | None
    billingAddress: AddressPayload | None
    shippingLines: ShippingConnection
    discountApplications: DiscountConnection
    lineItems: LineConnection
    fulfillments: list[FulfilmentPayload]
    refunds: list[RefundPayload]
    transactions: list[TransactionPayload]


class NamedLocation(TypedDict):
    id: str
    name: str


class StockQuantity(TypedDict):
    name: str
    quantity: int


class LevelPayload(TypedDict):
    id: str
    isActive: bool
    location: NamedLocation
    quantities: list[StockQuantity]


class LevelConnection(TypedDict):
    nodes: list[LevelPayload]
    pageInfo: NotRequired[PageInfo]


class InventoryItemPayload(TypedDict):
    id: str
    tracked: bool
    inventoryLevels: LevelConnection


class VariantPayload(TypedDict):
    id: str
    title: str
    sku: str | None
    price: str
    availableForSale: bool
    inventoryPolicy: str
    inventoryQuantity: int | None
    inventoryItem: InventoryItemPayload


class VariantConnection(TypedDict):
    nodes: list[VariantPayload]
    pageInfo: PageInfo


class PreviewPayload(TypedDict):
    image: ImagePayload | None


class MediaPayload(TypedDict):
    preview: PreviewPayload | None


class ProductPayload(TypedDict):
    id: str
    title: str
    status: str
    onlineStoreUrl: str | None
    updatedAt: str
    featuredMedia: MediaPayload | None
    variants: VariantConnection
