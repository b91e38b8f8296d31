"""*Tienda Azul*, a pretend Shopify shop: the Admin GraphQL API on Shopify's own schema."""

from .app import TOKEN, create_app
from .reads import DOMAIN

__all__ = ["DOMAIN", "TOKEN", "create_app"]
