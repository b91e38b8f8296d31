"""Connections that go only to addresses we checked ourselves.

The name is resolved, every address is judged, and the socket is opened to the judged address in
one step, so a second DNS answer cannot move the call (DNS rebinding). Host header, SNI and the
certificate check keep using the name. Kept-alive sockets stay where they were judged.
"""

from __future__ import annotations

import socket
from contextvars import ContextVar
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from threading import Timer
from typing import TYPE_CHECKING, Literal

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection
from urllib3.util.timeout import Timeout

if TYPE_CHECKING:
    from urllib3._base_connection import BaseHTTPConnection

_MOST_TRIED = 3
# Networks that Python counts as global although they lead back inside or to nobody known.
_NEVER = tuple(
    ip_network(text)
    for text in ("192.88.99.0/24", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)


@dataclass(slots=True)
class Trip:
    """One attempt: what may be reached, and how far it got. `left` is the moment from which the
    other side may have seen the request."""

    allow_loopback: bool
    seconds: float
    stage: Literal["idle", "connecting", "left"] = "idle"
    forbidden: bool = False
    watchdog: Timer | None = field(default=None, repr=False)

    def watch(self, sock: socket.socket) -> None:
        """The read time-out starts anew with every byte; this ends a dripping answer."""
        self.watchdog = Timer(self.seconds, _cut, (sock,))
        self.watchdog.daemon = True
        self.watchdog.start()

    def done(self) -> None:
        if self.watchdog:
            self.watchdog.cancel()


trip: ContextVar[Trip] = ContextVar("trip")


def address_allowed(text: str, *, allow_loopback: bool) -> bool:
    """Whether this literal address is public, or loopback where that is allowed."""
    address = ip_address(text)
    if allow_loopback and address.is_loopback:
        return True
    if isinstance(address, IPv6Address) and (address.ipv4_mapped or address.is_site_local):
        return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not (_listed(address))
    )


def _listed(address: IPv4Address | IPv6Address) -> bool:
    return any(
        address in network
        for network in _NEVER
        if isinstance(network, IPv6Network) == isinstance(address, IPv6Address)
    )


def resolve(host: str, port: int) -> list[str]:
    """Addresses of a name in the system's order of preference. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class PinnedConnection(HTTPConnection):
    """A plain connection to a checked address, reporting to the current Trip."""

    def _new_conn(self) -> socket.socket:
        try:
            addresses = resolve(self._dns_host, self.port or self.default_port)
        except (socket.gaierror, UnicodeError) as error:
            reason = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
            raise NameResolutionError(self.host, self, reason) from error
        current = trip.get()
        allowed = [
            address
            for address in addresses
            if address_allowed(address, allow_loopback=current.allow_loopback)
        ]
        if not allowed:
            current.forbidden = True
            raise NewConnectionError(self, "address not allowed")
        return self._first_open(allowed[:_MOST_TRIED])

    def _first_open(self, addresses: list[str]) -> socket.socket:
        trouble: OSError | None = None
        for address in addresses:
            try:
                return create_connection(
                    (address, self.port or self.default_port),
                    self.timeout,
                    source_address=self.source_address,
                    socket_options=self.socket_options,
                )
            except OSError as error:
                trouble = error
        raise NewConnectionError(self, "no address answered") from trouble

    def connect(self) -> None:
        trip.get().stage = "connecting"
        super().connect()

    def send(self, data: object) -> None:
        if self.sock is None:
            self.connect()
        current = trip.get()
        current.stage = "left"
        if current.watchdog is None and self.sock is not None:
            current.watch(self.sock)
        super().send(data)  # type: ignore[arg-type]  # the stub's name for it is private


def _cut(sock: socket.socket) -> None:
    try:
        # not the TLS object's own shutdown: that would wait for the other side
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except OSError:
        return  # closed meanwhile: nothing left to end


class PinnedTlsConnection(PinnedConnection, HTTPSConnection):
    """The same over TLS."""


class PinnedPool(HTTPConnectionPool):
    ConnectionCls = PinnedConnection


class PinnedTlsPool(HTTPSConnectionPool):
    ConnectionCls = PinnedTlsConnection


class _Fresh(HTTPConnectionPool):
    """Never reuses an idle socket: whether a server read a write before closing a stale one
    cannot be told."""

    def _get_conn(self, timeout: float | None = None) -> BaseHTTPConnection:
        connection = super()._get_conn(timeout)
        connection.close()
        return connection


class FreshPool(_Fresh, PinnedPool):
    """For writes."""


class FreshTlsPool(_Fresh, PinnedTlsPool):
    """For writes."""


class PinnedAdapter(HTTPAdapter):
    """Sends through the pools above; knows no proxy."""

    def __init__(self, *, fresh: bool = False) -> None:
        self._fresh = fresh
        super().__init__(pool_connections=64, pool_maxsize=16, max_retries=0)

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: object
    ) -> None:
        self.poolmanager = PoolManager(
            num_pools=connections, maxsize=maxsize, block=block, timeout=Timeout(10)
        )
        self.poolmanager.pool_classes_by_scheme = (
            {"http": FreshPool, "https": FreshTlsPool}
            if self._fresh
            else {"http": PinnedPool, "https": PinnedTlsPool}
        )
