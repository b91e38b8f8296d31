"""Our reference on an order: a metafield of our app, written in the same mutation as the change
itself, so that either both are true or neither."""

from __future__ import annotations

from collections.abc import Mapping

NAMESPACE = "$app:mostrador"


def mark_key(reference: str) -> str:
    """ "M-ABCDEFGH" as the key of a metafield."""
    return reference.lower()


def mark(reference: str, what: str) -> Mapping[str, object]:
    """An entry of `metafields`."""
    return {
        "namespace": NAMESPACE,
        "key": mark_key(reference),
        "type": "single_line_text_field",
        "value": what,
    }
