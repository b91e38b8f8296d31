"""A worker that backfills in small steps and says each one it has kept: to be killed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from integrations.stores.shopify import backfill as adapter
from plugin.actions import sync
from plugin.db.session import Scope
from plugin.settings import Settings
from plugin.wiring import build_services

AT_ONCE = 5


def main(database_url: str, folder: str, workspace_id: str, connection_id: str) -> None:
    adapter.AT_ONCE = AT_ONCE
    keep = sync._keep

    def keep_and_say(*args: Any) -> None:
        keep(*args)
        print("kept", flush=True)

    sync._keep = keep_and_say
    settings = Settings(
        development=True, public_url="http://localhost", database_url=database_url,
        data_dir=Path(folder), log_level="error",
    )  # fmt: skip
    sync.backfill(build_services(settings), Scope(workspace_id), connection_id)


if __name__ == "__main__":
    main(*sys.argv[1:])
