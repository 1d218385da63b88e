"""Drawings as PNG, twice as fine as they are on a screen, for slides and word processors."""

import io
import warnings
from collections.abc import Mapping

from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Patch, Polygon
from matplotlib.text import Text as Words

from stancekit.serving.report.drawing import Drawing, Item, Line, Mark, Path, Text

__all__ = ["png_file"]

_DOTS = 100
"""Pixels of a drawing to the inch; text is given in points, of which an inch has 72."""

_FONTS = ("DejaVu Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "WenQuanYi Zen Hei")


def png_file(drawing: Drawing, colours: Mapping[str, str]) -> bytes:
    """Return the drawing as a PNG on paper; equal drawings give equal bytes."""
    content = io.BytesIO()
    # Words take their font, and whether a dollar begins a formula, when they are made.
    with (
        rc_context({"font.family": _fonts(), "text.parse_math": False, "text.usetex": False}),
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", message="Glyph")  # a letter that no font here has
        figure = _figure(drawing, colours)
        figure.savefig(content, format="png", dpi=2 * _DOTS, metadata={"Software": None})
    return content.getvalue()


def _figure(drawing: Drawing, colours: Mapping[str, str]) -> Figure:
    figure = Figure(
        figsize=(drawing.width / _DOTS, drawing.height / _DOTS), facecolor=colours["paper"]
    )
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, drawing.width), ylim=(drawing.height, 0))
    axes.set_axis_off()
    for depth, item in enumerate(drawing.items):
        axes.add_artist(_artist(item, colours, depth))
    return figure


def _fonts() -> list[str]:
    known = set(fontManager.get_font_names())
    return [name for name in _FONTS if name in known]


def _artist(item: Item, colours: Mapping[str, str], depth: int) -> Artist:
    colour = colours[item.colour]
    if isinstance(item, Text):
        return _words(item, colour, depth)
    if isinstance(item, Mark):
        face = colour if item.filled else colours["paper"]
        if item.shape == "circle":
            patch: Patch = Circle(item.at, item.radius)
        else:
            patch = Polygon(item.corners)
        patch.set(facecolor=face, edgecolor=colour, linewidth=_points(1.5), zorder=depth)
        return patch
    if isinstance(item, Path) and item.fill:
        area = Polygon(item.points)
        area.set(facecolor=colour, alpha=item.opacity, linewidth=0, zorder=depth)
        return area
    points = (item.start, item.end) if isinstance(item, Line) else item.points
    line = Line2D([x for x, _ in points], [y for _, y in points], solid_capstyle="butt")
    line.set(color=colour, linewidth=_points(item.width), zorder=depth)
    if item.dash:
        line.set_linestyle((0, tuple(step / item.width for step in item.dash)))
    return line


def _words(item: Text, colour: str, depth: int) -> Artist:
    side = {"start": "left", "middle": "center", "end": "right"}[item.anchor]
    words = Words(*item.at, item.words, fontsize=_points(item.size))
    words.set(color=colour, zorder=depth, horizontalalignment=side, verticalalignment="baseline")
    words.set_fontweight("bold" if item.bold else "normal")
    return words


def _points(pixels: float) -> float:
    return pixels * 72 / _DOTS
