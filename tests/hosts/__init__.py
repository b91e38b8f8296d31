"""Helpdesks that frame the panel, with their real message shapes and nothing else of them."""
