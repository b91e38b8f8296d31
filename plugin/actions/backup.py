"""One file with the database and the keys that read it; and back. For SQLite in DATA_DIR."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import tempfile
import zlib
from datetime import datetime
from pathlib import Path

from plugin.db.backup import copy_sqlite, is_sound
from plugin.errors import SetupError
from plugin.settings import Settings

DATABASE = "mostrador.sqlite3"
KEYS = "keyring"
# The queue only wakes: the tables are the queue of record.
_OLD = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", KEYS, "queue.sqlite3",
        "queue.sqlite3-wal", "queue.sqlite3-shm")  # fmt: skip


def back_up(settings: Settings, target: Path) -> int:
    """Writes the file (readable by its owner only) and gives its bytes. Raises
    SetupError("backup_elsewhere" | "backup_impossible")."""
    folder = _folder(settings)
    draft = target.with_name(f"{target.name}.part")
    try:
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            copy = Path(scratch) / DATABASE
            copy_sqlite(folder / DATABASE, copy)
            opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(opened, "wb") as out, tarfile.open(fileobj=out, mode="w:gz") as archive:
                archive.add(copy, DATABASE)
                if (folder / KEYS).exists():
                    archive.add(folder / KEYS, KEYS)
        draft.replace(target)
    except OSError as error:
        raise SetupError("backup_impossible", path=str(target)) from error
    return target.stat().st_size


def restore(settings: Settings, source: Path, now: datetime) -> Path:
    """Puts a backup in place of what is there; the service must be stopped. What was there is kept
    in the folder that is returned. Raises SetupError("backup_elsewhere" | "backup_broken")."""
    folder = _folder(settings)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        found = _unpacked(source, Path(scratch))
        kept = folder / f"before-{now:%Y%m%d-%H%M%S}"
        kept.mkdir()
        for name in _OLD:
            if (folder / name).exists():
                (folder / name).rename(kept / name)
        for file in found:
            file.rename(folder / file.name)
    return kept


def _unpacked(source: Path, scratch: Path) -> list[Path]:
    """Only the two files we know, checked before anything is moved."""
    try:
        with tarfile.open(source) as archive:
            for member in archive:
                if member.isreg() and member.name in (DATABASE, KEYS):
                    content = archive.extractfile(member)
                    opened = os.open(scratch / member.name, os.O_WRONLY | os.O_CREAT, 0o600)
                    with os.fdopen(opened, "wb") as out:
                        shutil.copyfileobj(content or io.BytesIO(), out)
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise SetupError("backup_broken", path=str(source)) from error
    if not (scratch / DATABASE).exists() or not is_sound(scratch / DATABASE):
        raise SetupError("backup_broken", path=str(source))
    return [scratch / name for name in (DATABASE, KEYS) if (scratch / name).exists()]


def _folder(settings: Settings) -> Path:
    folder = settings.data_dir
    if folder is None or settings.database_url != f"sqlite:///{folder / DATABASE}":
        raise SetupError("backup_elsewhere")
    return folder
