"""Pictures of products, drawn from their SKU: both shops serve them as /images/<sku>.svg."""

from __future__ import annotations

from html import escape

from . import draw

_SHAPES = (
    '<circle cx="60" cy="60" r="34" fill="{ink}"/>',
    '<rect x="28" y="34" width="64" height="52" rx="8" fill="{ink}"/>',
    '<path d="M60 22 96 92H24Z" fill="{ink}"/>',
    '<path d="M30 40h60l-8 52H38Z" fill="{ink}"/>',
)


def svg(sku: str) -> str:
    """A calm little still life, 120 × 120, with the first letters of the SKU."""
    hue = draw.number(360, "hue", sku)
    shape = draw.pick(_SHAPES, "shape", sku).format(ink=f"hsl({hue} 45% 52%)")
    letters = escape(sku[:2].upper())
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120" role="img">'
        f'<rect width="120" height="120" fill="hsl({hue} 50% 93%)"/>{shape}'
        '<text x="60" y="68" text-anchor="middle" font-family="sans-serif" font-size="22" '
        f'fill="#fff">{letters}</text></svg>'
    )
