"""Under its platform's name a shop belongs to one workspace: what the platform sends in that name,
demands of the law too, reaches that one alone."""

from __future__ import annotations

from plugin.actions import privacy
from plugin.actions.admission import UNINSTALLED
from plugin.db import connections as installed
from plugin.db.connections import ConnectionRow
from plugin.db.session import DbConnection, Scope
from plugin.errors import Conflict
from plugin.ports.clock import new_id
from plugin.ports.webhooks import Demand
from plugin.services import Services

_KIND = "shop"


def take(
    services: Services, scope: Scope, connection: DbConnection, platform: str, key: str,
    connection_id: str,
) -> None:  # fmt: skip
    """Inside a writing transaction, by somebody whom the shop let in. A workspace that no longer is
    let in gives it up, and what it kept of the shop is erased: nobody would tell it any more whom
    to forget. Raises Conflict("shop_elsewhere") while another one is connected."""
    outside = f"{platform}:{key}"
    if not key or installed.claim_outside(scope, connection, _KIND, outside, connection_id):
        return
    found = installed.find_outside(connection, _KIND, outside)
    before = installed.connection_row(found[0], connection, found[1]) if found else None
    if found is not None and before is not None and found[0] != scope:
        if _is_let_in(before):
            raise Conflict("shop_elsewhere")
        privacy.record(
            services, found[0], connection, Demand(kind="erase_shop"), request_id=new_id("pr_"),
            connection_id=before.id, shop=before.label, origin="moved",
            triggered_at=services.clock(),
        )  # fmt: skip
    installed.set_outside(scope, connection, _KIND, outside, connection_id)


def _is_let_in(row: ConnectionRow) -> bool:
    return row.lives and row.failure_code != UNINSTALLED
