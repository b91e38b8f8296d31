"""Limits on guessing, for the pages of one blueprint, counted for all web processes together."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import Any, cast

from flask import Blueprint, Flask, request
from flask.blueprints import BlueprintSetupState
from flask_limiter import Limiter
from limits.storage import Storage

from plugin.db import attempts
from plugin.web.base import services

COUNTED = "attempts://"
"""The storage of a limiter whose counts stand in the database."""


class _Counts(Storage):
    STORAGE_SCHEME = ["attempts"]  # noqa: RUF012 - as its base has it

    @property
    def base_exceptions(self) -> type[Exception]:
        return Exception

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = services().clock()
        with services().database.writing() as connection:
            return attempts.count(connection, key, now, now + timedelta(seconds=expiry), amount)

    def get(self, key: str) -> int:
        with services().database.reading() as connection:
            return attempts.known(connection, key, services().clock())[0]

    def get_expiry(self, key: str) -> float:
        with services().database.reading() as connection:
            return attempts.known(connection, key, services().clock())[1].timestamp()

    def clear(self, key: str) -> None:
        with services().database.writing() as connection:
            attempts.forget(connection, key)

    def check(self) -> bool:
        return True

    def reset(self) -> None:
        """Nobody's guesses are forgotten by a restart."""


def visitor() -> str:
    """Whom attempts are counted for: an address, of IPv6 the network a household gets; whatever a
    proxy says where that is no address."""
    said = _without_port(request.remote_addr or "")
    try:
        address = ipaddress.ip_address(said)
    except ValueError:
        return said
    if address.version == 4:
        return str(address)
    # a socket for both versions names those of IPv4 so: each is somebody of their own
    known = address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False)
    return str(known)


def _without_port(said: str) -> str:
    """Some proxies tell it, and it is another one each time."""
    if said.startswith("["):
        return said[1:].partition("]")[0]
    return said.partition(":")[0] if said.count(":") == 1 else said


def limit(blueprint: Blueprint, limiter: Limiter) -> None:
    """Its hooks run for these pages alone: for a panel or a webhook they would cost more than the
    look-up behind it."""

    def begin(state: BlueprintSetupState) -> None:
        app = cast(Flask, state.app)
        kinds: tuple[dict[Any, list[Any]], ...] = (
            app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs,
        )  # fmt: skip
        before = [len(hooks.setdefault(None, [])) for hooks in kinds]
        limiter.init_app(app)
        for hooks, count in zip(kinds, before, strict=True):
            hooks.setdefault(state.name, []).extend(hooks[None][count:])
            del hooks[None][count:]

    blueprint.record(begin)
