"""Contract D: what a helpdesk's server may draw by itself, and the link to the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flask import Response, g, make_response, request

from plugin import messages, web
from plugin.errors import LaunchRefused, MostradorError
from plugin.ports.helpdesk import Answer, LookupCustomer, LookupOrder, LookupResult
from ui.calls import calls
from ui.present.orders import row_view
from ui.present.states import health_tags, state_tag
from ui.present.words import Words
from ui.session import host_request, locale, set_origins

if TYPE_CHECKING:
    from plugin.actions.answering import Answering
    from plugin.actions.sidebar import OrderRow

_LABELS = ("title", "orders", "open", "number", "date", "state", "total", "shop")


def lookup() -> Response:
    """GET or POST, as the helpdesk asks."""
    set_origins()
    platform, _ = calls().arrivals.platform_of(web.services(), g.install)
    if platform.lookup is None:
        raise LaunchRefused("launch_unsigned")
    try:
        found = calls().arrivals.answer_call(web.services(), g.install, host_request())
    except MostradorError as error:
        web.log_error(error)
        text = messages.sentence(error.code, locale(), **error.parameters)
        return _sent(platform.lookup.refuse(text, error.status))
    answer = platform.lookup.parts.get(request.args.get("part", ""), platform.lookup.answer)
    return _sent(answer(result_of(found)))


def result_of(found: Answering) -> LookupResult:
    """In the words of the workspace; weak matches without money, as in the panel."""
    seat, sidebar = found.seat, found.sidebar
    services = web.services()
    words = Words(seat.locale, seat.timezone)
    shops = {shop.id: shop.label for shop in seat.connections}
    return LookupResult(
        orders=tuple(_order(row, shops, words) for row in sidebar.orders),
        order_count=max(sidebar.order_count, len(sidebar.orders)),
        notes=tuple(_notes(found, words)),
        as_of=words.t("lookup.as_of", moment=words.moment(sidebar.as_of)) if sidebar.as_of else "",
        open_url=f"{services.settings.public_url}/go/{seat.install_id}.{found.go}",
        labels={name: words.t(f"lookup.{name}") for name in _LABELS},
        customer=_customer(found, words),
    )


def _customer(found: Answering, words: Words) -> LookupCustomer:
    """`people` holds nobody whom an order number alone names."""
    asked, people = found.seat.identifiers, found.sidebar.people
    person = people[0].customer if people else None
    since = min((v.customer.created_at for v in people if v.customer.created_at), default=None)
    amounts = [words.money(total.amount) for total in found.sidebar.totals if total.amount]
    return LookupCustomer(
        name=person.name if person else "",
        email=(person and person.email) or next(iter(asked.emails), ""),
        phone=(person and person.phone) or next(iter(asked.phones), ""),
        since=since.date().isoformat() if since else "",
        spent=" · ".join(amounts),
    )


def _notes(found: Answering, words: Words) -> Iterator[str]:
    """Never "no orders" alone while a shop was not asked or hides older ones."""
    seat, sidebar = found.seat, found.sidebar
    if sidebar.state == "asking" or (sidebar.orders and sidebar.stale):
        yield words.t("lookup.asking")
    elif not sidebar.orders:
        yield state_tag(sidebar, seat, words).text
    if sidebar.weak_only:
        yield words.t("lookup.weak")
    for tag in health_tags(seat, web.services().clock(), words):
        yield tag.text


def _order(row: OrderRow, shops: dict[str, str], words: Words) -> LookupOrder:
    view = row_view(row.head(), shops.get(row.connection_id, ""), words, masked=row.masked)
    return LookupOrder(
        number=view.number,
        placed_on=view.date,
        state=" · ".join(tag.text for tag in view.tags),
        total=view.amount,
        shop=view.shop,
    )


def _sent(answer: Answer) -> Response:
    response = make_response(answer.body, answer.status)
    response.content_type = answer.content_type
    return response
