"""What the panel calls in the core, exactly; tests pass something else that fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from flask import current_app

from plugin.ports.helpdesk import Request
from plugin.ports.store import Capability
from plugin.services import Services

if TYPE_CHECKING:
    from plugin.actions.act import ActionForm, ActionView
    from plugin.actions.launch import Opened, Seat
    from plugin.actions.search import SearchResult
    from plugin.actions.sidebar import OrderRow, Sidebar

EXTENSION = "mostrador_panel"


class LoadSidebar(Protocol):
    def __call__(self, services: Services, seat: Seat, /, *, limit: int) -> Sidebar: ...


class TakeLook(Protocol):
    def __call__(
        self, services: Services, install_id: str, token: str, /, *, limit: int
    ) -> tuple[Seat, Sidebar]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """One function of plugin.actions each, by its own name."""

    frame_ancestors: Callable[[Services, str], tuple[str, ...]]
    open_panel: Callable[[Services, str, Request], Opened]
    take_seat: Callable[[Services, str, str], Seat]
    renew: Callable[[Services, Seat], Opened]
    load_sidebar: LoadSidebar
    take_look: TakeLook
    order_view: Callable[[Services, Seat, str, str], OrderRow]
    refresh: Callable[[Services, Seat], None]
    search: Callable[[Services, Seat, str], SearchResult]
    confirm_fact: Callable[[Services, Seat, str], Sidebar]
    offers: Callable[[Services, Seat, OrderRow], Sequence[Capability]]
    action_form: Callable[[Services, Seat, str, str, str], ActionForm]
    preview: Callable[[Services, Seat, str, str, str, Mapping[str, str]], ActionView]
    confirm: Callable[[Services, Seat, str], ActionView]
    action_view: Callable[[Services, Seat, str], ActionView]


def calls() -> Calls:
    """Those of the app that answers this request."""
    return cast(Calls, current_app.extensions[EXTENSION])
