"""A drawing: lines, areas, marks and words at places, in named colours.

Charts are drawn once and written as SVG into the page, as SVG into a file, and as PNG.
"""

from dataclasses import dataclass, field, replace
from unicodedata import east_asian_width

__all__ = ["Drawing", "Line", "Mark", "Path", "Text", "cut", "framed", "text_width"]

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A straight line; `dash` are the lengths of strokes and gaps."""

    start: Point
    end: Point
    colour: str
    width: float = 1
    dash: tuple[float, ...] = ()


@dataclass(frozen=True)
class Path:
    """A line through points, or with `fill` the area that it encloses."""

    points: tuple[Point, ...]
    colour: str
    width: float = 1.8
    dash: tuple[float, ...] = ()
    fill: bool = False
    opacity: float = 1


@dataclass(frozen=True)
class Mark:
    """A circle, square or diamond, filled or open; `note` is told to whoever points at it."""

    shape: str
    at: Point
    radius: float
    colour: str
    filled: bool = True
    note: str = ""

    @property
    def corners(self) -> tuple[Point, ...]:
        """The corners of a square or a diamond."""
        (x, y), r = self.at, self.radius
        if self.shape == "diamond":
            r *= 1.25
            return (x, y - r), (x + r, y), (x, y + r), (x - r, y)
        r *= 0.9
        return (x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)


@dataclass(frozen=True)
class Text:
    """Words on one line; `anchor` is start, middle or end."""

    at: Point
    words: str
    size: float = 12
    colour: str = "ink"
    anchor: str = "start"
    bold: bool = False


Item = Line | Path | Mark | Text


@dataclass
class Drawing:
    """What is drawn, in order, on paper of `width` x `height` pixels; y runs downwards.

    `described` says what is seen, for readers who do not see it.
    """

    width: float
    height: float
    described: str
    items: list[Item] = field(default_factory=list)

    def add(self, *items: Item) -> None:
        """Draw on top of what is there."""
        self.items += items


_NARROW, _WIDE = "iljI.,:;'|!ftr()[]/ -", "mwMW@%"


def text_width(words: str, size: float, bold: bool = False) -> float:
    """Return about how many pixels `words` take, rather more than less (after DejaVu Sans)."""
    width = 0.0
    for letter in words:
        if letter in _NARROW:
            width += 0.38
        elif letter in _WIDE:
            width += 0.93
        elif east_asian_width(letter) in "WF":
            width += 1.02
        else:
            width += 0.69 if letter.isupper() else 0.61
    return width * size * (1.09 if bold else 1)


def cut(words: str, size: float, room: float) -> str:
    """Return `words`, shortened with an ellipsis to `room` pixels if they take more."""
    words = " ".join(words.split())
    if text_width(words, size) <= room:
        return words
    while words and text_width(words + "…", size) > room:
        words = words[:-1]
    return words.rstrip() + "…"


def framed(drawing: Drawing, title: str, margin: float = 20) -> Drawing:
    """Return the drawing with a margin and its title above, as a picture that stands alone."""
    head = margin + 26
    frame = Drawing(
        drawing.width + 2 * margin, drawing.height + head + margin, f"{title}. {drawing.described}"
    )
    frame.add(Text((margin, margin + 12), title, 14, bold=True))
    frame.add(*(_moved(item, margin, head) for item in drawing.items))
    return frame


def _moved(item: Item, right: float, down: float) -> Item:
    def moved(at: Point) -> Point:
        return at[0] + right, at[1] + down

    if isinstance(item, Line):
        return replace(item, start=moved(item.start), end=moved(item.end))
    if isinstance(item, Path):
        return replace(item, points=tuple(moved(at) for at in item.points))
    return replace(item, at=moved(item.at))
