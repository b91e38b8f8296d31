"""Tienda Azul in this process, with a real gateway behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from integrations.sandbox import gateway
from integrations.sandbox.serving import in_thread
from integrations.sandbox.shopify import create_app
from tests.integrations.sandbox.shopify.client import Client


@pytest.fixture
def bank() -> Iterator[str]:
    with in_thread(gateway.create_app()) as base:
        yield base


@pytest.fixture
def open_shop(bank: str) -> Iterator[Callable[..., Client]]:
    """Opens a fresh shop; all are closed after the test."""
    with ExitStack() as opened:

        def open_one(state: Path | None = None, **options: Any) -> Client:
            app = create_app(state=state, gateway=bank, **options)
            return Client(opened.enter_context(in_thread(app)), bank)

        yield open_one


@pytest.fixture
def shop(open_shop: Callable[..., Client]) -> Client:
    return open_shop(maximum=20_000, restore=1000)
