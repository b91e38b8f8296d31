"""One whole backfill through the product, in a process of its own, which says what it took."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path

from plugin.actions import connect, sync
from plugin.db import connections as installed
from plugin.db import tombstones
from plugin.db.migrate import upgrade
from plugin.ports.clock import new_id
from plugin.settings import Settings
from plugin.wiring import build_services
from tests.bench.mirrors import environ_of


def main(folder: Path, address: str) -> None:
    """A line of JSON: {orders, seconds, idle, peak, anonymous}, memory in MB."""
    settings = Settings.from_env(environ_of(folder))
    folder.mkdir(parents=True, exist_ok=True)
    upgrade(settings.database_url)
    services = build_services(settings, frugal=True)
    scope = connect.create_workspace(
        services, name="Bench", locale="es", country="ES", timezone="Europe/Madrid"
    )
    shop = new_id("co_")
    values = {
        "id": shop, "platform": "shopify", "label": "Bench", "address": address,
        "credentials": services.keys.seal(b'{"access_token":"x"}'), "options": {},
        "currency": "EUR", "timezone": "", "sync_state": "waiting", "sync": {},
        "created_at": services.clock(),
    }  # fmt: skip
    with services.database.writing() as connection:
        installed.add_connection(scope, connection, values)
    idle = memory()
    peaks = Peaks()
    began = time.perf_counter()
    while sync.progress_of(services, scope, shop).state != "done":
        sync.backfill(services, scope, shop)
    took = time.perf_counter() - began
    peak, anonymous = peaks.stop()
    with services.database.reading() as connection:
        count = tombstones.number_of(scope, connection, "orders", shop)
    figures = {
        "orders": count, "seconds": took, "idle": idle[0], "peak": peak,
        "anonymous": anonymous - idle[1],
    }  # fmt: skip
    print(json.dumps(figures), flush=True)


class Peaks:
    """The most memory seen, looked at a hundred times a second."""

    def __init__(self) -> None:
        self._most = [0.0, 0.0]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> tuple[float, float]:
        """Resident, and of that what is no page of a file."""
        self._over.set()
        self._thread.join()
        return self._most[0], self._most[1]

    def _watch(self) -> None:
        while not self._over.wait(0.01):
            self._most = [max(pair) for pair in zip(self._most, memory(), strict=True)]


def memory() -> tuple[float, float]:
    """Resident and anonymous megabytes of this process."""
    lines = Path(f"/proc/{os.getpid()}/status").read_text().splitlines()
    found = {line.split(":")[0]: line.split()[1] for line in lines if line.endswith(" kB")}
    return int(found["VmRSS"]) / 1024, int(found["RssAnon"]) / 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
