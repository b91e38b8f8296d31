"""Finds the platforms: every folder of stores/ and helpdesks/ that offers PLATFORM, and the pages
that only one of them has: its `views.py`, with the blueprints CONNECT and ADMIN or one of them.

A new platform is a new folder; nothing here or elsewhere lists them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import MappingProxyType, ModuleType
from typing import Any, TypeVar

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


def views(name: str) -> Mapping[str, Any]:
    """The blueprints called `name` (CONNECT or ADMIN) by the platform that has one."""
    found: dict[str, Any] = {}
    for package in (integrations.stores, integrations.helpdesks):
        for module in _folders(package):
            if find_spec(f"{module.__name__}.views") is not None:
                pages = import_module(f"{module.__name__}.views")
                if hasattr(pages, name):
                    found[module.PLATFORM.key] = getattr(pages, name)
    return MappingProxyType(found)


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
