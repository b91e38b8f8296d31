"""A workspace with two pretend connections and one install, on an empty database."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import event

from plugin.actions import connect, installs
from plugin.actions.launch import Opened, Seat, open_panel
from plugin.actions.records import save_customers, save_orders
from plugin.db import connections as installed
from plugin.db.session import Database, Scope
from plugin.db.tables import TENANT_TABLES
from plugin.domain.orders import Order
from plugin.domain.people import Customer
from plugin.errors import LaunchRefused
from plugin.keys import KeyRing
from plugin.ports.helpdesk import (
    Answer,
    Claimed,
    Fragment,
    HelpdeskPlatform,
    HostAgent,
    InstallSecrets,
    Launch,
    LookupResult,
    Request,
    Writer,
)
from plugin.ports.helpdesk import Lookup as LookupCall
from plugin.ports.store import Capability, Connection, Store, StorePlatform, Webhooks
from plugin.services import Services
from plugin.settings import Settings
from tests.builders import NOON, an_order
from tests.fakes.shop import FakeShop


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = NOON + timedelta(days=2)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Desk:
    """Everything a core test touches; `store` is what `open_store` hands out."""

    services: Services
    scope: Scope
    clock: Clock
    woken: list[tuple[str, ...]]
    install_id: str
    shops: dict[str, str]
    stores: dict[str, Any] = field(default_factory=dict)

    def save(
        self, *orders: Order, shop: str = "blue", customers: tuple[Customer, ...] = ()
    ) -> None:
        with self.services.database.writing() as connection:
            save_customers(self.scope, connection, self.shops[shop], customers, "ES", self.clock())
            save_orders(self.scope, connection, self.shops[shop], orders, "ES", self.clock())

    def open(self, host_id: str = "ana", **writer: Any) -> Opened:
        body = msgspec.json.encode({"agent": host_id, **writer})
        request = Request(headers={}, query=(), body=body)
        return open_panel(self.services, self.install_id, request)

    def seat(self, host_id: str = "ana", **writer: Any) -> Seat:
        return self.open(host_id, **writer).seat

    def synced(self) -> None:
        with self.services.database.writing() as connection:
            for shop in self.shops.values():
                installed.change_connection(self.scope, connection, shop, sync_state="done")


def pretend_verify(request: Request, install: InstallSecrets, now: datetime) -> Launch:
    """A launch that says in plain JSON what a signed one would."""
    said: Mapping[str, Any] = msgspec.json.decode(request.body)
    return Launch(
        agent=HostAgent(id=said["agent"], name=said["agent"].title()),
        writer=Writer(
            name=said.get("name", ""),
            emails=tuple(said.get("emails", ())),
            phones=tuple(said.get("phones", ())),
        ),
        source=said.get("source", "signed"),
        conversation=said.get("conversation", "t1"),
        text=said.get("text", ""),
        locale=said.get("locale", "es"),
        nonce=said.get("nonce", ""),
        shared=said.get("shared", ""),
        link=said.get("link", ""),
        proof=said.get("proof", "signed"),
    )


def pretend_read(request: Request, install: InstallSecrets, now: datetime) -> Launch:
    """The helpdesk's server: the same, with the secret of the install beside it."""
    if request.headers.get("X-Key", "").encode() != install.secret:
        raise LaunchRefused("launch_invalid")
    said: Mapping[str, Any] = msgspec.json.decode(request.body)
    writer = Writer(emails=tuple(said.get("emails", ())))
    return Launch(writer=writer, source="claimed", proof="secret", text=said.get("text", ""))


def _in_json(result: LookupResult) -> Answer:
    return Answer(body=msgspec.json.encode(result), content_type="application/json")


PRETEND_HELPDESK = HelpdeskPlatform(
    key="pretend",
    label="Pretend",
    verify=pretend_verify,
    claimed=Claimed(),
    fragment=Fragment(
        read=pretend_read,
        wrap=lambda html: Answer(body=html.encode(), content_type="text/html; charset=utf-8"),
        height=480,
    ),
    lookup=LookupCall(
        read=pretend_read,
        answer=_in_json,
        refuse=lambda text, status: Answer(
            body=text.encode(), content_type="text/plain; charset=utf-8", status=status
        ),
    ),
)


def a_platform(webhooks: Webhooks | None = None) -> StorePlatform:
    def never(connection: Connection, http: object) -> Store:
        raise AssertionError("opened through open_store")

    return StorePlatform(
        key="pretend",
        label="Pretend",
        connect_fields=(),
        open=never,
        refund_capability=lambda order: Capability(name="refund", available=True),
        webhooks=webhooks,
        abilities={
            name: lambda order: Capability(name="", available=True)
            for name in (
                "address",
                "cancel",
                "cancel_refund",
                "discount",
                "note",
                "tags",
                "mail_details",
                "replacement",
            )
        },
    )


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    clock, woken, stores = Clock(), [], {}  # type: ignore[var-annotated]

    def wake(job: str, *ids: str) -> None:
        woken.append((job, *ids))

    def open_store(connection: Connection) -> Store:
        return stores[connection.id]  # type: ignore[no-any-return]

    services = Services(
        settings=Settings(
            public_url="https://panel.example", database_url=database_url, data_dir=tmp_path
        ),
        database=watched_database(database_url),
        keys=KeyRing((Fernet.generate_key().decode(),)),
        clock=clock,
        wake=wake,
        stores={"pretend": a_platform(_webhooks())},
        helpdesks={"pretend": PRETEND_HELPDESK},
        open_store=open_store,
    )
    scope = connect.create_workspace(
        services,
        name="Prueba",
        locale="es",
        country="ES",
        timezone="Europe/Madrid",
        own_domains=["casaoliva.example"],
    )
    shops = {name: add_shop(services, scope, name, clock) for name in ("blue", "olive")}
    install = installs.install_helpdesk(
        services, scope, helpdesk="pretend", label="Inbox", origins=["https://desk.example"],
        default_role="agent",
    )  # fmt: skip
    yield Desk(services, scope, clock, woken, install.id, shops, stores)
    services.database.close()


def _webhooks() -> Webhooks:
    from tests.plugin.hearing import PRETEND  # which knocks at a desk, and so knows this module

    return PRETEND


def watched_database(url: str) -> Database:
    """Fails on any statement that touches a tenant's table and does not name the workspace."""
    database = Database(url)
    event.listen(database.engine, "before_cursor_execute", names_its_workspace)
    if url.startswith("sqlite"):
        event.listen(database.engine, "connect", forget_about_power_cuts)
    return database


# The sweep and the upkeep walk every workspace; what they find they touch one by one.
OVER_ALL = (
    "SELECT workspaces.workspace_id \nFROM workspaces",
    "SELECT deliveries.workspace_id, deliveries.id, deliveries.due \nFROM deliveries",
    "SELECT reconciliations.workspace_id, reconciliations.connection_id, reconciliations.due \n"
    "FROM reconciliations",
    "SELECT actions.workspace_id, actions.id, actions.state, actions.due \nFROM actions",
    "SELECT privacy_requests.workspace_id, privacy_requests.id \nFROM privacy_requests",
)


def names_its_workspace(_c: object, _cursor: object, statement: str, *_: object) -> None:
    touched = set(re.findall(r"\w+", statement)) & TENANT_TABLES
    if not touched or statement.startswith(OVER_ALL):
        return
    begins = {"SELECT": "FROM", "UPDATE": "WHERE", "DELETE": "WHERE"}.get(statement[:6], "")
    chosen_by = statement.partition(begins)[2] if begins else statement
    assert "workspace_id" in chosen_by, f"no workspace_id in: {statement}"


def forget_about_power_cuts(raw: Any, _record: object) -> None:
    raw.execute("PRAGMA synchronous=OFF")


def add_shop(services: Services, scope: Scope, name: str, clock: Clock) -> str:
    shop_id = f"co_{name}"
    values = {
        "id": shop_id,
        "platform": "pretend",
        "label": name.title(),
        "address": f"https://{name}.example",
        "credentials": services.keys.seal(b'{"webhook_secret":"pretend-secret"}'),
        "options": {},
        "currency": "EUR",
        "timezone": "Europe/Madrid",
        "sync_state": "waiting",
        "sync": {},
        "created_at": clock(),
    }
    with services.database.writing() as connection:
        installed.add_connection(scope, connection, values)
    return shop_id


@pytest.fixture
def shop(desk: Desk) -> FakeShop:
    """The blue shop with one paid order of 50 EUR, which the mirror knows."""
    order = an_order("o1", email="carmen@example.com")
    desk.save(order)
    fake = FakeShop(now=desk.clock).holds(order)
    desk.stores[desk.shops["blue"]] = fake
    return fake
