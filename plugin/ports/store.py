"""What a shop platform must offer. Every method either does it, or raises; it never does half.

Errors: reads raise `Unreachable`, `RateLimited`, `GrantRevoked`, `BadAnswer`. Writes raise
`ActionRefused` (or a subclass) when the platform clearly refused and nothing happened,
`RateLimited`/`Unreachable` only when the request certainly did not run, `OutcomeUnknown` whenever
the request may have run. A method the platform lacks raises `Unsupported`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, Protocol, TypeVar

from plugin.domain.orders import Order
from plugin.domain.people import Customer
from plugin.domain.products import Product
from plugin.domain.refunds import RefundChoice, RefundPlan, RefundReceipt
from plugin.ports.changes import Changes
from plugin.ports.http import Http
from plugin.ports.webhooks import Subscribed, Webhooks

T = TypeVar("T")
Part = Literal["customers", "orders", "products"]

MISSING = "missing."
"""Begins an option of a connection that names an action its credentials cannot do; the value is
the reason's code. Written by connecting, from `Proven.missing`."""

HISTORY_DAYS = "history_days"
"""Option of a connection: the shop shows us only orders of so many days."""

WITHHELD = "withheld"
"""Option of a connection: "1" where the shop keeps its customers' names and addresses from us."""

PLACES = "places"
"""Option of a connection: places goods can come back to, JSON [[ref, name], …]; else absent."""

NO_CREDIT = "no_credit"
"""Option of a connection: why it gives no store credit (a message code); else absent."""

RIGHTS_MISSING = "rights_missing"
"""Option of a connection: the platform's names of rights that we asked for and do not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """What can be done on one order or connection now. `reason` is a message code."""

    name: str
    available: bool
    reason: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopInfo:
    """What a shop says of itself. `timezone` is an IANA name or empty. `key` is the unchanging
    name under which the platform's webhooks speak of it, empty where the address says it."""

    name: str
    currency: str
    timezone: str = ""
    url: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """One page of a list. `cursor` resumes after it; None = the end.
    `estimated` is the shop's own count of all items, None if it does not say. `unread` are refs of
    items that could not be read."""

    items: Sequence[T]
    cursor: str | None
    estimated: int | None = None
    unread: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A step of a backfill. `cursor` goes on after it, in any process and at any later time; ""
    begins the part anew. `finished`: nothing follows. With `wait_seconds` the shop is not ready
    (`reason` is a message code): ask again then. `estimated` is the shop's own count, None if it
    does not say. `snapshot`: the items are as they were when the part was begun, not as they are
    now. `unread` as in `Page`. A step without items only says that the work goes on."""

    cursor: str
    items: Sequence[Any] = ()
    estimated: int | None = None
    finished: bool = False
    snapshot: bool = False
    wait_seconds: float = 0.0
    reason: str = ""
    unread: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a live search found: exact matches only, already re-checked by the adapter."""

    customers: tuple[Customer, ...] = ()
    orders: tuple[Order, ...] = ()


class Store(Changes, Protocol):
    """One connected shop. Instances hold explicit credentials, no global state, and are
    cheap: made per job or request, they share the process's connection pool."""

    def shop(self) -> ShopInfo:
        """Proves the credentials."""
        ...

    def find_by_email(self, email: str) -> Found:
        """Customers with exactly this e-mail and the newest orders (at most 50) of them and
        of guests who used it. `email` is in normal form and not empty."""
        ...

    def find_by_phone(self, phones: Sequence[str]) -> Found:
        """Same by phone; `phones` are spellings of one number, E.164 first."""
        ...

    def find_by_number(self, number: str) -> Found:
        """The order with exactly this number as its customer writes it (without "#")."""
        ...

    def orders_of_customer(self, customer_ref: str, *, limit: int = 50) -> Sequence[Order]: ...

    def order(self, ref: str) -> Order:
        """The whole order, re-read now. Raises NotFound("order_not_found")."""
        ...

    def orders_among(self, refs: Sequence[str]) -> Sequence[Order]:
        """Those of these orders (at most 50) that the shop lists, each whole, in as few calls as
        it allows. One that is missing is to be asked for by itself: a shop that is asked too much
        may have answered for the first ones only."""
        ...

    def customer(self, ref: str) -> Customer:
        """One customer, read now. Raises NotFound("record_not_found")."""
        ...

    def product(self, ref: str) -> Product:
        """One product, read now. Raises NotFound("record_not_found")."""
        ...

    def search_products(self, text: str, *, limit: int = 10) -> Sequence[Product]:
        """Products matching text (title or SKU) with variants and stock by location."""
        ...

    def backfill(self, part: Part, cursor: str) -> Generator[Batch, None, None]:
        """Everything of a part from `cursor` on, "" = from its beginning. Ends after a step that
        is finished or waits; may be closed and begun again with the cursor of any step kept.
        Nothing that stays as it is in the shop is left out, however much else moves meanwhile.
        Memory does not grow with the shop. An order marked "details" in `partial` is to be read
        whole before anything is done with it. Begin no step inside a transaction."""
        ...

    def changed_since(self, part: Part, moment: datetime, cursor: str | None) -> Page[Any]:
        """Records of a part whose own stamp is at or after `moment`, page by page; nothing that
        stays as it is falls between two pages while others change. Raises Unsupported where the
        shop cannot tell."""
        ...

    def absent(self, part: Part, refs: Sequence[str]) -> Sequence[str]:
        """Which of these (at most 100) the shop does not list now. One call; only a reading of
        the record itself proves that it is gone."""
        ...

    def subscribe(self, url: str, secret: str) -> Subscribed:
        """Makes sure that the shop calls `url`, signing with `secret`; what it has made stays,
        what it has turned off is turned on. Safe to repeat."""
        ...

    def unsubscribe(self, url: str) -> int:
        """The shop no longer calls `url`; returns how many webhooks were taken away."""
        ...

    def plan_refund(self, choice: RefundChoice) -> RefundPlan:
        """Live re-read, every consequence computed. At most two calls. Raises InvalidInput,
        Unsupported, Conflict, NotFound."""
        ...

    def refund(self, plan: RefundPlan, *, key: str, reference: str) -> RefundReceipt:
        """Sends exactly the plan, once; never retries by itself. `key` is a UUID for platforms
        with idempotency; `reference` ("M-XXXXXXXX") is left where `find_refund` can read it."""
        ...

    def find_refund(self, order_ref: str, reference: str) -> RefundReceipt | None:
        """Looks, after a lost answer, for the refund that carries `reference`."""
        ...

    def refunds_of(self, order_ref: str) -> Sequence[RefundReceipt]:
        """All refunds of an order, live, oldest first."""
        ...

    def may_resend(self, first_call: datetime, now: datetime) -> bool:
        """Whether the same refund may be sent again with the same key (idempotent platforms,
        within minutes of the first call)."""
        ...

    def settle_limit(self) -> timedelta:
        """How long after the call a refund can still appear or vanish."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A value asked of the operator or owner."""

    name: str
    help: str
    secret: bool = False
    required: bool = True


class Fresh(Protocol):
    """Credentials that hold for the next call. Asked before each; `refused` is the access token
    that the shop did not take just now. What cannot be renewed comes back as it was.

    Raises GrantRevoked if the owner must let us in again, else Unreachable or RateLimited: in
    each case the call it was asked for has not been made."""

    def __call__(self, refused: str = "") -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AppKeys:
    """The app under which a shop lets us in; `secrets` with the newest first."""

    client_id: str
    secrets: tuple[str, ...] = field(repr=False)


Renew = Callable[["Connection", AppKeys, Http, datetime], Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What an adapter gets to open a shop: address, decrypted credentials, remembered facts.
    `options` are per-connection settings as text (e.g. "settle_seconds").

    Credentials that end hold `access_token`, and as ISO text `granted_at`, `expires_at` (of the
    access) and, if there is such an end, `renew_by` (later only the owner can let us in). Such
    ones are asked of `fresh`."""

    workspace_id: str
    id: str
    platform: str
    label: str
    address: str
    credentials: Mapping[str, str] = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict)
    fresh: Fresh | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A shop whose address and credentials were tried. `address` is where it really is, `options`
    what was learnt on the way and must be kept ("" forgets an older one). `missing` are actions
    that these credentials cannot do: the connection is look-only for them. `notices` are message
    codes of what works but should be known."""

    address: str
    shop: ShopInfo
    options: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[Capability, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What credentials open now. `options` and `missing` as in `Proven`."""

    options: Mapping[str, str]
    missing: tuple[Capability, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StorePlatform:
    """A folder of integrations/stores/. `refund_capability` is pure: the panel asks it for an
    order it has, without opening the shop; `abilities` tell the same of other changes. `prove`
    finds the shop behind a typed address and tries the credentials without changing anything
    there; where it is None, `Store.shop` proves. Its errors hold `method`, `path`, `time`,
    `status`, `words` and `agent` of the last call, for the message to the shop's hosting.

    `rights` asks the shop what the credentials may do, where owners can change that over there.
    `renew` asks the shop for new credentials in place of those that end; it returns only what
    replaces the old, and may be asked again with the same old ones after a lost answer
    (OutcomeUnknown). `app_settings` names the settings that hold the keys of an app for the whole
    installation: "client_id", "client_secret", "client_secret_old".

    `connect_page` is the page under /connect/<key>/ by which an owner connects in the browser
    ("" = by keys alone); the folder's `views.py` has it.

    `walked` are parts of which `changed_since` has to look at every record, as the shop lists none
    by change: it is asked once a night.

    `farewell` tells, of the address and the credentials of a shop that is being disconnected,
    what its owner still has to do over there: a message code and its parameters."""

    key: str
    label: str
    connect_fields: tuple[Field, ...]
    open: Callable[[Connection, Http], Store]
    refund_capability: Callable[[Order], Capability]
    settings: tuple[Field, ...] = ()
    prove: Callable[[Connection, Http], Proven] | None = None
    webhooks: Webhooks | None = None
    farewell: Callable[[str, Mapping[str, str]], tuple[str, Mapping[str, str]]] | None = None
    rights: Callable[[Connection, Http], Rights] | None = None
    renew: Renew | None = None
    app_settings: Mapping[str, str] = field(default_factory=dict)
    connect_page: str = ""
    walked: tuple[Part, ...] = ()
    abilities: Mapping[str, Callable[[Order], Capability]] = field(default_factory=dict)

    def ability(self, name: str, order: Order) -> Capability:
        """Whether this change ("address") can be made on an order, else why not. Pure."""
        known = self.abilities.get(name)
        return (
            known(order)
            if known
            else Capability(name=name, available=False, reason="action_not_offered")
        )


__all__ = [
    "HISTORY_DAYS", "MISSING", "NO_CREDIT", "PLACES", "RIGHTS_MISSING", "WITHHELD", "AppKeys",
    "Batch", "Capability", "Connection", "Field", "Found", "Fresh", "Http", "Page", "Part",
    "Proven", "Renew", "Rights", "ShopInfo", "Store", "StorePlatform", "Subscribed", "Webhooks",
]  # fmt: skip
