"""Runs migrations against the database of the settings, or the one handed in."""

import os

from alembic import context

from plugin.db.session import Database
from plugin.db.tables import metadata
from plugin.settings import Settings


def run() -> None:
    url = context.config.attributes.get("url") or Settings.from_env(os.environ).database_url
    database = Database(url)
    with database.writing() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=True,
            # huey keeps its own tables in the same PostgreSQL
            include_name=lambda name, kind, parents: not (name or "").startswith("huey"),
        )
        with context.begin_transaction():
            context.run_migrations()
    database.close()


run()
