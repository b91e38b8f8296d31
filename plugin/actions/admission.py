"""What a shop says of our being let in: that its owner removed the app, or changed its rights."""

from __future__ import annotations

from contextlib import suppress

from plugin.actions import credentials, rights
from plugin.actions.shops import open_shop, watched
from plugin.db.session import Scope
from plugin.errors import GrantRevoked
from plugin.services import Services

UNINSTALLED = "app_uninstalled"


def heard(services: Services, scope: Scope, connection_id: str, kind: str) -> None:
    """`kind` is "gone" or "rights". Raises PlatformError where the shop does not answer."""
    if kind == "gone":
        _check_gone(services, scope, connection_id)
        return
    with suppress(GrantRevoked):  # a refusal is an answer, and the books say it
        rights.measure(services, scope, connection_id)


def _check_gone(services: Services, scope: Scope, connection_id: str) -> None:
    """What says so is signed, but not for whom, and it may come late, after the app was installed
    again: the shop is believed only if it really refuses."""
    try:
        store = open_shop(services, scope, connection_id)
        with watched(services, scope, connection_id):
            store.shop()
    except GrantRevoked:
        credentials.forget(services, scope, connection_id, UNINSTALLED)
