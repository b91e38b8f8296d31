"""Access to the pretend shop: which tokens open it, how they are got, renewed and lost.

As in life an access token of an installed app lives an hour and comes with a refresh token of
90 days. A refresh token is replaced at every use; the one before keeps working until something of
its replacement is used, at most 30 days after its own first use.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ACCESS_SECONDS = 3600
REFRESH_SECONDS = 90 * 86400
REUSE_SECONDS = 30 * 86400
OWN_SHOP_SECONDS = 86399
CODE_SECONDS = 60
SCOPES = (
    "read_all_orders", "read_customer_merge", "read_fulfillments", "read_inventory",
    "read_locations", "read_merchant_managed_fulfillment_orders", "read_products",
    "read_store_credit_accounts", "write_customers", "write_discounts", "write_draft_orders",
    "write_merchant_managed_fulfillment_orders", "write_order_edits", "write_orders",
    "write_returns", "write_store_credit_account_transactions",
)  # fmt: skip


class Refused(Exception):
    """`error` as OAuth names it."""

    def __init__(self, error: str, words: str) -> None:
        super().__init__(error)
        self.error, self.words = error, words


@dataclass(slots=True, kw_only=True)
class Pair:
    """An access token and the refresh token beside it ("" where there is none). `until` = 0: for
    ever. `parent` is the refresh token it replaced."""

    access: str
    until: float
    refresh: str = ""
    refresh_until: float = 0.0
    parent: str = ""
    reused_at: float = 0.0
    retired: bool = False


@dataclass(slots=True)
class State:
    installed: bool = False
    scopes: list[str] = field(default_factory=lambda: list(SCOPES))
    pairs: list[Pair] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


class Grants:
    """All that was given out; survives a restart in the state folder."""

    def __init__(self, state: Path | None, client_id: str, secret: str) -> None:
        self.client_id, self.secret = client_id, secret
        self.app_url = ""
        self._file = None if state is None else state / "grants.json"
        self._lock = threading.Lock()
        self._codes: dict[str, float] = {}
        self.state = State()
        if self._file is not None and self._file.exists():
            kept = json.loads(self._file.read_text())
            kept["pairs"] = [Pair(**pair) for pair in kept["pairs"]]
            self.state = State(**kept)

    def accepts(self, token: str) -> bool:
        """Whether this token opens the shop now; its use retires what it replaced."""
        with self._lock:
            pair = next((pair for pair in self.state.pairs if pair.access == token), None)
            if pair is None or pair.retired or (pair.until and pair.until <= time.time()):
                return False
            self._used(pair)
            return True

    def issue(self, *, expiring: bool, parent: str = "", until: float = 0.0) -> dict[str, Any]:
        """Of an installed app."""
        now = time.time()
        pair = Pair(access=f"shpat_{secrets.token_hex(16)}", until=0.0, parent=parent)
        answer: dict[str, Any] = {"access_token": pair.access, "scope": ",".join(self.state.scopes)}
        if expiring:
            pair.until, pair.refresh = now + ACCESS_SECONDS, f"shprt_{secrets.token_hex(16)}"
            pair.refresh_until = until or now + REFRESH_SECONDS
            answer |= {
                "expires_in": ACCESS_SECONDS, "refresh_token": pair.refresh,
                "refresh_token_expires_in": int(pair.refresh_until - now),
            }  # fmt: skip
        self.state.pairs.append(pair)
        self.save()
        return answer

    def refresh(self, token: str) -> dict[str, Any]:
        """Raises Refused("invalid_grant")."""
        now = time.time()
        with self._lock:
            pair = next((p for p in self.state.pairs if token and p.refresh == token), None)
            if pair is None or pair.retired or not self.state.installed:
                raise Refused("invalid_grant", "The refresh token is invalid.")
            reusable = not pair.reused_at or now < pair.reused_at + REUSE_SECONDS
            if now >= pair.refresh_until or not reusable:
                raise Refused("invalid_grant", "The refresh token has expired.")
            pair.reused_at = pair.reused_at or now
            self._used(pair)
            return self.issue(expiring=True, parent=token)

    def own_shop(self) -> dict[str, Any]:
        """For a shop of the app's own organisation."""
        if not self.state.installed:
            raise Refused("app_not_installed", "The app is not installed on this shop.")
        answer = self.issue(expiring=False)
        self.state.pairs[-1].until = time.time() + OWN_SHOP_SECONDS
        self.save()
        return {**answer, "expires_in": OWN_SHOP_SECONDS}

    def code(self) -> str:
        made = secrets.token_hex(16)
        self._codes[made] = time.time() + CODE_SECONDS
        return made

    def spend_code(self, code: str) -> None:
        """Once, within a minute. Raises Refused("invalid_request")."""
        if self._codes.pop(code, 0.0) < time.time():
            words = "The authorization code was not found or was already used"
            raise Refused("invalid_request", words)

    def count(self, grant: str) -> None:
        self.state.counts[grant] = self.state.counts.get(grant, 0) + 1

    def install(self) -> None:
        self.state.installed = True
        self.save()

    def uninstall(self) -> None:
        """Everything that was given out is dead at once."""
        self.state.installed = False
        self.state.pairs.clear()
        self.save()

    def expire(self) -> None:
        """All access tokens, as if their hour were over."""
        for pair in self.state.pairs:
            pair.until = 1.0 if pair.until else 0.0
        self.save()

    def revoke(self) -> None:
        """All tokens, as when nobody opened the app for 90 days."""
        for pair in self.state.pairs:
            pair.until, pair.refresh_until = 1.0, 1.0
        self.save()

    def save(self) -> None:
        if self._file is not None:
            draft = self._file.with_suffix(".new")
            draft.write_text(json.dumps(asdict(self.state)))
            draft.replace(self._file)

    def _used(self, pair: Pair) -> None:
        """Using one half of a pair retires what it replaced, and its twins."""
        if not pair.parent:
            return
        for other in self.state.pairs:
            if other.refresh == pair.parent or (other.parent == pair.parent and other is not pair):
                other.retired = True
