"""Which of the found really match. The shop's search looks for text inside many fields and
ignores filters it does not know, so nothing is shown that was not compared here. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from plugin.domain.identity import normal_email, normal_number, same_phone

from .payloads import AddressPayload, CustomerPayload, OrderPayload

_FEWEST_DIGITS = 7
_MOST_QUERIES = 8
_SEPARATORS = ("", " ", "-")


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


def _is_phone(place: AddressPayload, phone: str, owner: OrderPayload | CustomerPayload) -> bool:
    """National spellings are read with the address's own country."""
    country = place.get("country") or owner["billing"].get("country", "")
    return same_phone(place.get("phone", ""), phone, country)


def phone_queries(spellings: Sequence[str]) -> list[str]:
    """The fewest texts to look for: the search finds text inside the stored one, so a spelling
    that contains another is covered by it. Each hit is compared as a whole number afterwards."""
    candidates = {text.strip() for text in spellings if len(_digits(text)) >= _FEWEST_DIGITS}
    candidates |= {text for spelling in spellings for text in _endings(spelling)}
    kept: list[str] = []
    for text in sorted(candidates, key=lambda text: (len(text), text)):
        if not any(known in text for known in kept):
            kept.append(text)
    return kept[:_MOST_QUERIES]


def _endings(spelling: str) -> Iterable[str]:
    """The last groups of a number (area and country codes are written in many ways) with the
    usual separators; nine digits in threes besides."""
    groups = _last_groups(re.findall(r"\d+", spelling))
    number = "".join(groups)
    if len(number) < _FEWEST_DIGITS:
        return
    yield from (separator.join(groups) for separator in _SEPARATORS)
    if len(number) == 9:
        threes = (number[:3], number[3:6], number[6:])
        yield from (separator.join(threes) for separator in _SEPARATORS)


def _last_groups(groups: Sequence[str]) -> list[str]:
    taken: list[str] = []
    for group in reversed(groups):
        if len("".join(taken)) >= _FEWEST_DIGITS:
            break
        taken.insert(0, group)
    return taken


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
