"""Drawings as SVG: inside the page, in its colours and font, or as a file of its own."""

import re
from collections.abc import Mapping
from html import escape

from stancekit.serving.report.drawing import Drawing, Item, Line, Mark, Path, Text

__all__ = ["inline_svg", "svg_file"]

_FONT = "'Noto Sans','DejaVu Sans','Liberation Sans',Arial,sans-serif"
_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Letters that XML 1.0 cannot hold, not even escaped."""


def inline_svg(drawing: Drawing) -> str:
    """Return the drawing as an element whose colours are the page's variables `--<name>`."""
    return _element(drawing, _Variables(), 'class="chart"')


def svg_file(drawing: Drawing, colours: Mapping[str, str]) -> str:
    """Return the drawing as a file, on paper, its colours those of `colours`."""
    size = f'width="{_number(drawing.width)}" height="{_number(drawing.height)}"'
    attributes = f'xmlns="http://www.w3.org/2000/svg" {size} font-family="{_FONT}"'
    ground = f'<rect width="100%" height="100%" fill="{colours["paper"]}"/>'
    return _element(drawing, colours, attributes, ground) + "\n"


class _Variables(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return f"var(--{name})"


def _element(
    drawing: Drawing, colours: Mapping[str, str], attributes: str, ground: str = ""
) -> str:
    box = f'viewBox="0 0 {_number(drawing.width)} {_number(drawing.height)}"'
    described = _escaped(drawing.described)
    items = "".join(_item(item, colours) for item in drawing.items)
    return f'<svg {attributes} {box} role="img" aria-label="{described}">{ground}{items}</svg>'


def _item(item: Item, colours: Mapping[str, str]) -> str:
    colour = colours[item.colour]
    if isinstance(item, Text):
        return _text(item, colour)
    if isinstance(item, Mark):
        return _mark(item, colour, colours["paper"])
    points = (item.start, item.end) if isinstance(item, Line) else item.points
    path = "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in points)
    if isinstance(item, Path) and item.fill:
        return f'<path d="{path}Z" fill="{colour}" fill-opacity="{item.opacity:g}"/>'
    dash = f' stroke-dasharray="{" ".join(map(_number, item.dash))}"' if item.dash else ""
    stroke = f'stroke="{colour}" stroke-width="{_number(item.width)}"'
    return f'<path d="{path}" fill="none" stroke-linejoin="round" {stroke}{dash}/>'


def _mark(mark: Mark, colour: str, paper: str) -> str:
    (x, y), radius = mark.at, mark.radius
    note = f"<title>{_escaped(mark.note)}</title>" if mark.note else ""
    style = f'fill="{colour if mark.filled else paper}" stroke="{colour}" stroke-width="1.5"'
    if mark.shape == "circle":
        place = f'cx="{_number(x)}" cy="{_number(y)}" r="{_number(radius)}"'
        return f"<circle {place} {style}>{note}</circle>"
    path = "M" + "L".join(f"{_number(a)} {_number(b)}" for a, b in mark.corners)
    return f'<path d="{path}Z" {style}>{note}</path>'


def _text(text: Text, colour: str) -> str:
    (x, y) = text.at
    anchor = f' text-anchor="{text.anchor}"' if text.anchor != "start" else ""
    weight = ' font-weight="600"' if text.bold else ""
    place = f'x="{_number(x)}" y="{_number(y)}" font-size="{_number(text.size)}"'
    return f'<text {place} fill="{colour}"{anchor}{weight}>{_escaped(text.words)}</text>'


def _escaped(words: str) -> str:
    return escape(_NO_XML.sub("", words))


def _number(value: float) -> str:
    """Return a number with at most one place, as short as it can be said."""
    return f"{round(value, 1) + 0:g}"
