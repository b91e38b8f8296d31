"""*Casa Oliva*, a pretend WooCommerce shop: REST v3 as the real server speaks it, traps and all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from flask import Flask

from integrations.sandbox.seed import kept_now

from .app import build
from .casa_oliva import casa_oliva
from .records import Records
from .shop import Clock, Shop, now

__all__ = ["create_app"]


def create_app(
    state: Path | None = None,
    gateway: str = "",
    plain_callbacks: bool = False,
    *,
    records: Records | None = None,
    clock: Clock = now,
) -> Flask:
    """The shop as a WSGI app. `state`: a folder that outlives restarts; `gateway`: base URL of the
    payment gateway; `plain_callbacks`: programs on this machine, which have no certificate, get
    their keys too; `records`: other people and orders than Casa Oliva's. `app.extensions["shop"]`
    is the Shop."""
    if records is None:
        records = casa_oliva(kept_now(state))
    if plain_callbacks:
        records = replace(records, site=replace(records.site, plain_callbacks=True))
    return build(Shop(records, state=state, clock=clock), gateway)
