"""*Tienda Azul*, a pretend Shopify shop: the Admin GraphQL API on Shopify's own schema."""

from integrations.sandbox.keys import CLIENT_ID, CLIENT_SECRET, TOKEN

from .app import create_app
from .reads import DOMAIN

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "DOMAIN", "TOKEN", "create_app"]
