"""Every registered platform, its pretend shop read once, and fresh ones for what changes."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import cast

import pytest
import stamina

from integrations.http import ApiClient
from integrations.registry import stores
from plugin.ports.store import StorePlatform
from tests.contracts.hearing import House, running_house
from tests.contracts.shop import Catalogue, PretendShop, Running, everything, running

PLATFORMS = sorted(stores())


@pytest.fixture(scope="session", params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> StorePlatform:
    return stores()[request.param]


@pytest.fixture(scope="session")
def pretend(platform: StorePlatform) -> PretendShop:
    """Fails for a platform without tests/contracts/<key>.py."""
    return cast(PretendShop, import_module(f"tests.contracts.{platform.key}").SHOP)


@pytest.fixture(scope="session")
def http() -> Iterator[ApiClient]:
    client = ApiClient(allow_loopback=True, attempts=1)
    yield client
    client.close()


@pytest.fixture(scope="session")
def shop(pretend: PretendShop, platform: StorePlatform, http: ApiClient) -> Iterator[Running]:
    """For tests that change nothing."""
    with running(pretend, platform, http) as opened:
        yield opened


@pytest.fixture(scope="session")
def seed(shop: Running, platform: StorePlatform) -> Catalogue:
    return everything(platform, shop.store)


@pytest.fixture
def fresh(pretend: PretendShop, platform: StorePlatform, http: ApiClient) -> Iterator[Running]:
    """For tests that refund: the same seed, nothing done to it."""
    with running(pretend, platform, http) as opened:
        yield opened


@pytest.fixture
def house(
    pretend: PretendShop, platform: StorePlatform, database_url: str, tmp_path: Path
) -> Iterator[House]:
    """Nothing is asked twice by itself: a fault meets the delivery, and no test waits."""
    with (
        stamina.set_testing(True, attempts=1),
        running_house(pretend, platform, database_url, tmp_path) as opened,
    ):
        yield opened
