"""What a platform's folder offers to be heard: pure functions of headers, ordered query and raw
body. A delivery is a hint that something changed; the record itself is fetched afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from plugin.ports.helpdesk import Request

Kind = Literal[
    "order", "customer", "product", "merged", "shop", "gone", "rights", "backfill", "privacy",
    "trouble", "unknown",
]  # fmt: skip
DemandKind = Literal["report", "erase_customer", "erase_shop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What the law lets a customer or a shop ask for: a report of what is kept of a customer, or
    that a customer or the whole shop is forgotten. `reference` is the platform's own number of
    the demand; any of the others may be missing."""

    kind: DemandKind
    customer_ref: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    order_refs: tuple[str, ...] = ()
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A verified webhook. `key` is the platform's true dedupe key, `ref` the record it is about.

    `merged`: two customers became one; `ref` names the one that went and the one that stays, with a
    space between. `shop`: about the shop itself. `gone`: its owner removed us. `rights`: what we
    may do there changed. `backfill`: what a backfill waits for is ready. `privacy`: a demand of
    the law, given in `demand`. `trouble`: signed, but it carries an error (`code`) instead of the
    record.
    `unknown`: a topic nobody asked for."""

    key: str
    kind: Kind
    topic: str
    ref: str = ""
    deleted: bool = False
    code: str = ""
    triggered_at: datetime | None = None
    demand: Demand | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """Requests reach these with header names in lower case.

    `route` names the shop a request without a connection in its path comes from, None if it does
    not say. `hear` verifies the raw bytes with any of the secrets (new and old) and reads; None
    is a greeting to be answered and forgotten; raises DeliveryRefused. `secrets` are the names
    under which a connection's credentials or the settings hold them. `reaches` tells whether a
    shop at the second address can call the first. `subscribes`: webhooks are made in each shop
    (`Store.subscribe`), not once for the whole app. `demand` reads the body of a demand of the
    law; where there is one, such demands come even after a shop was disconnected, signed with the
    same secrets."""

    hear: Callable[[Request, Sequence[str]], Delivery | None]
    route: Callable[[Request], str | None] = lambda _request: None
    secrets: tuple[str, ...] = ("webhook_secret",)
    reaches: Callable[[str, str], bool] = lambda _ours, _theirs: False
    subscribes: bool = False
    demand: Callable[[str, bytes], Demand] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """`active`: the shop tells us of changes from now on. `mended` topics were off for a while,
    so something may have been missed. `code` says why it is not active."""

    active: bool
    mended: tuple[str, ...] = ()
    code: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


__all__ = ["Delivery", "Demand", "DemandKind", "Kind", "Request", "Subscribed", "Webhooks"]
