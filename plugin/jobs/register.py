"""Defines the tasks on a queue. The tables are the queue of record: huey only wakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from huey.api import Huey

from plugin.actions.hear import process
from plugin.actions.kinds import KINDS
from plugin.actions.ledger import perform
from plugin.actions.lookup import look_up, refresh_order
from plugin.actions.reconcile import reconcile
from plugin.actions.settle import settle
from plugin.actions.stock import look_for_products
from plugin.actions.sync import backfill
from plugin.db.session import Scope
from plugin.errors import PlatformError
from plugin.log import logger
from plugin.services import Services

log = logger("jobs")


def register(huey: Huey, services: Callable[[], Services]) -> dict[str, Callable[..., Any]]:
    """The tasks by the names that `wake` uses; `services` is asked in the process that works."""

    @huey.task(name="perform")  # type: ignore[untyped-decorator]
    def perform_task(workspace_id: str, action_id: str) -> None:
        perform(services(), Scope(workspace_id), action_id, KINDS)

    @huey.task(name="settle")  # type: ignore[untyped-decorator]
    def settle_task(workspace_id: str, action_id: str) -> None:
        settle(services(), Scope(workspace_id), action_id, KINDS)

    @huey.task(name="look_up")  # type: ignore[untyped-decorator]
    def look_up_task(workspace_id: str, subject_key: str, connection_id: str) -> None:
        look_up(services(), Scope(workspace_id), subject_key, connection_id)

    @huey.task(name="look_for_products")  # type: ignore[untyped-decorator]
    def look_for_products_task(workspace_id: str, subject_key: str, connection_id: str) -> None:
        look_for_products(services(), Scope(workspace_id), subject_key, connection_id)

    @huey.task(name="refresh_order")  # type: ignore[untyped-decorator]
    def refresh_order_task(workspace_id: str, connection_id: str, ref: str) -> None:
        try:
            refresh_order(services(), Scope(workspace_id), connection_id, ref)
        except PlatformError as error:
            log.info("refresh_later", connection=connection_id, code=error.code)

    @huey.task(name="backfill")  # type: ignore[untyped-decorator]
    def backfill_task(workspace_id: str, connection_id: str) -> None:
        backfill(services(), Scope(workspace_id), connection_id)

    @huey.task(name="hear")  # type: ignore[untyped-decorator]
    def hear_task(workspace_id: str, delivery_id: str) -> None:
        process(services(), Scope(workspace_id), delivery_id)

    @huey.task(name="reconcile")  # type: ignore[untyped-decorator]
    def reconcile_task(workspace_id: str, connection_id: str) -> None:
        reconcile(services(), Scope(workspace_id), connection_id)

    return {
        "perform": perform_task,
        "settle": settle_task,
        "look_up": look_up_task,
        "look_for_products": look_for_products_task,
        "refresh_order": refresh_order_task,
        "backfill": backfill_task,
        "hear": hear_task,
        "reconcile": reconcile_task,
    }
