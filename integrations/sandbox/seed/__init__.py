"""The one pretend world that both shops and the inbox show: `load(now)`.

Everything hangs on `now` and nothing else, so that two processes given the same day agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from . import draw
from .catalogue import LOCATIONS, people, products
from .images import svg
from .orders import Maker, OrderPlan, RefundPlan
from .shapes import CASA_OLIVA, TIENDA_AZUL, Method, Order, Person, Seed
from .stories import ARRIVED, CAST, UNDER_WAY, plans
from .tickets import TICKETS

__all__ = ["BLUE_NUMBERS", "OLIVE_NUMBERS", "kept_now", "load", "midnight", "svg"]

BLUE_NUMBERS = range(1001, 1061)
OLIVE_NUMBERS = range(2001, 2241)
_CURRENCIES = {"MX": "MXN", "CL": "CLP", "US": "USD", "CO": "USD", "PE": "USD", "AR": "USD"}
_METHODS: tuple[Method, ...] = ("card", "card", "card", "paypal", "cod")
_REASONS = ("", "Llegó tarde", "Talla equivocada", "Producto dañado")


def midnight(moment: datetime | None = None) -> datetime:
    """The start of the (UTC) day: what processes started together use as `now`."""
    moment = moment or datetime.now(UTC)
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def kept_now(state: Path | None) -> datetime:
    """Today's midnight; with a state folder the one of its first start, so that a shop started
    again tomorrow still agrees with whoever copied its orders today."""
    if state is None:
        return midnight()
    state.mkdir(parents=True, exist_ok=True)
    kept = state / "now.txt"
    try:
        with kept.open("x", encoding="ascii") as file:
            file.write(midnight().isoformat())
    except FileExistsError:
        pass
    return datetime.fromisoformat(kept.read_text(encoding="ascii") or midnight().isoformat())


@lru_cache(maxsize=4)
def load(now: datetime) -> Seed:
    """The whole world as it looks at `now` (aware UTC); nothing in it lies after `now`."""
    everybody = people(now)
    shelf = products(now)
    maker = Maker(shelf)
    known = {person.key: person for person in everybody}
    told = {plan.number: plan for plan in plans(known, lambda number: placed_at(number, now))}
    crowd = _Crowd(maker, known, now)
    return Seed(
        now=now, people=everybody, locations=LOCATIONS, products=shelf,
        shopify_orders=crowd.orders(TIENDA_AZUL, BLUE_NUMBERS, told),
        woocommerce_orders=crowd.orders(CASA_OLIVA, OLIVE_NUMBERS, told),
        tickets=TICKETS,
    )  # fmt: skip


def placed_at(number: int, now: datetime) -> datetime:
    """Later numbers are later orders, ever denser; order 1042 is two days old."""
    if number in OLIVE_NUMBERS:
        return now - timedelta(minutes=180 + 15 * (OLIVE_NUMBERS[-1] - number) ** 2 * 3 // 2)
    if number > 1042:
        return now - timedelta(minutes=150 + 150 * (BLUE_NUMBERS[-1] - number))
    return now - timedelta(minutes=2 * 1440 + 11 + 620 * (1042 - number) ** 2)


class _Crowd:
    """Ordinary orders of ordinary people, for the numbers that no story tells."""

    def __init__(self, maker: Maker, known: Mapping[str, Person], now: datetime) -> None:
        self._maker = maker
        self._now = now
        self._people = [person for person in known.values() if person.key not in CAST]

    def orders(self, shop: str, numbers: range, told: Mapping[int, OrderPlan]) -> tuple[Order, ...]:
        return tuple(
            self._maker.make(told.get(number) or self._plan(shop, number)) for number in numbers
        )

    def _plan(self, shop: str, number: int) -> OrderPlan:
        person = draw.pick(self._buyers(shop), "who", number)
        code = draw.pick(("", "", "", "VERANO10"), "code", number)
        age = (self._now - placed_at(number, self._now)).days
        method = draw.pick(_METHODS, "method", number) if age > 6 else "card"
        refunded = age > 12 and draw.number(9, "refund", number) == 0
        reason = draw.pick(_REASONS, "why", number)
        return OrderPlan(
            number=number, shop=shop, person=person, items=self._items(shop, number),
            placed_at=placed_at(number, self._now), currency=_currency(person, shop),
            payments=((method, None),), code=code, percentage=10 if code else 0,
            parcels=ARRIVED if age > 6 else UNDER_WAY if age > 2 else (),
            refunds=(RefundPlan(units=((0, 1),), reason=reason),) if refunded else (),
        )  # fmt: skip

    def _buyers(self, shop: str) -> list[Person]:
        """Those with an account here, and guests (who have one nowhere)."""
        return [person for person in self._people if shop in person.accounts or not person.accounts]

    def _items(self, shop: str, number: int) -> tuple[tuple[str, int], ...]:
        shelf = self._maker.variants(shop)
        chosen = {
            draw.pick(shelf, "item", number, place).sku: 1 + draw.number(3, "units", number, place)
            for place in range(1 + draw.number(3, "lines", number))
        }
        return tuple(chosen.items())


def _currency(person: Person, shop: str) -> str:
    """The first shop sells in the buyer's currency, the second nearly always in euros."""
    if shop == CASA_OLIVA:
        return "USD" if person.address.country == "CO" else "EUR"
    return _CURRENCIES.get(person.address.country, "EUR")
