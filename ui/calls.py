"""What the panel calls in the core, exactly; tests pass something else that fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from flask import current_app

from plugin.ports.helpdesk import HelpdeskPlatform, Request
from plugin.ports.store import Capability
from plugin.services import Services

if TYPE_CHECKING:
    from plugin.actions.act import ActionForm
    from plugin.actions.answering import Answering
    from plugin.actions.arrive import Said
    from plugin.actions.attention import Inbox
    from plugin.actions.launch import Opened, Seat
    from plugin.actions.owed import Payee
    from plugin.actions.pairing import Asked
    from plugin.actions.search import SearchResult
    from plugin.actions.sidebar import OrderRow, Sidebar
    from plugin.actions.snippets import Replies, Wording
    from plugin.actions.views import ActionView
    from plugin.db.connections import InstallRow
    from plugin.db.ledger import ActionRow

EXTENSION = "mostrador_panel"


class LoadSidebar(Protocol):
    def __call__(self, services: Services, seat: Seat, /, *, limit: int) -> Sidebar: ...


class TakeLook(Protocol):
    def __call__(
        self, services: Services, install_id: str, token: str, /, *, limit: int
    ) -> tuple[Seat, Sidebar]: ...


class Begin(Protocol):
    def __call__(
        self, services: Services, install_id: str, key: Mapping[str, Any], /, *,
        claimed_email: str, browser: str, visitor: str,
    ) -> Asked: ...  # fmt: skip


class Redeem(Protocol):
    def __call__(
        self, services: Services, install_id: str, pairing_id: str, /, *,
        challenge: str, signature: str, token: str = "",
    ) -> Opened | None: ...  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """How agents and contexts arrive that no signed launch brings."""

    platform_of: Callable[[Services, str], tuple[HelpdeskPlatform, InstallRow]]
    check_frame: Callable[[Services, str, Request], None]
    begin: Begin
    challenge: Callable[[Services, str], str]
    hold: Callable[[Services, Seat, Mapping[str, Any]], str]
    redeem: Redeem
    open_context: Callable[[Services, Seat, Said], Opened]
    open_told: Callable[[Services, Seat, Said], Opened]
    open_handed: Callable[[Services, Seat, str], Opened]
    hand_over: Callable[[Services, str, Request], str]
    take_handoff: Callable[[Services, str, str], str]
    answer_call: Callable[[Services, str, Request], Answering]
    ask_for_access: Callable[[Services, Seat], None]


class Decide(Protocol):
    def __call__(
        self, services: Services, seat: Seat, action_id: str, /, *, approve: bool, reason: str
    ) -> ActionView: ...


class CloseOwed(Protocol):
    def __call__(
        self, services: Services, seat: Seat, action_id: str, /, *, paid: bool, proof: str
    ) -> ActionView: ...


class Settle(Protocol):
    def __call__(
        self, services: Services, seat: Seat, action_id: str, /, *, done: bool, proof: str
    ) -> ActionView: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """One function of plugin.actions each, by its own name."""

    arrivals: Arrivals

    frame_ancestors: Callable[[Services, str], tuple[str, ...]]
    open_panel: Callable[[Services, str, Request], Opened]
    take_seat: Callable[[Services, str, str], Seat]
    renew: Callable[[Services, Seat], Opened]
    load_sidebar: LoadSidebar
    take_look: TakeLook
    order_view: Callable[[Services, Seat, str, str], OrderRow]
    order_history: Callable[[Services, Seat, str, str], Sequence[ActionRow]]
    refresh: Callable[[Services, Seat], None]
    search: Callable[[Services, Seat, str], SearchResult]
    replies: Callable[[Services, Seat, str, str], Replies]
    wording: Callable[[Services, Seat, str, str], Wording]
    confirm_fact: Callable[[Services, Seat, str], Sidebar]
    offers: Callable[[Services, Seat, OrderRow], Sequence[Capability]]
    action_form: Callable[[Services, Seat, str, str, str, Mapping[str, str]], ActionForm]
    preview: Callable[[Services, Seat, str, str, str, Mapping[str, str]], ActionView]
    confirm: Callable[[Services, Seat, str, str | None], ActionView]
    decide: Decide
    settle: Settle
    close_owed: CloseOwed
    payee: Callable[[Services, Seat, str], Payee]
    inbox: Callable[[Services, Seat], Inbox]
    action_view: Callable[[Services, Seat, str], ActionView]
    greet: Callable[[Services, Seat, str], ActionView | None]


def calls() -> Calls:
    """Those of the app that answers this request."""
    return cast(Calls, current_app.extensions[EXTENSION])
