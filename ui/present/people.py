"""Who writes: the customers of several shops as one or more persons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from plugin.domain.people import Customer
from ui.present.places import language_name, local_zone
from ui.present.words import Tag, Words

if TYPE_CHECKING:
    from plugin.actions.sidebar import PersonView, Totals

_STRENGTH_TONES = {"strong": "good", "good": "good", "weak": "warn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCard:
    """One person, perhaps a customer of both shops. `notes` are (shop, text)."""

    name: str
    facts: tuple[str, ...]
    contact: tuple[str, ...]
    tags: tuple[str, ...]
    notes: tuple[tuple[str, str], ...]


def group(people: Sequence[PersonView]) -> list[list[PersonView]]:
    """Customers of different shops with one e-mail are one person; two customers of one shop
    never are, even if they share a phone."""
    groups: list[list[PersonView]] = []
    for person in people:
        home = next((known for known in groups if _same_person(known, person)), None)
        if home is None:
            groups.append([person])
        else:
            home.append(person)
    return groups


def person_card(group: Sequence[PersonView], shops: dict[str, str], words: Words) -> PersonCard:
    """`shops` are labels by connection id."""
    customers = [view.customer for view in group]
    first = customers[0]
    return PersonCard(
        name=first.name or words.t("ui.no_name"),
        facts=tuple(_facts(group, shops, words)),
        contact=tuple(_contacts(customers)),
        tags=tuple(dict.fromkeys(tag for customer in customers for tag in customer.tags)),
        notes=tuple(
            (shops.get(view.connection_id, "") if len(group) > 1 else "", view.customer.note)
            for view in group
            if view.customer.note
        ),
    )


@lru_cache(maxsize=4096)
def totals_text(totals: tuple[Totals, ...], words: Words) -> str:
    """All orders and what was spent by currency: "14 orders · €512.40 · MX$300.00"."""
    count = sum(total.orders for total in totals)
    amounts = [words.money(total.amount) for total in totals if total.amount]
    return " · ".join((words.t("ui.orders", count=count), *amounts))


def zone_of(group: Sequence[PersonView], now: datetime) -> str:
    """The zone of the first customer record that tells it."""
    zones = (local_zone(v.customer.phone, v.customer.address, now) for v in group)
    return next((zone for zone in zones if zone), "")


def match_tag(reason: str, strength: str, words: Words) -> Tag:
    """Why this is the writer's."""
    return Tag(words.t("ui.match." + reason), _STRENGTH_TONES[strength])


def _same_person(group: Sequence[PersonView], person: PersonView) -> bool:
    mail = person.customer.email.casefold()
    return bool(mail) and all(
        known.customer.email.casefold() == mail and known.connection_id != person.connection_id
        for known in group
    )


def _facts(group: Sequence[PersonView], shops: dict[str, str], words: Words) -> Iterator[str]:
    since = [view.customer.created_at for view in group if view.customer.created_at]
    if since:
        yield words.t("ui.since", date=words.day(min(since)))
    names = [shops[view.connection_id] for view in group if view.connection_id in shops]
    yield ", ".join(names)
    tongues = (language_name(view.customer.locale, words.locale) for view in group)
    if tongue := next((name for name in tongues if name), ""):
        yield tongue


def _contacts(customers: Sequence[Customer]) -> Iterator[str]:
    """Addresses, then phones; one number spelled in two ways is one, in the easier spelling."""
    yield from dict.fromkeys(c.email for c in customers if c.email)
    phones: dict[str, str] = {}
    for customer in customers:
        digits = re.sub(r"\D", "", customer.phone)
        if digits and len(customer.phone) > len(phones.get(digits, "")):
            phones[digits] = customer.phone
    yield from phones.values()
