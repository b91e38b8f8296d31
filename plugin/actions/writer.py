"""Who writes, read from a verified launch: normal forms, and what never counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plugin.domain.identity import (
    Identifiers,
    emails_in,
    never_the_writer,
    normal_email,
    normal_phone,
    numbers_in,
    phones_in,
)
from plugin.ports.helpdesk import Launch


def identify(
    launch: Launch, country: str, own_domains: Sequence[str], own_emails: Sequence[str]
) -> Identifiers:
    """Normal forms of who writes; own, robot and relay addresses never count. A Reply-To and what
    the text names are found, not said: they are kept apart, as weak."""

    def writes(email: str) -> bool:
        return bool(email) and not never_the_writer(email, own_domains, own_emails)

    emails = _unique(e for e in map(normal_email, launch.writer.emails) if writes(e))
    phones = _unique(p for p in (normal_phone(t, country) for t in launch.writer.phones) if p)
    replies = map(normal_email, launch.writer.reply_to)
    found = (*replies, *emails_in(launch.text))
    in_text = _unique(e for e in found if writes(e) and e not in emails)
    phones_text = _unique(p for p in phones_in(launch.text, country) if p not in phones)
    return Identifiers(
        source=launch.source,
        name=launch.writer.name[:200],
        emails=emails[:10],
        phones=phones[:10],
        text_emails=in_text[:5],
        text_phones=phones_text[:5],
        numbers=numbers_in(launch.text)[:5],
    )


def _unique(values: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
