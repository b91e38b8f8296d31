"""A backup holds the database and its keys, and comes back whole."""

from __future__ import annotations

import stat
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from plugin.actions import backup, connect
from plugin.db import connections as installed
from plugin.db.migrate import upgrade
from plugin.errors import SetupError
from plugin.settings import Settings
from plugin.wiring import build_services

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    folder = tmp_path / "data"
    folder.mkdir()
    made = Settings.from_env({"PUBLIC_URL": "https://panel.example", "DATA_DIR": str(folder)})
    upgrade(made.database_url)
    return made


def names(settings: Settings) -> list[str]:
    """The workspaces of the database."""
    services = build_services(settings)
    try:
        with services.database.reading() as connection:
            scopes = installed.all_scopes(connection)
            return [installed.workspace(scope, connection).name for scope in scopes]
    finally:
        services.database.close()


def begin(settings: Settings, name: str) -> None:
    services = build_services(settings)
    connect.create_workspace(services, name=name, locale="es", country="ES", timezone="UTC")
    services.database.close()


def test_what_was_saved_comes_back_with_its_keys(settings: Settings, tmp_path: Path) -> None:
    begin(settings, "Before")
    backup.back_up(settings, tmp_path / "b.tar.gz")
    assert settings.key_file is not None
    key = settings.key_file.read_text()
    begin(settings, "After")
    settings.key_file.write_text("lost")

    kept = backup.restore(settings, tmp_path / "b.tar.gz", NOW)

    assert names(settings) == ["Before"]
    assert settings.key_file.read_text() == key
    assert (kept / "keyring").read_text() == "lost"


def test_only_its_owner_may_read_a_backup(settings: Settings, tmp_path: Path) -> None:
    backup.back_up(settings, tmp_path / "b.tar.gz")

    assert stat.S_IMODE((tmp_path / "b.tar.gz").stat().st_mode) == 0o600


def test_a_broken_backup_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    begin(settings, "Kept")
    (tmp_path / "mostrador.sqlite3").write_bytes(b"no database")
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "mostrador.sqlite3", "mostrador.sqlite3")

    with pytest.raises(SetupError) as refused:
        backup.restore(settings, tmp_path / "b.tar.gz", NOW)

    assert refused.value.code == "backup_broken"
    assert names(settings) == ["Kept"]


def test_a_backup_cut_short_on_its_way_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    begin(settings, "Kept")
    backup.back_up(settings, tmp_path / "b.tar.gz")
    whole = (tmp_path / "b.tar.gz").read_bytes()

    for length in (0, 9, len(whole) // 2):
        (tmp_path / "b.tar.gz").write_bytes(whole[:length])
        with pytest.raises(SetupError, match="backup_broken"):
            backup.restore(settings, tmp_path / "b.tar.gz", NOW)

    assert names(settings) == ["Kept"]


def test_a_link_in_a_backup_leads_nowhere(settings: Settings, tmp_path: Path) -> None:
    begin(settings, "Kept")
    (tmp_path / "secret").write_text("not yours")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "link", "mostrador.sqlite3")

    with pytest.raises(SetupError, match="backup_broken"):
        backup.restore(settings, tmp_path / "b.tar.gz", NOW)


def test_another_database_is_saved_by_its_own_tools(tmp_path: Path) -> None:
    elsewhere = Settings(
        public_url="https://panel.example", database_url="postgresql+psycopg://db/m",
        data_dir=tmp_path,
    )  # fmt: skip

    with pytest.raises(SetupError) as refused:
        backup.back_up(elsewhere, tmp_path / "b.tar.gz")

    assert refused.value.code == "backup_elsewhere"
