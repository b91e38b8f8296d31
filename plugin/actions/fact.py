"""One purchase detail turns a weak match into a link made by a colleague."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from plugin.actions import journal
from plugin.actions.evidence import grade, linkable
from plugin.actions.launch import Seat
from plugin.actions.sidebar import FACT_TRIES, Sidebar, load_sidebar
from plugin.db import mirror, panel, people
from plugin.db.session import DbConnection
from plugin.db.statements import Point
from plugin.domain.identity import normal_email
from plugin.domain.orders import Order
from plugin.errors import Forbidden, InvalidInput
from plugin.ports.clock import new_id
from plugin.services import Services


def confirm_fact(services: Services, seat: Seat, text: str) -> Sidebar:
    """Compares the purchase e-mail, a postcode or the last four digits of the phone with the
    weakly matched orders. Three misses lock it for the conversation. Raises InvalidInput
    (fact_missing, fact_wrong), Forbidden("fact_locked")."""
    if not text.strip():
        raise InvalidInput("fact_missing", field="fact")
    with services.database.writing() as connection:
        known = people.lock_misses(seat.scope, connection, seat.install_id, seat.conversation)
        if known >= FACT_TRIES:
            raise Forbidden("fact_locked")
        proven = [
            (row, kind) for row in _weak(seat, connection) if (kind := _matches(row.doc, text))
        ]
        for row, kind in proven:
            _link(services, seat, connection, row, kind)
        if not proven:
            known = people.count_miss(seat.scope, connection, seat.install_id, seat.conversation)
    if not proven:
        if known >= FACT_TRIES:
            raise Forbidden("fact_locked")
        raise InvalidInput("fact_wrong", field="fact", tries_left=FACT_TRIES - known)
    return load_sidebar(services, seat)


def _weak(seat: Seat, connection: DbConnection) -> Iterator[Any]:
    graded = grade(seat, connection)
    rows = panel.newest_orders(
        seat.scope, connection, list(graded.holders), list(graded.orders), 20
    )
    for row in rows:
        evidence = graded.of(row.connection_id, row.holder, row.ref)
        if evidence is not None and evidence.strength == "weak":
            yield row


def _matches(doc: bytes, text: str) -> str:
    """Which fact this text is for that order: "email", "postcode", "phone" or ""."""
    order = mirror.decode_order(doc)
    email = normal_email(text)
    if email:
        return "email" if email == normal_email(order.email) else ""
    plain = re.sub(r"[\s-]", "", text).casefold()
    if plain in _postcodes(order):
        return "postcode"
    return "phone" if re.fullmatch(r"\d{4}", plain) and plain in _phone_ends(order) else ""


def _postcodes(order: Order) -> set[str]:
    addresses = (order.shipping_address, order.billing_address)
    codes = (re.sub(r"[\s-]", "", a.postcode).casefold() for a in addresses if a)
    return {code for code in codes if len(code) >= 4}


def _phone_ends(order: Order) -> set[str]:
    phones = [order.phone]
    phones += [a.phone for a in (order.shipping_address, order.billing_address) if a]
    digits = (re.sub(r"\D", "", phone) for phone in phones)
    return {number[-4:] for number in digits if len(number) >= 7}


def _link(
    services: Services, seat: Seat, connection: DbConnection, row: Any, kind: str
) -> None:  # fmt: skip
    """For the whole workspace, showing who made it; cutting it removes its points. It opens this
    order, not its customer: whoever got a gift knows its postcode, not the giver's orders."""
    link_id, now = new_id("ln_"), services.clock()
    values = {
        "id": link_id,
        "connection_id": row.connection_id,
        "holder": row.holder,
        "agent_id": seat.agent_id,
        "fact_kind": kind,
        "created_at": now,
    }
    people.add_link(seat.scope, connection, values)
    points = [
        Point("link", value, "link:" + link_id, row.holder, row.ref) for value in linkable(seat)
    ]
    mirror.add_points(seat.scope, connection, row.connection_id, points)
    facts = {
        "link": link_id,
        "connection": row.connection_id,
        "order": row.ref,
        "agent": seat.agent_id,
        "fact": kind,
    }
    personal = {"agent_name": seat.agent_name}
    journal.record(seat.scope, connection, services.keys, now, "order:linked", facts, personal)
