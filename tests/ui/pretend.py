"""A core that hands the samples over without a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from plugin.actions.act import ActionForm
from plugin.actions.attention import Inbox
from plugin.actions.launch import Opened, Seat
from plugin.actions.owed import Payee
from plugin.actions.refund import RefundForm
from plugin.actions.search import ProductView, SearchResult
from plugin.actions.sidebar import OrderRow, Sidebar
from plugin.actions.snippets import Replies, Wording, brought
from plugin.actions.views import ActionView
from plugin.db.connections import InstallRow
from plugin.db.ledger import ActionRow
from plugin.db.session import Database
from plugin.domain.identity import Identifiers
from plugin.domain.snippets import OF_ORDERS
from plugin.errors import LaunchRefused, MostradorError, NotFound
from plugin.keys import KeyRing
from plugin.messages import known_locale
from plugin.ports.helpdesk import HelpdeskPlatform, Launch, Request
from plugin.ports.store import Capability
from plugin.services import Services
from plugin.settings import Settings
from tests.ui.samples import INSTALL, NOW, TOKEN, TYPED_TOKEN, a_seat, a_sidebar, an_action
from ui.calls import Arrivals, Calls

PRETEND = HelpdeskPlatform(key="pretend", label="Pretend", verify=lambda *_: a_launch())


def a_launch() -> Launch:
    raise LaunchRefused("launch_missing")


@dataclass
class PretendCore:
    """What the panel calls, answering from these fields; `asked` keeps what it was asked."""

    seat: Seat = field(default_factory=a_seat)
    sidebar: Sidebar = field(default_factory=a_sidebar)
    typed: Identifiers = field(default_factory=Identifiers)
    action: ActionView = field(default_factory=an_action)
    capability: Capability = field(
        default_factory=lambda: Capability(name="refund", available=True)
    )
    reason_required: bool = False
    reasons: tuple[str, ...] = ()
    inbox: Inbox = field(default_factory=lambda: Inbox(items=(), broken=(), count=0))
    others: tuple[Capability, ...] = ()
    platform: HelpdeskPlatform = PRETEND
    content: Callable[[Mapping[str, str]], object] = lambda _typed: RefundForm(
        credit=Capability(name="refund_credit", available=False)
    )
    theirs: str = "es"
    products: tuple[ProductView, ...] = ()
    refusals: dict[str, MostradorError] = field(default_factory=dict)
    done_before: tuple[ActionRow, ...] = ()
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def calls(self) -> Calls:
        return Calls(
            arrivals=self.arrivals(),
            frame_ancestors=self.frame_ancestors,
            open_panel=self.open_panel,
            take_seat=self.take_seat,
            renew=lambda _, seat: self.opened("renewed", seat),
            load_sidebar=self.load_sidebar,
            take_look=self.take_look,
            order_view=lambda _, seat, connection_id, ref: self.order(connection_id, ref),
            order_history=lambda _, seat, connection_id, ref: self.done_before,
            refresh=lambda _, seat: self._note("refresh"),
            search=self.search,
            replies=self.replies,
            wording=lambda _, seat, name, locale: self.wording(name, locale or seat.locale),
            confirm_fact=lambda _, seat, text: self._fact(text),
            offers=lambda _, seat, row: self._offers(seat),
            action_form=self._form,
            preview=self.preview,
            confirm=lambda _, seat, id, comment: self._confirm(id, comment),
            decide=self._decide,
            settle=self._settle,
            close_owed=self._close_owed,
            payee=lambda _, seat, id: self._payee(id),
            inbox=lambda _, seat: self._inbox(),
            action_view=lambda _, seat, id: self.action,
            greet=lambda _, seat, id: self.action if seat.untold == id else None,
        )

    def arrivals(self) -> Arrivals:
        """A platform of signed launches; nothing else arrives here."""

        def refused(*_: object, **__: object) -> Any:
            raise LaunchRefused("launch_unsigned")

        return Arrivals(
            platform_of=lambda _, install_id: (self.platform, self.install(install_id)),
            check_frame=refused,
            begin=refused,
            challenge=lambda *_: "a-challenge",
            hold=refused,
            redeem=refused,
            open_context=refused,
            open_told=refused,
            open_handed=refused,
            hand_over=refused,
            take_handoff=refused,
            answer_call=refused,
            ask_for_access=lambda _, seat: self._note("access"),
        )

    def install(self, install_id: str) -> InstallRow:
        if install_id != INSTALL:
            raise NotFound("install_unknown")
        return InstallRow(
            id=INSTALL, helpdesk="pretend", label="", secret=b"", origins=self.seat.origins,
            default_role="viewer", fields=None, seen=None, last_call=None, first_launch_at=None,
        )  # fmt: skip

    def opened(self, token: str = TOKEN, seat: Seat | None = None) -> Opened:
        return Opened(token=token, expires_at=NOW + timedelta(minutes=15), seat=seat or self.seat)

    def frame_ancestors(self, services: Services, install_id: str) -> tuple[str, ...]:
        if install_id != INSTALL:
            raise NotFound("install_unknown")
        return self.seat.origins

    def open_panel(self, services: Services, install_id: str, request: Request) -> Opened:
        self.frame_ancestors(services, install_id)
        self._note("open", request)
        return self.opened()

    def take_seat(self, services: Services, install_id: str, token: str) -> Seat:
        if not token:
            raise LaunchRefused("token_missing")
        if install_id != INSTALL or token not in (TOKEN, TYPED_TOKEN, "renewed"):
            raise LaunchRefused("token_unknown")
        return self.seat

    def load_sidebar(self, services: Services, seat: Seat, *, limit: int) -> Sidebar:
        self._note("sidebar", limit)
        return self.sidebar

    def take_look(
        self, services: Services, install_id: str, token: str, *, limit: int
    ) -> tuple[Seat, Sidebar]:
        seat = self.take_seat(services, install_id, token)
        return seat, self.load_sidebar(services, seat, limit=limit)

    def order(self, connection_id: str, ref: str) -> OrderRow:
        self._note("order", connection_id, ref)
        for row in self.sidebar.orders:
            if (row.connection_id, row.ref) == (connection_id, ref):
                return row
        raise NotFound("order_not_found")

    def search(self, services: Services, seat: Seat, text: str) -> SearchResult:
        self._note("search", text)
        if "@" in text:
            opened = self.opened(TYPED_TOKEN, replace(seat, identifiers=self.typed))
            return SearchResult(kind="people", opened=opened, sidebar=self.sidebar)
        return SearchResult(kind="products", products=self.products)

    def replies(self, services: Services, seat: Seat, connection_id: str, ref: str) -> Replies:
        texts = {name: brought(name, self.theirs) for name in OF_ORDERS}
        return Replies(row=self.order(connection_id, ref), locale=self.theirs, texts=texts)

    def wording(self, name: str, locale: str) -> Wording:
        locale = known_locale(locale)
        return Wording(text=brought(name, locale), locale=locale)

    def preview(
        self, services: Services, seat: Seat, kind: str, connection_id: str, ref: str,
        typed: Mapping[str, str],
    ) -> ActionView:  # fmt: skip
        self._note("preview", kind, connection_id, ref, dict(typed))
        return self.action

    def _fact(self, text: str) -> Sidebar:
        self._note("fact", text)
        return self.sidebar

    def _form(
        self, services: Services, seat: Seat, kind: str, connection_id: str, ref: str,
        typed: Mapping[str, str],
    ) -> ActionForm:  # fmt: skip
        row = self.order(connection_id, ref)
        return ActionForm(
            kind=kind, order=row.order(), connection_id=connection_id,
            capability=self._can(seat), as_of=NOW, reason_required=self.reason_required,
            reasons=self.reasons,
            content=self.content(typed), typed=typed,
        )  # fmt: skip

    def _decide(
        self, services: Services, seat: Seat, action_id: str, /, *, approve: bool, reason: str
    ) -> ActionView:
        self._note("decide", action_id, approve, reason)
        return self.action

    def _settle(
        self, services: Services, seat: Seat, action_id: str, /, *, done: bool, proof: str
    ) -> ActionView:
        self._note("settle", action_id, done, proof)
        return self.action

    def _close_owed(
        self, services: Services, seat: Seat, action_id: str, /, *, paid: bool, proof: str
    ) -> ActionView:
        self._note("close_owed", action_id, paid, proof)
        return self.action

    def _payee(self, action_id: str) -> Payee:
        self._note("payee", action_id)
        return Payee("ES91 2100 0418 4502 0005 1332", "Amparo Gil")

    def _inbox(self) -> Inbox:
        self._note("inbox")
        return self.inbox

    def _confirm(self, action_id: str, comment: str | None) -> ActionView:
        self._note("confirm", action_id, comment)
        self.action = replace(self.action, state="requested", requested_at=NOW)
        return self.action

    def _offers(self, seat: Seat) -> tuple[Capability, ...]:
        known = (self._can(seat), *self.others)
        return tuple(can for can in known if can.reason != "role_forbids")

    def _can(self, seat: Seat) -> Capability:
        if seat.role == "viewer":
            return Capability(name="refund", available=False, reason="role_forbids")
        return self.capability

    def _note(self, name: str, *values: Any) -> None:
        self.asked.append((name, *values))
        if name in self.refusals:
            raise self.refusals[name]


def pretend_services(*, development: bool = False) -> Services:
    """Nothing the panel itself touches but the clock and the settings."""

    def never(*_: object) -> Any:
        raise AssertionError("the panel calls no shop")

    return Services(
        settings=Settings(
            development=development,
            public_url="https://panel.example",
            database_url="sqlite:///never-opened.sqlite3",
            data_dir=Path("var"),
        ),
        database=Database("sqlite:///never-opened.sqlite3"),
        keys=KeyRing((Fernet.generate_key().decode(),)),
        clock=lambda: NOW,
        wake=never,
        stores={},
        helpdesks={},
        open_store=never,
    )
