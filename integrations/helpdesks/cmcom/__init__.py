"""CM.com Mobile Service Cloud (Agent Inbox): its server asks for customer, orders and one order
(dynamic integration), and for a list (custom panel); contract D, see README.md."""

from __future__ import annotations

from integrations.lookup import read_by_header, refuse
from plugin.ports.helpdesk import HelpdeskPlatform, Lookup

from .answers import customer, order, orders, panel
from .steps import STEPS

PLATFORM = HelpdeskPlatform(
    key="cmcom",
    label="CM.com Mobile Service Cloud",
    lookup=Lookup(
        read=read_by_header,
        answer=panel,
        refuse=refuse,
        parts={"customer": customer, "orders": orders, "order": order},
    ),
    steps=STEPS,
)
