"""The first copy of a shop: how far it is, go on, pause."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click
import msgspec

from plugin.actions import sync
from plugin.actions.progress import PartProgress, Progress
from plugin.commands.shell import State, command
from plugin.db.session import Scope
from plugin.messages import sentence
from plugin.ports.clock import utc_now

TOLD_EVERY = 2.0


@click.command("sync")
@click.argument("connection_id")
@click.option("--wait", is_flag=True, help="Do it here instead of asking the worker.")
@click.option("--pause", is_flag=True, help="Stop after the step under way.")
@click.option("--resume", is_flag=True, help="Go on, also after a failure.")
@command
def sync_command(state: State, connection_id: str, wait: bool, pause: bool, resume: bool) -> None:
    """Continue, pause or resume a shop's backfill."""
    if wait + pause + resume > 1:
        raise click.UsageError("--wait, --pause and --resume exclude each other.")
    scope = state.scope()
    before = sync.progress_of(state.services, scope, connection_id)
    if pause:
        sync.pause(state.services, scope, connection_id)
    elif resume or before.state == "failed":
        sync.resume(state.services, scope, connection_id)
    else:
        sync.nudge(state.services, scope, connection_id)
    if wait:
        _work(state, scope, connection_id)
    now = sync.progress_of(state.services, scope, connection_id)
    state.say({"connection": connection_id, "waited": wait, **shown(now, as_json=state.as_json)})


def shown(progress: Progress, *, as_json: bool) -> dict[str, Any]:
    """What a command says of it: in JSON with every figure, else one line a part."""
    said: dict[str, Any] = {"sync": progress.state, "reason": progress.reason}
    if progress.next_at is not None:
        said["next_at"] = progress.next_at
    if as_json:
        return {**said, "parts": [msgspec.to_builtins(part) for part in progress.parts]}
    if progress.reason:
        said["reason"] = sentence(progress.reason, "en")
    return {**said, **{part.part: _line(part) for part in progress.parts}}


def _line(part: PartProgress) -> str:
    whole = "?" if part.estimated is None else str(part.estimated)
    if part.finished:
        return f"{part.done} (all)"
    left = "" if part.remaining_seconds is None else f", {part.remaining_seconds} s left"
    return f"{part.done}/{whole}, {part.rate:.0f}/s{left}"


def _work(state: State, scope: Scope, connection_id: str) -> None:
    """Until everything is there, somebody paused it, or it failed."""
    services = state.services

    def look() -> Progress:
        return sync.progress_of(services, scope, connection_id)

    with _telling(look, quiet=state.as_json):
        while True:
            sync.backfill(services, scope, connection_id)
            now = look()
            if now.state in ("done", "paused", "failed") or now.tries:
                return
            wait = (now.next_at - utc_now()).total_seconds() if now.next_at else 1.0
            time.sleep(min(5.0, max(0.2, wait)))


@contextmanager
def _telling(look: Callable[[], Progress], *, quiet: bool) -> Iterator[None]:
    """Lines about the progress, beside the answer, for whoever looks on."""
    over = threading.Event()

    def tell() -> None:
        while not over.wait(TOLD_EVERY):
            said: Mapping[str, Any] = shown(look(), as_json=False)
            click.echo("  ".join(f"{name}: {text}" for name, text in said.items()), err=True)

    teller = threading.Thread(target=tell, daemon=True)
    if not quiet:
        teller.start()
    try:
        yield
    finally:
        over.set()


COMMANDS = (sync_command,)
