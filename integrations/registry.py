"""Finds the platforms: every folder of stores/ and helpdesks/ that offers PLATFORM.

A new platform is a new folder; nothing here or elsewhere lists them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType, ModuleType
from typing import TypeVar

import integrations.helpdesks
import integrations.stores
from plugin.errors import SetupError
from plugin.ports.helpdesk import HelpdeskPlatform
from plugin.ports.store import StorePlatform

P = TypeVar("P", StorePlatform, HelpdeskPlatform)


def stores() -> Mapping[str, StorePlatform]:
    """Shop platforms by key. Raises SetupError("platform_broken") for a folder without one."""
    return _platforms(integrations.stores, StorePlatform)


def helpdesks() -> Mapping[str, HelpdeskPlatform]:
    """Helpdesk platforms by key. Raises SetupError("platform_broken") likewise."""
    return _platforms(integrations.helpdesks, HelpdeskPlatform)


def _platforms(package: ModuleType, kind: type[P]) -> Mapping[str, P]:
    found: dict[str, P] = {}
    for module in _folders(package):
        platform = getattr(module, "PLATFORM", None)
        if not isinstance(platform, kind) or platform.key in found:
            raise SetupError("platform_broken", folder=module.__name__)
        found[platform.key] = platform
    return MappingProxyType(found)


def _folders(package: ModuleType) -> Iterator[ModuleType]:
    for entry in iter_modules(package.__path__, package.__name__ + "."):
        if entry.ispkg:
            yield import_module(entry.name)
