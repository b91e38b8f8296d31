"""What an owner types about the business, checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import available_timezones

from phonenumbers import SUPPORTED_REGIONS

from plugin.db import connections as installed
from plugin.db.session import Scope
from plugin.domain.identity import normal_email
from plugin.errors import InvalidInput
from plugin.services import Services

MOST_DOMAINS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWorkspace:
    """See `connect.create_workspace`."""

    name: str
    country: str
    timezone: str
    own_domains: Sequence[str] = ()


def read_workspace(name: str, country: str, timezone: str, own_domains: str) -> NewWorkspace:
    """`own_domains` as a person writes a list. Raises InvalidInput: workspace_name_missing,
    country_unknown, timezone_unknown, domain_invalid."""
    name, country = " ".join(name.split())[:100], country.strip().upper()
    if not name:
        raise InvalidInput("workspace_name_missing", field="workspace")
    if country not in SUPPORTED_REGIONS:
        raise InvalidInput("country_unknown", field="country")
    if timezone not in available_timezones():
        raise InvalidInput("timezone_unknown", field="timezone")
    return NewWorkspace(
        name=name, country=country, timezone=timezone, own_domains=read_domains(own_domains)
    )


def read_domains(text: str) -> tuple[str, ...]:
    """Raises InvalidInput("domain_invalid")."""
    domains = [_domain(each) for each in re.split(r"[\s,;]+", text) if each]
    return tuple(dict.fromkeys(domains))[:MOST_DOMAINS]


def own_domains(services: Services, scope: Scope) -> tuple[str, ...]:
    """The mail domains of the business: nobody who writes from there is a customer."""
    with services.database.reading() as connection:
        return tuple(installed.workspace(scope, connection).own_domains)


def change_domains(services: Services, scope: Scope, text: str) -> None:
    """Counts from the next conversation on. Raises InvalidInput("domain_invalid")."""
    domains = read_domains(text)
    with services.database.writing() as connection:
        installed.change_workspace(scope, connection, own_domains=list(domains))


def _domain(text: str) -> str:
    """Also of a whole address, which is what people paste."""
    email = normal_email(f"x@{text.rpartition('@')[2]}")
    if not email:
        raise InvalidInput("domain_invalid", field="own_domains", domain=text[:80])
    return email.partition("@")[2]
