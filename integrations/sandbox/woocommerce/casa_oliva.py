"""*Casa Oliva*: the neutral seed in the shapes of this platform. Guests have no account."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from integrations.sandbox.seed import load, svg
from integrations.sandbox.seed.shapes import CASA_OLIVA, Person, Product, Variant

from .casa_oliva_history import note_records, refund_records
from .casa_oliva_orders import completed_buyers, order_records, postal
from .php import money
from .records import ADMINISTRATOR, ApiKey, Gateway, Json, Records, Site, tax_rate
from .shop import stamp

CONSUMER_KEY = "ck_sandbox" + "5a" * 20
CONSUMER_SECRET = "cs_sandbox" + "5a" * 20
_REAL_LENGTH = slice(len("_sandbox") + 2, None)

GATEWAYS = (
    Gateway(id="bacs", title="Transferencia", method_title="Direct bank transfer", refunds=False),
    Gateway(id="cod", title="Pago contra entrega", method_title="Cash on delivery", refunds=False),
    Gateway(id="lab_card", title="Tarjeta", method_title="Lab card", refunds=True),
    Gateway(id="lab_paypal", title="PayPal", method_title="Lab PayPal", refunds=True),
)
TAX_RATES = (
    tax_rate(1, "ES", "21", "IVA"),
    tax_rate(2, "PT", "23", "IVA"),
    tax_rate(3, "MX", "16", "IVA"),
    tax_rate(4, "DE", "19", "MwSt"),
    # beyond the border of Spanish VAT
    tax_rate(5, "ES:GC", "0", "Canarias"),
    tax_rate(6, "ES:TF", "0", "Canarias"),
)
_KEYS = tuple(
    ApiKey(key=key, secret=secret, user_id=1, permissions="read_write")
    for key, secret in (
        (CONSUMER_KEY, CONSUMER_SECRET),
        # the same pair in the length that real keys have
        ("ck_" + CONSUMER_KEY[_REAL_LENGTH], "cs_" + CONSUMER_SECRET[_REAL_LENGTH]),
    )
)


def casa_oliva(now: datetime) -> Records:
    """The shop as it stands at `now`."""
    seed = load(now)
    buyers = completed_buyers(seed.woocommerce_orders)
    accounts = {person.key for person in seed.people if CASA_OLIVA in person.accounts}
    return Records(
        site=Site(
            key=CASA_OLIVA,
            name="Casa Oliva",
            address="Calle Feria 21",
            city="Sevilla",
            country="ES:SE",
            postcode="41003",
        ),
        users={1: ADMINISTRATOR},
        keys=_KEYS,
        gateways=GATEWAYS,
        customers=tuple(_customer(p, p.key in buyers) for p in seed.people if p.key in accounts),
        products=tuple(
            record
            for product in seed.products
            if product.shop == CASA_OLIVA
            for record in _products(product)
        ),
        orders=tuple(order_records(seed)),
        refunds=tuple(refund_records(seed)),
        notes=tuple(note_records(seed)),
        tax_rates=TAX_RATES,
    )


def picture(path: str) -> str | None:
    """The SVG at `/images/<sku>.svg`."""
    found = re.fullmatch(r"/images/(.+)\.svg", path)
    return svg(found.group(1)) if found else None


def _customer(person: Person, paying: bool) -> Json:
    return {
        "id": person.id,
        "date_created_gmt": stamp(person.created_at),
        "date_modified_gmt": stamp(person.updated_at),
        "email": person.email,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "role": "customer",
        "username": person.key,
        "billing": {**postal(person.address), "email": person.email, "phone": person.phone},
        "shipping": {**postal(person.address), "phone": ""},
        "is_paying_customer": paying,
        "meta_data": [],
    }


def _products(product: Product) -> Iterable[Json]:
    """One simple product, or a variable one followed by its variations."""
    first = product.variants[0]
    if not first.options:
        simple = _common(product) | _stock(first) | _price(first.price)
        yield simple | {"type": "simple", "sku": first.sku, "images": [_image(first)]}
        return
    lowest = min(variant.price for variant in product.variants)
    yield _common(product) | {
        "type": "variable",
        "sku": product.handle.upper(),
        "images": [_image(first)],
        **_price(lowest),
        "regular_price": "",
        "attributes": _attributes(product),
        "variations": [variant.id for variant in product.variants],
        "has_options": True,
        "manage_stock": False,
        "stock_quantity": None,
        "stock_status": "instock",
    }
    for variant in product.variants:
        yield _variation(product, variant)


def _common(product: Product) -> Json:
    slug = product.handle
    kind = _slug(product.kind)
    return {
        "id": product.id,
        "name": product.title,
        "slug": slug,
        "permalink": f"/product/{slug}/",
        **_dates(product),
        "status": "publish" if product.active else "draft",
        "featured": False,
        "catalog_visibility": "visible",
        "description": f"<p>{product.description}</p>\n",
        "short_description": "",
        "on_sale": False,
        "purchasable": product.active,
        **_CALM,
        "parent_id": 0,
        "categories": [{"id": 100 + sum(kind.encode()), "name": product.kind, "slug": kind}],
        "tags": [],
        "attributes": [],
        "variations": [],
        "meta_data": [],
        "has_options": False,
        "global_unique_id": "",
    }


_CALM = {
    "virtual": False,
    "downloadable": False,
    "tax_status": "taxable",
    "tax_class": "",
    "backorders": "no",
    "backorders_allowed": False,
    "backordered": False,
    "low_stock_amount": None,
    "sold_individually": False,
    "weight": "",
    "dimensions": {"length": "", "width": "", "height": ""},
    "shipping_class": "",
    "shipping_class_id": 0,
    "menu_order": 0,
}


def _dates(product: Product) -> Json:
    return {
        "date_created_gmt": stamp(product.created_at),
        "date_modified_gmt": stamp(product.updated_at),
    }


def _variation(product: Product, variant: Variant) -> Json:
    return {
        "id": variant.id,
        "type": "variation",
        "name": ", ".join(value for _, value in variant.options),
        "parent_id": product.id,
        "sku": variant.sku,
        "global_unique_id": "",
        "permalink": f"/product/{product.handle}/",
        **_dates(product),
        "description": "",
        "status": "publish" if product.active else "private",
        "on_sale": False,
        "purchasable": product.active,
        **_CALM,
        **_stock(variant),
        **_price(variant.price),
        "image": _image(variant),
        "gallery_image_ids": [],
        "attributes": [
            {"id": 0, "name": name, "slug": _slug(name), "option": value}
            for name, value in variant.options
        ],
        "meta_data": [],
    }


def _stock(variant: Variant) -> Json:
    if not variant.stock:
        return {"manage_stock": False, "stock_quantity": None, "stock_status": "instock"}
    left = sum(variant.stock.values())
    status = "instock" if left else "outofstock"
    return {"manage_stock": True, "stock_quantity": left, "stock_status": status}


def _price(price: Decimal) -> Json:
    text = money(str(price), 2)
    amount = f'<span class="woocommerce-Price-amount amount"><bdi>{text}&nbsp;&euro;</bdi></span>'
    return {"price": text, "regular_price": text, "sale_price": "", "price_html": amount}


def _attributes(product: Product) -> list[Json]:
    names = [name for name, _ in product.variants[0].options]
    chosen = [dict(variant.options) for variant in product.variants]
    return [
        {
            "id": 0,
            "name": name,
            "slug": name,
            "position": 0,
            "visible": True,
            "variation": True,
            "options": list(dict.fromkeys(options[name] for options in chosen)),
        }
        for name in names
    ]


def _image(variant: Variant) -> Json:
    source = f"/images/{variant.sku}.svg"
    return {"id": variant.id, "src": source, "name": variant.sku, "alt": ""}


def _slug(text: str) -> str:
    bare = unicodedata.normalize("NFD", text.lower())
    ascii_only = "".join(letter for letter in bare if letter.isascii())
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")
