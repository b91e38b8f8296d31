"""Texts for replies: those that Mostrador brings, and what the owner makes of them. They are
inserted or copied by a person; nothing is ever sent from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from plugin import messages
from plugin.actions.evidence import grade
from plugin.actions.launch import Seat
from plugin.actions.sidebar import OrderRow, order_view
from plugin.db import mirror, panel
from plugin.db import snippets as rows
from plugin.db.session import DbConnection, Scope
from plugin.domain.snippets import OF_ORDERS, VARIABLES, unknown_in
from plugin.errors import InvalidInput, NotFound
from plugin.services import Services

MOST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """`own` = the owner's text, not the one that Mostrador brings."""

    name: str
    locale: str
    text: str
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """What can be told about one order, in its customer's language."""

    row: OrderRow
    locale: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One text and the language it is in."""

    text: str
    locale: str


def all_snippets(services: Services, scope: Scope) -> tuple[Snippet, ...]:
    """Every text in every language, in the order they are offered."""
    with services.database.reading() as connection:
        own = rows.own(scope, connection)
    return tuple(
        Snippet(
            name=name,
            locale=locale,
            text=own.get((name, locale)) or brought(name, locale),
            own=(name, locale) in own,
        )
        for name in VARIABLES
        for locale in reversed(messages.LOCALES)
    )


def save(services: Services, scope: Scope, name: str, locale: str, text: str) -> None:
    """Raises NotFound, and what `checked` raises."""
    kept = checked(name, locale, text)
    with services.database.writing() as connection:
        if kept == brought(name, locale):
            rows.drop(scope, connection, name, locale)
        else:
            rows.put(scope, connection, name, locale, kept)


def reset(services: Services, scope: Scope, name: str, locale: str) -> None:
    """Back to the text that Mostrador brings."""
    _exists(name, locale)
    with services.database.writing() as connection:
        rows.drop(scope, connection, name, locale)


def checked(name: str, locale: str, text: str) -> str:
    """The text as it is kept. Raises InvalidInput("snippet_empty", "snippet_long",
    "snippet_variable")."""
    _exists(name, locale)
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if not text:
        raise InvalidInput("snippet_empty", field="text")
    if len(text) > MOST:
        raise InvalidInput("snippet_long", field="text", most=MOST)
    if unknown := unknown_in(name, text):
        known = ", ".join("{" + each + "}" for each in VARIABLES[name])
        raise InvalidInput("snippet_variable", field="text", variable=unknown, known=known)
    return text


def brought(name: str, locale: str) -> str:
    """What Mostrador says as long as nobody knows better."""
    return messages.raw(f"snippet.{name}.text", locale)


def replies(services: Services, seat: Seat, connection_id: str, ref: str) -> Replies:
    """For an order that this conversation opens. Raises what order_view raises."""
    row = order_view(services, seat, connection_id, ref)
    with services.database.reading() as connection:
        theirs = panel.customer_locale(seat.scope, connection, connection_id, ref)
        own = rows.own(seat.scope, connection)
    locale = messages.known_locale(theirs or seat.locale)
    texts = {name: own.get((name, locale)) or brought(name, locale) for name in OF_ORDERS}
    return Replies(row=row, locale=locale, texts=texts)


def wording(services: Services, seat: Seat, name: str, locale: str = "") -> Wording:
    """One text in a language; without one, in the language of whoever writes."""
    with services.database.reading() as connection:
        chosen = messages.known_locale(locale or _writers(seat, connection) or seat.locale)
        own = rows.own(seat.scope, connection)
    return Wording(text=own.get((name, chosen)) or brought(name, chosen), locale=chosen)


def _writers(seat: Seat, connection: DbConnection) -> str:
    """The language that the writer has in a shop, as far as a match is more than weak."""
    graded = grade(seat, connection)
    known = (
        mirror.decode_customer(row.doc).locale
        for home, row in graded.customers.items()
        if graded.holders[home].strength != "weak"
    )
    return next((locale for locale in known if locale), "")


def _exists(name: str, locale: str) -> None:
    if name not in VARIABLES or locale not in messages.LOCALES:
        raise NotFound("page_not_found")
