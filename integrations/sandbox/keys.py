"""The keys of the pretend app and shop, for whoever starts, connects or shows them."""

from __future__ import annotations

TOKEN = "shpat_sandbox"  # of a custom app, which lives until it is deleted
CLIENT_ID = "5a9d0b0c5a9d0b0c5a9d0b0c5a9d0b0c"
CLIENT_SECRET = "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"
