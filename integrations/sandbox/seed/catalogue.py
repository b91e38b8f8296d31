"""People, places and products: read from the tables beside this file."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import product as combinations
from pathlib import Path

from . import draw
from .shapes import CASA_OLIVA, TIENDA_AZUL, Address, Location, Person, Product, Variant

_HERE = Path(__file__).parent

LOCATIONS = (
    Location(
        id=401,
        key="valencia",
        shop=TIENDA_AZUL,
        name="Tienda Valencia",
        city="Valencia",
        country="ES",
        fulfils_online=False,
    ),
    Location(
        id=402, key="madrid", shop=TIENDA_AZUL, name="Almacén Madrid", city="Madrid", country="ES"
    ),
    Location(
        id=403,
        key="mexico",
        shop=TIENDA_AZUL,
        name="Ciudad de México",
        city="Ciudad de México",
        country="MX",
    ),
    Location(
        id=404, key="sevilla", shop=CASA_OLIVA, name="Taller Sevilla", city="Sevilla", country="ES"
    ),
)

# What the tickets need to find on the shelf; everything else is drawn.
_STOCK: Mapping[str, Mapping[str, int]] = {
    "CAMISA-DE-LINO-BLANCO-M": {"valencia": 3, "madrid": 0, "mexico": 0},
    "CAMISA-DE-LINO-BLANCO-S": {"valencia": 1, "madrid": 6, "mexico": 2},
    "PLAYERA-AGAVE-CH-HUESO": {"valencia": 0, "madrid": 0, "mexico": 1},
    "PLAYERA-AGAVE-M-HUESO": {"valencia": 0, "madrid": 0, "mexico": 1},
    "EDICION-PASADA-S": {"valencia": 0, "madrid": 0, "mexico": 0},
    "EDICION-PASADA-L": {"valencia": 0, "madrid": 0, "mexico": 0},
}
_UNCOUNTED = ("TARJETA-REGALO",)
_INACTIVE = ("edicion-pasada",)


def people(now: datetime) -> tuple[Person, ...]:
    return tuple(_person(row, 501 + i, now) for i, row in enumerate(_rows("people.csv")))


def products(now: datetime) -> tuple[Product, ...]:
    return tuple(_product(row, i, now) for i, row in enumerate(_rows("products.csv")))


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_HERE / name).open(encoding="utf-8", newline="") as table:
        yield from csv.DictReader(table, delimiter="|", quoting=csv.QUOTE_NONE)


def _person(row: dict[str, str], id_: int, now: datetime) -> Person:
    created = now - timedelta(days=905 + draw.number(400, "since", row["key"]))
    names = {"first_name": row["first_name"], "last_name": row["last_name"]}
    places = ("line1", "line2", "city", "province", "province_code", "postcode", "country")
    return Person(
        id=id_, key=row["key"], **names, email=row["email"], phone=row["phone"],
        address=Address(**names, **{key: row[key] for key in places}, phone=row["phone"]),
        locale=row["locale"], note=row["note"], tags=_split(row["tags"]),
        accounts=_split(row["accounts"]), created_at=created,
        updated_at=now - timedelta(hours=2 + draw.number(2000, "touched", row["key"])),
    )  # fmt: skip


def _split(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(",") if part)


def _product(row: dict[str, str], index: int, now: datetime) -> Product:
    options = [
        (name, values.split(","))
        for name, _, values in (part.partition(":") for part in row["options"].split(";") if part)
    ]
    chosen = combinations(*([(name, value) for value in values] for name, values in options))
    variants = tuple(
        _variant(row, 8001 + index * 20 + i, option) for i, option in enumerate(chosen)
    )
    return Product(
        id=7001 + index, handle=row["handle"], shop=row["shop"], title=row["title"],
        description=row["description"], kind=row["kind"],
        active=row["handle"] not in _INACTIVE, variants=variants,
        created_at=now - timedelta(days=1300),
        updated_at=now - timedelta(hours=1 + draw.number(900, "product", row["handle"])),
    )  # fmt: skip


def _variant(row: dict[str, str], id_: int, options: tuple[tuple[str, str], ...]) -> Variant:
    sku = "-".join([row["handle"], *(value for _, value in options)])
    sku = sku.upper().translate(str.maketrans(" ×,", "-X-")).replace("--", "-")
    stock = _stock(sku, row["shop"])
    return Variant(id=id_, sku=sku, options=options, price=Decimal(row["price"]), stock=stock)


def _stock(sku: str, shop: str) -> dict[str, int]:
    if sku in _UNCOUNTED:
        return {}
    places = [place.key for place in LOCATIONS if place.shop == shop]
    drawn = {place: max(0, draw.number(30, "stock", sku, place) - 4) for place in places}
    return {**drawn, **_STOCK.get(sku, {})}
