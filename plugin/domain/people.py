"""Customers and addresses as an agent would name them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plugin.domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address. `country` is ISO 3166 alpha-2, empty if unknown. `name` is whole; its
    parts and the code of the province (without its country) only where the shop has them."""

    name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    province: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    province_code: str = ""

    @property
    def names(self) -> tuple[str, str]:
        """First and last name; a whole name is parted after its first word."""
        if self.first_name or self.last_name:
            return self.first_name, self.last_name
        first, _, last = self.name.strip().partition(" ")
        return first, last.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A registered customer of one shop. Texts are as the shop stores them (hostile)."""

    ref: str
    name: str
    email: str = ""
    phone: str = ""
    other_emails: tuple[str, ...] = ()
    other_phones: tuple[str, ...] = ()
    address: Address | None = None
    note: str = ""
    tags: tuple[str, ...] = ()
    locale: str = ""
    orders_count: int | None = None
    spent: Money | None = None
    created_at: datetime | None = None
    updated_at: datetime
