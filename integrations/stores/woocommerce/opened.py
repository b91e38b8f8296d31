"""What every part of a connected shop works with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from plugin.domain.orders import Order
from plugin.errors import BadAnswer, GrantRevoked, MostradorError, NotFound, PlatformError
from plugin.ports.store import Connection

from . import mapping, payloads, payloads_changes
from .client import WooClient, decoded, digits
from .facts import Remembered
from .payloads import OrderPayload, RefundPayload
from .reading import readable

_MOST = "100"

_gateways: Remembered[mapping.Gateways | None] = Remembered()
_generals: Remembered[dict[str, str]] = Remembered()


class Opened:
    """A shop with its client. `settle` is how long after the call a change can still appear or
    vanish."""

    def __init__(self, client: WooClient, connection: Connection, *, settle: timedelta) -> None:
        self._client = client
        self._settle = settle
        self._key = (connection.workspace_id, connection.id, client.base)

    def _order(self, ref: str, *, quick: bool = False) -> OrderPayload:
        return decoded(payloads.ORDER, self._order_body(ref, quick=quick))

    def _order_body(self, ref: str, *, quick: bool = False) -> bytes:
        """One order as it is now; that it is the one asked for was checked."""
        if not digits(ref):
            raise NotFound("order_not_found")
        body = self._client.read(f"orders/{ref}", fresh=True, quick=quick).body
        if str(decoded(payloads.ORDER, body)["id"]) != ref:
            raise BadAnswer("bad_answer", cause="other_order")
        return body

    def _mapped(self, found: Sequence[OrderPayload], *, fresh: bool = False) -> tuple[Order, ...]:
        gateways = self._known_gateways() if found else None
        orders: list[Order] = []
        for payload in found:
            refunds = self._refunds(payload, fresh=fresh)
            with readable():
                orders.append(
                    mapping.order(payload, refunds, gateways=gateways, base=self._client.base)
                )
        return tuple(orders)

    def _refunds(
        self, payload: OrderPayload, *, fresh: bool = False, quick: bool = False
    ) -> list[RefundPayload]:
        """The order names its refunds; only their own list tells lines and times."""
        if not payload["refunds"]:
            return []
        return self._read_refunds(str(payload["id"]), fresh=fresh, quick=quick)

    def _read_refunds(
        self, order_id: str, *, fresh: bool = False, quick: bool = False
    ) -> list[RefundPayload]:
        path, query = f"orders/{order_id}/refunds", {"per_page": _MOST}
        listing = self._client.read(path, query, fresh=fresh, quick=quick)
        found = decoded(payloads.REFUNDS, listing.body)
        if listing.total is not None and listing.total > len(found):
            raise BadAnswer("bad_answer", cause="too_many_refunds")
        return found

    def _known_gateways(self, *, quick: bool = False) -> mapping.Gateways | None:
        """None if the shop does not tell: the list needs rights that some keys lack."""

        def fetch() -> mapping.Gateways | None:
            query = {"_fields": "id,method_supports"}
            try:
                listing = self._client.read("payment_gateways", query, quick=quick)
            except GrantRevoked:
                return None
            found = decoded(payloads.GATEWAYS, listing.body)
            return {item["id"]: "refunds" in item["method_supports"] for item in found} or None

        try:
            return _gateways.get(self._key, fetch)
        except PlatformError:
            return None

    def _leave_note(self, order_id: str, text: str) -> bool:
        """A note for the shop's own people beside a change; whether it is surely there."""
        body = {"note": text, "customer_note": False, "added_by_user": True}
        try:
            self._client.change("POST", f"orders/{order_id}/notes", body, made=201)
        except MostradorError:
            return False
        return True

    def _general(self) -> dict[str, str]:
        """The shop's general settings; they need rights that some keys lack."""
        return _generals.get(self._key, lambda: self._settings("general"))

    def _settings(self, group: str) -> dict[str, str]:
        query = {"_fields": "id,value"}
        listing = self._client.read(f"settings/{group}", query, quick=True)
        found = decoded(payloads_changes.SETTINGS, listing.body)
        return {item["id"]: str(item.get("value", "")) for item in found}

    def _has_note(self, order_id: str, reference: str) -> bool:
        """Whether a note on the order carries our reference; False if the shop does not tell."""
        try:
            listing = self._client.read(f"orders/{order_id}/notes", fresh=True)
            notes = decoded(payloads_changes.NOTES, listing.body)
        except PlatformError:
            return False
        return any(f"[{reference}]" in note["note"] for note in notes)
