"""One look at the panel: who looks, when, at which shops; and the memo all looks share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from plugin.ports.store import Capability
from ui import pages
from ui.memo import Memo
from ui.present.words import Words

if TYPE_CHECKING:
    from plugin.actions.launch import Seat
    from plugin.actions.sidebar import OrderRow

MEMO_BYTES = 64 * 1024 * 1024
memo = Memo(MEMO_BYTES)


@dataclass(frozen=True, slots=True)
class Shop:
    """A connection as rows need it. `space` begins every memo key of what it says: workspace,
    connection, how it is called, language, zone and template version."""

    label: str
    words: Words
    space: str


@dataclass(slots=True)
class Look:
    """`offers` says what an order allows now, and why not the rest."""

    seat: Seat
    now: datetime
    offers: Callable[[OrderRow], Sequence[Capability]]
    words: Words = field(init=False)
    _shops: dict[str, Shop] = field(init=False)

    def __post_init__(self) -> None:
        self.words = Words(self.seat.locale, self.seat.timezone)
        self._shops = {
            shop.id: self._shop(shop.id, shop.label, shop.timezone)
            for shop in self.seat.connections
        }

    def shop(self, connection_id: str) -> Shop:
        """Also for a connection that was cut while its orders are still shown."""
        known = self._shops.get(connection_id)
        return known or self._shop(connection_id, "", "")

    def labels(self) -> dict[str, str]:
        """Names of the shops by connection id."""
        return {key: shop.label for key, shop in self._shops.items()}

    def _shop(self, connection_id: str, label: str, zone: str) -> Shop:
        words = Words(self.seat.locale, zone or self.seat.timezone)
        workspace, locale = self.seat.scope.workspace_id, words.locale
        parts = (workspace, connection_id, label, locale, words.zone, pages.version())
        return Shop(label, words, "\x1f".join(parts))
