"""The worker process: takes jobs from the queue and sweeps what a lost wake left behind.

Started as `mostrador worker`, never as `__main__` (huey names tasks by their module).
"""

from __future__ import annotations

import threading

from huey.consumer import Consumer

from plugin import log
from plugin.jobs.upkeep import run_until
from plugin.ports.courtesy import leaving
from plugin.settings import Settings
from plugin.wiring import build

THREADS = 6
# hosts grant 30 s; a refund still in its call then becomes `unknown` and is looked for
SHUTDOWN_SECONDS = 25


class _Consumer(Consumer):  # type: ignore[misc]
    """Tells long work that it is over before it waits for it."""

    def stop(self, graceful: bool = False) -> None:
        leaving.set()
        super().stop(graceful=graceful)


def run(settings: Settings) -> None:
    """Until SIGTERM or SIGINT."""
    log.set_up(settings.log_level)
    services, queue = build(settings, frugal=True)
    stop = threading.Event()
    upkeep = threading.Thread(target=run_until, args=(services, stop), name="upkeep", daemon=True)
    upkeep.start()
    consumer = _Consumer(
        queue,
        workers=THREADS,
        periodic=False,
        initial_delay=0.05,
        max_delay=0.1,
        backoff=1.0,
        graceful_signal="TERM",
        shutdown_timeout=SHUTDOWN_SECONDS,
    )
    try:
        consumer.run()
    finally:
        stop.set()
        upkeep.join(timeout=5)
