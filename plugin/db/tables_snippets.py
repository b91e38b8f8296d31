"""Table of the owner's own texts for replies."""

from __future__ import annotations

from sqlalchemy import Table

from plugin.db.columns import key, metadata, words, workspace_column

# A text without a row is the one that Mostrador brings.
snippets = Table(
    "snippets",
    metadata,
    workspace_column(),
    key("name", 40),
    key("locale", 8),
    words("text"),
)
