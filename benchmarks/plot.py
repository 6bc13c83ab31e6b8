"""How does latency grow with the number of posts? A plot as plain SVG.

Both axes are logarithmic; written by hand, because one picture needs no library.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 250, 28, 44
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555")

Points = Mapping[str, Mapping[int, float]]
"""Subject -> number of posts -> seconds."""


def svg(title: str, points: Points) -> str:
    """The picture; at least one subject with one point."""
    sizes = sorted({size for line in points.values() for size in line})
    values = [seconds * 1000 for line in points.values() for seconds in line.values()]
    low = math.floor(math.log10(min(values)))
    high = max(low + 1, math.ceil(math.log10(max(values))))
    span = max(math.log10(sizes[-1] / sizes[0]), 1e-9)

    def x(size: int) -> float:
        share = math.log10(size / sizes[0]) / span if len(sizes) > 1 else 0.5
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(milliseconds: float) -> float:
        share = (math.log10(milliseconds) - low) / (high - low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="16" font-weight="bold">{escape(title)}</text>',
    ]
    right = WIDTH - RIGHT
    for exponent in range(low, high + 1):
        level = y(10**exponent)
        parts.append(
            f'<line x1="{LEFT}" y1="{level:.1f}" x2="{right}" y2="{level:.1f}" '
            f'stroke="#ddd"/><text x="{LEFT - 6}" y="{level + 4:.1f}" '
            f'text-anchor="end">{10**exponent:g} ms</text>'
        )
    parts += [
        f'<text x="{x(size):.1f}" y="{HEIGHT - BOTTOM + 18}" '
        f'text-anchor="middle">{size:,}</text>'
        for size in sizes
    ]
    middle = (LEFT + right) / 2
    parts.append(
        f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">posts</text>'
    )
    labels = _apart({n: y(1000 * line[max(line)]) for n, line in points.items()})
    for number, (name, line) in enumerate(points.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [(x(size), y(1000 * line[size])) for size in sorted(line)]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" '
            f'stroke-width="2"/>'
        )
        parts += [
            f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="{colour}"/>'
            for a, b in places
        ]
        parts.append(
            f'<text x="{right + 12}" y="{labels[name] + 4:.1f}" fill="{colour}">'
            f"{escape(name)}</text>"
        )
    return "\n".join((*parts, "</svg>", ""))


def _apart(heights: Mapping[str, float]) -> dict[str, float]:
    """The same heights, moved down where two labels would overlap."""
    placed: dict[str, float] = {}
    last = -math.inf
    for name, height in sorted(heights.items(), key=lambda item: item[1]):
        last = max(height, last + 15)
        placed[name] = last
    return placed
