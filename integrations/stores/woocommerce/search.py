"""Which of the found really match. The shop's search looks for text inside many fields and
ignores filters it does not know, so nothing is shown that was not compared here. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from plugin.domain.identity import normal_email, normal_number, same_phone

from .payloads import AddressPayload, CustomerPayload, OrderPayload

_FEWEST_DIGITS = 6


def newest(orders: Iterable[OrderPayload], limit: int) -> list[OrderPayload]:
    """Each order once, newest first."""
    once: Mapping[int, OrderPayload] = {order["id"]: order for order in orders}
    ordered = sorted(
        once.values(), key=lambda order: (order["date_created_gmt"] or "", order["id"])
    )
    return ordered[::-1][:limit]


def is_email_of_order(order: OrderPayload, email: str) -> bool:
    return normal_email(order["billing"].get("email", "")) == email


def is_email_of_customer(customer: CustomerPayload, email: str) -> bool:
    return normal_email(customer["email"]) == email


def is_number_of(order: OrderPayload, number: str) -> bool:
    return normal_number(order["number"]) == number


def is_phone_of_order(order: OrderPayload, phone: str) -> bool:
    return any(_is_phone(place, phone, order) for place in (order["billing"], order["shipping"]))


def is_phone_of_customer(customer: CustomerPayload, phone: str) -> bool:
    places = (customer["billing"], customer["shipping"])
    return any(_is_phone(place, phone, customer) for place in places)


def _is_phone(
    place: AddressPayload, phone: str, owner: OrderPayload | CustomerPayload
) -> bool:
    """National spellings are read with the address's own country."""
    country = place.get("country") or owner["billing"].get("country", "")
    return same_phone(place.get("phone", ""), phone, country)


def phone_queries(spellings: Sequence[str]) -> list[str]:
    """The fewest texts to look for: the search finds text inside the stored one, so a spelling
    that contains another is covered by it."""
    national = min((_digits(text) for text in spellings), key=len, default="")
    candidates = [*spellings, national]
    if len(national) == 9:
        groups = [national[:3], national[3:6], national[6:]]
        candidates += [" ".join(groups), "-".join(groups)]
    wanted = sorted(dict.fromkeys(candidates), key=len)
    kept: list[str] = []
    for text in wanted:
        if len(_digits(text)) >= _FEWEST_DIGITS and not any(known in text for known in kept):
            kept.append(text)
    return kept


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
