"""Shops on their way in: an owner said yes in the browser, the keys come by another road."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, Table

from plugin.db.columns import key, metadata, moment, words, workspace_column
from plugin.db.types import Json

# The id is the hash of the secret that the way back carries. `credentials` (sealed) lie here only
# until they opened the shop, an hour at most; `due` is when a worker may take them (again).
consents = Table(
    "consents",
    metadata,
    workspace_column(),
    key("id"),
    words("platform"),
    words("address"),
    words("label"),
    words("access"),
    words("state"),
    words("code"),
    Column("parameters", Json, nullable=False),
    Column("credentials", LargeBinary, nullable=True),
    words("connection_id"),
    moment("created_at"),
    moment("expires_at"),
    moment("due", nullable=True),
)
