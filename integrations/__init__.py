"""Shops, helpdesks and the sandbox: everything that knows a vendor."""
