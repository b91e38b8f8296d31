"""Tables of the backfill."""

from __future__ import annotations

from sqlalchemy import Table

from plugin.db.columns import key, metadata, moment, workspace_column

# Calls to a shop that a person or a payment waits for; the backfill stands back meanwhile. A row
# is gone when its call is over, or counts for nothing after `until` if its process was killed.
shop_calls = Table(
    "shop_calls",
    metadata,
    workspace_column(),
    key("connection_id"),
    key("id"),
    moment("until"),
)
