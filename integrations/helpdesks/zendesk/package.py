"""The app that is uploaded to Zendesk: a manifest that points at us, words and two pictures."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from plugin.ports.helpdesk import PackageFacts

VERSION = "1.0.0"
LOCATIONS = ("ticket_sidebar", "new_ticket_sidebar", "user_sidebar")
_BLUE, _WHITE = b"\x1f\x4e\xd8", b"\xff\xff\xff"

WORDS = {
    "en": {
        "name": "Mostrador",
        "short_description": "The customer's orders beside the ticket",
        "long_description": "Orders, parcels and refunds of the customer who writes.",
        "installation_instructions": "Install, then paste the app's public key in Mostrador.",
    },
    "es": {
        "name": "Mostrador",
        "short_description": "Los pedidos del cliente junto al ticket",
        "long_description": "Pedidos, envíos y reembolsos del cliente que escribe.",
        "installation_instructions": "Instalar y pegar en Mostrador la clave pública de la app.",
    },
}


def package(facts: PackageFacts) -> Mapping[str, bytes]:
    """Every file of the archive by its name."""
    return {
        "manifest.json": _json(manifest(facts)),
        "assets/logo.png": picture(320),
        "assets/logo-small.png": picture(128),
        **{f"translations/{lang}.json": _json({"app": app}) for lang, app in WORDS.items()},
    }


def manifest(facts: PackageFacts) -> dict[str, Any]:
    """`signedUrls` makes the first load a POST with a token; `flexible` lets it grow."""
    address = urlsplit(facts.url)
    place = {"url": facts.url, "flexible": True}
    return {
        "name": "Mostrador",
        "author": {
            "name": "Mostrador",
            "email": f"mostrador@{address.hostname}",
            "url": f"{address.scheme}://{address.netloc}",
        },
        "version": VERSION,
        "frameworkVersion": "2.0",
        "defaultLocale": "en",
        "private": True,
        "signedUrls": True,
        "location": {"support": {name: dict(place) for name in LOCATIONS}},
    }


def picture(size: int) -> bytes:
    """A counter seen from the front: a square PNG, blue with a white board on two legs."""
    rows = b"".join(b"\0" + _row(y * 16 // size, size) for y in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _row(y: int, size: int) -> bytes:
    board, legs = 5 <= y <= 6, 7 <= y <= 12
    return b"".join(_dot(x * 16 // size, board, legs) for x in range(size))


def _dot(x: int, board: bool, legs: bool) -> bytes:
    white = (board and 2 <= x <= 13) or (legs and x in (3, 4, 11, 12))
    return _WHITE if white else _BLUE


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"
