"""Accounts and addresses. Pure."""

from __future__ import annotations

from plugin.domain.people import Address, Customer

from .payloads import AddressPayload, CustomerPayload
from .provinces import iso_code
from .values import clean, latest, maybe_moment


def customer(payload: CustomerPayload) -> Customer:
    billing = payload["billing"]
    email, other = payload["email"], billing.get("email", "")
    home = address(billing) or address(payload["shipping"])
    name = f"{payload['first_name']} {payload['last_name']}".strip() or full_name(billing)
    return Customer(
        ref=str(payload["id"]),
        name=clean(name) or payload["username"],
        email=email,
        phone=billing.get("phone", ""),
        other_emails=(other,) if other and other.casefold() != email.casefold() else (),
        address=home,
        created_at=maybe_moment(payload["date_created_gmt"]),
        updated_at=latest(payload["date_modified_gmt"], payload["date_created_gmt"]),
    )


def address(payload: AddressPayload) -> Address | None:
    """None for an empty one (goods without delivery). A country alone is empty too."""
    found = Address(
        name=full_name(payload),
        company=clean(payload.get("company")),
        line1=clean(payload.get("address_1")),
        line2=clean(payload.get("address_2")),
        city=clean(payload.get("city")),
        province=clean(payload.get("state")),
        postcode=clean(payload.get("postcode")),
        country=payload.get("country", ""),
        phone=payload.get("phone", ""),
        first_name=clean(payload.get("first_name")),
        last_name=clean(payload.get("last_name")),
        province_code=iso_code(payload.get("country", ""), clean(payload.get("state"))),
    )
    return found if found.name or found.line1 or found.city or found.postcode else None


def full_name(payload: AddressPayload) -> str:
    return clean(f"{payload.get('first_name', '')} {payload.get('last_name', '')}")
