from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

from integrations import registry
from plugin.errors import SetupError
from plugin.messages import LOCALES, label
from plugin.ports.store import StorePlatform

FOLDERS = Path(registry.__file__).parent / "stores"


def _package(tmp_path: Path, source: str) -> ModuleType:
    folder = tmp_path / "novel"
    folder.mkdir()
    (folder / "__init__.py").write_text(source)
    package = ModuleType("pretend_stores")
    package.__path__ = [str(tmp_path)]
    return package


def _platforms(package: ModuleType) -> Mapping[str, StorePlatform]:
    return registry._platforms(package, StorePlatform)


def test_every_folder_of_stores_is_found() -> None:
    folders = {path.parent.name for path in FOLDERS.glob("*/__init__.py")}

    assert set(registry.stores()) == folders


def test_keys_name_their_platform() -> None:
    named = [(key, item.key, item.label) for key, item in registry.stores().items()]
    named += [(key, item.key, item.label) for key, item in registry.helpdesks().items()]

    assert all(key == own and label for key, own, label in named)


@pytest.mark.parametrize("key", registry.stores())
def test_every_shop_says_what_is_left_to_do_there_and_no_whole_secret(key: str) -> None:
    platform, address = registry.stores()[key], "https://shop.example"
    held = {field.name: f"secret-of-{field.name}-1234567" for field in platform.connect_fields}
    assert platform.farewell is not None

    code, known = platform.farewell(address, held)

    for locale in LOCALES:
        said = label(f"disconnect.{code}", locale, **known)
        assert address in said
        assert not any(secret in said for secret in held.values())
        assert all(text in said for text in known.values())


@pytest.mark.parametrize("source", ["", "PLATFORM = 'shop'"])
def test_a_folder_without_a_platform_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    package = _package(tmp_path, source)
    monkeypatch.setitem(sys.modules, "pretend_stores", package)
    monkeypatch.delitem(sys.modules, "pretend_stores.novel", raising=False)

    with pytest.raises(SetupError) as caught:
        _platforms(package)

    assert caught.value.parameters == {"folder": "pretend_stores.novel"}
    monkeypatch.delitem(sys.modules, "pretend_stores.novel")
