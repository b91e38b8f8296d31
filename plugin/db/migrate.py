"""Bringing the database to the newest shape; the revisions are in migrations/versions."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError

from plugin.db.session import Database

_ROOT = Path(__file__).resolve().parents[2]


def config(url: str) -> Config:
    settings = Config(str(_ROOT / "alembic.ini"))
    settings.set_main_option("script_location", str(_ROOT / "migrations"))
    settings.attributes["url"] = url
    return settings


def upgrade(url: str) -> None:
    """To the newest revision; nothing happens if it is there already."""
    command.upgrade(config(url), "head")


def is_current(database: Database) -> bool:
    """Whether the database answers and has the newest shape."""
    head = ScriptDirectory.from_config(config("")).get_current_head()
    try:
        with database.reading() as connection:
            return MigrationContext.configure(connection).get_current_revision() == head
    except SQLAlchemyError:
        return False
