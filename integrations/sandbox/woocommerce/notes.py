"""Notes of an order: HTML that the server filters; one for the customer is mailed at once."""

from __future__ import annotations

import html
import re

from .answers import Answer, ApiError, Call, many, one
from .params import Param, Specs
from .refunding import add_note
from .render import note_document
from .routes import Endpoint, Route, route
from .shop import Shop

_LIST: Specs = {"type": Param(enum=("any", "customer", "internal"), default="any")}
_CREATE: Specs = {
    "note": Param(),
    "customer_note": Param(kind="boolean", default=False),
    "added_by_user": Param(kind="boolean", default=False),
}
_DELETE: Specs = {"force": Param(kind="boolean", default=False)}
_TAG = re.compile(r"</?([a-zA-Z]+)([^<>]*)>")
_KEPT = {"a": "href", "b": "", "strong": "", "em": "", "i": "", "br": "", "p": "", "img": "src"}


def list_notes(call: Call) -> Answer:
    """GET orders/{id}/notes: newest second first, no pages."""
    _check_order(call)
    kind = call.params["type"]
    notes = [note for note in call.shop.all("notes") if note["order_id"] == call.id]
    if kind != "any":
        notes = [note for note in notes if note["customer_note"] == (kind == "customer")]
    notes.sort(key=lambda note: note["id"])
    notes.sort(key=lambda note: str(note["date_created_gmt"]), reverse=True)
    return many(call, [note_document(call, note) for note in notes])


def create_note(call: Call) -> Answer:
    """POST orders/{id}/notes."""
    _check_order(call)
    text = call.params.get("note")
    if not text:
        data = {"status": 400, "params": ["note"]}
        raise ApiError(400, "rest_missing_callback_param", "Missing parameter(s): note", data)
    for_customer = call.params["customer_note"]
    author = "admin" if call.params["added_by_user"] else "WooCommerce"
    note = add_note(call.shop, call.id, filtered(text), author, for_customer=for_customer)
    if for_customer:
        send_mail(call.shop, call.id, "Customer note")
    location = call.link(f"orders/{call.id}/notes/{note['id']}")
    return one(call, note_document(call, note), 201, Location=location)


def delete_note(call: Call) -> Answer:
    """DELETE: for good or not at all; the words of the refusal are the server's own mistake."""
    order_id, note_id = call.ids
    note = call.shop.get("notes", note_id)
    if note is None or note["order_id"] != order_id:
        raise ApiError(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
    if not call.params["force"]:
        text = "Webhooks do not support trashing."
        raise ApiError(501, "woocommerce_rest_trash_not_supported", text)
    answer = one(call, note_document(call, note))
    call.shop.drop("notes", note_id)
    return answer


def send_mail(shop: Shop, order_id: int, title: str) -> str:
    """The address it went to, "" without one. The order gets a note of it."""
    to = (shop.get("orders", order_id) or {"billing": {"email": ""}})["billing"]["email"]
    if to:
        identity = shop.new_id("mail")
        shop.put("mails", {"id": identity, "order_id": order_id, "title": title, "to": to})
        add_note(shop, order_id, f'Email "{title}" sent.')
    return str(to)


def filtered(text: str) -> str:
    """Some tags with few attributes stay, of others only what stands between them."""
    parts: list[str] = []
    at = 0
    for tag in _TAG.finditer(text):
        parts += [_plain(text[at : tag.start()]), _tag(tag)]
        at = tag.end()
    return "".join([*parts, _plain(text[at:])])


def _plain(text: str) -> str:
    return re.sub(r"&(?![a-z]+;|#\d+;)", "&amp;", text).replace("<", "&lt;").replace(">", "&gt;")


def _tag(tag: re.Match[str]) -> str:
    name = tag[1].lower()
    if name not in _KEPT:
        return ""
    if tag[0].startswith("</"):
        return f"</{name}>"
    wanted = _KEPT[name]
    found = re.search(rf"\b{wanted}=[\"']?([^\s\"'>]+)", tag[2]) if wanted else None
    return f'<{name} {wanted}="{html.escape(found[1])}">' if found else f"<{name}>"


def _check_order(call: Call) -> None:
    if call.shop.get("orders", call.id) is None:
        raise ApiError(404, "woocommerce_rest_order_invalid_id", "Invalid order ID.")


ROUTES: tuple[Route, ...] = (
    route(
        "wc/v3/orders/{id}/notes",
        "GET POST",
        {
            "GET": Endpoint(handler=list_notes, params=_LIST),
            "POST": Endpoint(handler=create_note, params=_CREATE),
        },
    ),
    route(
        "wc/v3/orders/{id}/notes/{id}",
        "GET DELETE",
        {"DELETE": Endpoint(handler=delete_note, params=_DELETE)},
    ),
)
