"""Orders that came without their details (which goods were sent or refunded) are read whole when
somebody looks at them. Everything that is done with an order re-reads it anyway."""

from __future__ import annotations

from plugin.db import mirror, panel
from plugin.db.session import Scope
from plugin.domain.identity import Identifiers
from plugin.domain.orders import DETAILS, Order
from plugin.services import Services

SHOWN = 20


def ask_for_details(services: Services, scope: Scope, connection_id: str, order: Order) -> None:
    """Of an order that is opened now."""
    if DETAILS in order.partial:
        services.wake("refresh_order", scope.workspace_id, connection_id, order.ref)


def ask_for_all(services: Services, scope: Scope, connection_id: str, who: Identifiers) -> None:
    """Of the orders shown for a writer, as far as asking the shop for the writer brought none."""
    points = [
        *(("email", email) for email in (*who.emails, *who.text_emails)),
        *(("phone", phone) for phone in (*who.phones, *who.text_phones)),
        *(("number", number) for number in who.numbers),
    ]
    with services.database.reading() as connection:
        found = panel.matches(scope, connection, points)
        here = [row for row in found if row.connection_id == connection_id]
        holders = {(connection_id, row.holder) for row in here if not row.order_ref}
        alone = {
            (connection_id, row.order_ref)
            for row in here
            if row.order_ref and (connection_id, row.holder) not in holders
        }
        if not holders and not alone:
            return
        rows = panel.newest_orders(scope, connection, sorted(holders), sorted(alone), SHOWN)
    for row in rows:
        if DETAILS.encode() in row.doc:
            ask_for_details(services, scope, connection_id, mirror.decode_order(row.doc))
