"""What each address answers, in the shapes of developers.cm.com/mobile-service-cloud/docs:
customer-information, orders (developers.robinhq.com/docs/dynamic-integration/endpoint-2),
order-details. The inbox draws values as markup, so none but our link may hold any."""

from __future__ import annotations

from html import escape

from integrations.lookup import Ours, head, in_json, items
from plugin.ports.helpdesk import Answer, LookupResult

_FIELDS = ("date", "state", "total", "shop")


def customer(result: LookupResult) -> Answer:
    """All values but the count are texts, and custom fields go into `panel_view`."""
    who, notes = result.customer, {}
    if result.notes:
        notes[result.labels["title"]] = " | ".join(result.notes)
    return in_json(
        {
            "name": who.name,
            "email_address": who.email,
            "phone_number": who.phone,
            "customer_since": who.since,
            "order_count": result.order_count,
            "total_spent": who.spent,
            "panel_view": {**notes, "": _link(result)},
        }
    )


def orders(result: LookupResult) -> Answer:
    """An empty list where there are none."""
    return in_json(
        {
            "orders": [
                {"order_number": item["number"], "list_view": _shown(result, item)}
                for item in items(result)
            ]
        }
    )


def order(result: LookupResult) -> Answer:
    """One order, asked for by its number alone, which proves nothing: no amounts."""
    details = [
        {"display_as": "details", "data": {**_shown(result, item), "": _link(result)}}
        for item in items(result)[:1]
    ]
    return in_json({"details_view": details})


def panel(result: LookupResult) -> Answer:
    """The custom panel's list, with the details of each item in it, so that both its addresses get
    the same. How it wants them named was not to be seen."""
    shown = [
        {
            "id": item["number"],
            "title": item["number"],
            "description": " · ".join(filter(None, (item["date"], item["state"], item["total"]))),
            "url": result.open_url,
            "details": [
                {"label": result.labels[name], "value": value}
                for name, value in item.items()
                if value
            ],
        }
        for item in items(result)
    ]
    return in_json({**head(result), "items": shown})


def _shown(result: LookupResult, item: dict[str, str]) -> dict[str, str]:
    return {result.labels[name]: item[name] for name in _FIELDS if item[name]}


def _link(result: LookupResult) -> Ours:
    url, label = escape(result.open_url), escape(result.labels["open"])
    button = f'<a href="{url}" target="_blank" rel="noopener">{label}</a>'
    return Ours(f'<div class="panel_button"><div>{button}</div></div>')
