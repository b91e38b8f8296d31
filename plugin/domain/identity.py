"""Who writes: identifiers, their normal forms, and how strong a match is.

Normal forms: e-mail lower-cased with an IDNA (ASCII) domain; phone E.164; order number upper-cased
without "#" and spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import idna
import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

Strength = Literal["strong", "good", "weak"]
Reason = Literal["email", "phone", "number", "text_email", "text_phone", "fact", "link"]

_EMAIL = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+\.[^\s<>\"'(),;:.]+")
_LONGEST_EMAIL = 254
_PHONE = re.compile(r"(?<![\w+#])\+?\d[\d\s().-]{7,18}\d(?!\w)")
_NUMBER = re.compile(
    r"(?:#|\b(?:pedido|orden|order|n\.?º|nº|núm\.?|no\.?|number)(?![^\W\d]))\s*"
    r"(?:n\.?\s?º|nº|núm(?:ero|\.)?|no\.?|number|#|:)?\s*#?\s*([A-Z]{0,4}-?\d{3,12})\b"
    # not a price, a date, or the beginning of a phone number
    r"(?![.,/-]\d|\s?[€$£]|\s(?:EUR|USD|GBP|MXN|euros?|pesos|dólares|dollars|pounds|libras)\b)"
    r"(?!\s\d{2,3}\s\d{2,3}\b)",
    re.IGNORECASE,
)
_BESIDE_NUMBER = re.compile(r"[\s#\x00-\x1f]")
_ROBOT = re.compile(
    r"(no[-._]?reply|do[-._]?not[-._]?reply|mailer-daemon|postmaster|bounces?)(?![^\W\d_])",
    re.IGNORECASE,
)
# Addresses behind which a marketplace hides its buyers; the next order has another one. Sources:
# eBay's Trading guide (member communications), Apple's Hide My Email, help pages on Amazon and
# TikTok Shop; Walmart's `customerEmailId` and Mercado Libre's `secure_email` in published answers
# of their APIs. For Etsy none was found.
_RELAYS = tuple(
    re.compile(pattern)
    for pattern in (
        r".+@(.+\.)?marketplace\.amazon\.[a-z.]+",
        r".+@(.+\.)?members\.ebay\.[a-z.]+",
        r".+@(.+\.)?privaterelay\.appleid\.com",
        r".+@mail\.mercadoli(bre|vre)\.com",
        r".+@relay\.walmart\.com",
        r".+@scs\.tiktokw\.(us|eu)",
        r"(reply|replies|relay|guest)\+[^@]{6,}@.+",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why an order belongs to the person in the ticket. `detail` is what matched, shown to
    the agent only for good and strong."""

    strength: Strength
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifiers:
    """Everything the ticket offers, in normal form. `source` speaks of emails and phones;
    `text_*` were found in the message and count as weak."""

    source: Literal["signed", "server_fetched", "claimed", "typed"] = "claimed"
    name: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    text_emails: tuple[str, ...] = ()
    text_phones: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not (
            self.emails or self.phones or self.text_emails or self.text_phones or self.numbers
        )


def normal_email(text: str) -> str:
    """Lower case, IDNA domain; "" for anything that is not one whole address."""
    text = text.strip()
    if not _EMAIL.fullmatch(text) or not text.isprintable() or text.count("@") != 1:
        return ""
    local, _, domain = text.rpartition("@")
    ascii_domain = _idna(domain.lower())
    email = f"{local.lower()}@{ascii_domain}"
    return email if ascii_domain and len(email) <= _LONGEST_EMAIL else ""


@lru_cache(maxsize=2048)
def _idna(domain: str) -> str:
    """ "" for what is none. Most people are at a few domains."""
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return ""


@lru_cache(maxsize=2048)
def normal_phone(text: str, region: str = "") -> str:
    """E.164, reading a national number with `region` (ISO alpha-2); "" if not a number."""
    try:
        number = phonenumbers.parse(text, region or None)
        # the old plans are no longer possible numbers: bring them up to date before asking
        found = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        e164 = _canonical(found)
        number = number if e164 == found else phonenumbers.parse(e164)
        return e164 if phonenumbers.is_possible_number(number) else ""
    except NumberParseException:
        return ""


def _canonical(e164: str) -> str:
    """One spelling where a country changed its plan: MX without the old mobile 1, AR with the
    mobile 9, BR mobiles with their ninth digit."""
    if e164.startswith("+521") and len(e164) == 14:
        return "+52" + e164[4:]
    if e164.startswith("+54") and not e164.startswith("+549") and len(e164) == 13:
        return "+549" + e164[3:]
    if e164.startswith("+55") and len(e164) == 13 and e164[5] in "6789":
        return e164[:5] + "9" + e164[5:]
    return e164


def phone_spellings(e164: str) -> tuple[str, ...]:
    """The number as shops may have stored it: E.164 first, old plans, national, last nine."""
    spellings = [e164]
    if e164.startswith("+52"):
        spellings.append("+521" + e164[3:])
    if e164.startswith("+549"):
        spellings.append("+54" + e164[4:])
    if e164.startswith("+55") and len(e164) == 14 and e164[5] == "9":
        spellings.append(e164[:5] + e164[6:])
    try:
        number = phonenumbers.parse(e164, None)
    except NumberParseException:
        return tuple(spellings)
    spellings.append(phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL))
    spellings.append(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))
    spellings.append(str(number.national_number))
    return tuple(dict.fromkeys(spellings))


def same_phone(left: str, right: str, region: str = "") -> bool:
    """Whether two texts are one number, `region` read for national spellings."""
    first, second = normal_phone(left, region), normal_phone(right, region)
    return bool(first) and first == second


def normal_number(text: str) -> str:
    """An order number as it is compared: "#mo-1001 " becomes "MO-1001". "" if it is longer than
    anybody would write."""
    number = _BESIDE_NUMBER.sub("", text).upper()
    return number if len(number) <= 100 else ""


def numbers_in(text: str) -> tuple[str, ...]:
    """Order numbers a text names ("#1001", "pedido 1001", "n.º 1001", "order no 1001")."""
    return tuple(dict.fromkeys(normal_number(found) for found in _NUMBER.findall(text)))


def emails_in(text: str) -> tuple[str, ...]:
    found = (normal_email(match.rstrip(".")) for match in _EMAIL.findall(text))
    return tuple(dict.fromkeys(email for email in found if email))


def phones_in(text: str, region: str = "") -> tuple[str, ...]:
    found = (normal_phone(match, region) for match in _PHONE.findall(text))
    return tuple(dict.fromkeys(phone for phone in found if phone))


def never_the_writer(email: str, own_domains: Iterable[str], own_emails: Iterable[str]) -> bool:
    """The workspace's own domains and agents, robots and marketplace relays never write."""
    local, _, domain = email.partition("@")
    if _ROBOT.match(local) or email in set(own_emails):
        return True
    if any(relay.fullmatch(email) for relay in _RELAYS):
        return True
    known = (_ascii_domain(name) for name in own_domains)
    return any(name and (domain == name or domain.endswith("." + name)) for name in known)


def _ascii_domain(name: str) -> str:
    """A domain as an owner may have typed it: "@CasaÑandú.example " too."""
    return normal_email("x@" + name.strip().removeprefix("@")).removeprefix("x@")
