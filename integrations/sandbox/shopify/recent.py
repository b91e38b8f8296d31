"""The shop as an app without `read_all_orders` sees it: as if older orders had never been."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.sandbox.seed.shapes import Order

from .book import Book
from .world import World

VISIBLE = timedelta(days=60)


class Recent:
    """A world whose orders are at most 60 days old; everything else is the whole one's."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._since = datetime.now(UTC) - VISIBLE

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world, name)

    @property
    def orders_by_person(self) -> Mapping[str, tuple[Order, ...]]:
        known = self._world.orders_by_person.items()
        return {person: tuple(filter(self._shows, orders)) for person, orders in known}

    def book(self, order_id: int) -> Book | None:
        found = self._world.book(order_id)
        return found if found is not None and self._shows(found.order) else None

    def books(self) -> Iterable[Book]:
        return (book for book in self._world.books() if self._shows(book.order))

    def _shows(self, order: Order) -> bool:
        return order.placed_at >= self._since
