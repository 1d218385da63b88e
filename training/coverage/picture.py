"""What the plain count is off by, and how often each method's intervals hold, as two panels."""

import io
from collections.abc import Sequence
from pathlib import Path

from matplotlib import rc_context, style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stancekit.training.coverage.plan import SHARES, Outcome
from stancekit.training.pictures import COLOURS

__all__ = ["coverage_picture"]

_STYLE = str(Path(__file__).parent.parent / "comparison.mplstyle")
_INK, _QUIET, _CARD = "#1f2328", "#8a939c", "#ffffff"
_BAND = "#e8edf2"
_TICKS = (0.05, 0.25, 0.50, 0.75, 0.95)


def coverage_picture(found: Sequence[Outcome]) -> str:
    """Return an SVG with a line a label and method; equal figures give equal text."""
    usual = [own for own in found if own.usual]
    methods = list(dict.fromkeys(row.method for own in usual for row in own.found))
    colours = dict(zip(methods, (_QUIET, *COLOURS), strict=False))
    with style.context(_STYLE), rc_context({"svg.hashsalt": "coverage"}):
        figure = Figure(figsize=(9, 3.6), facecolor=_CARD)
        figure.set_layout_engine("constrained", w_pad=0.15)
        left, right = figure.subplots(1, 2)
        _lines(left, usual, colours, "bias")
        left.axhline(0, color=_INK, linewidth=0.8)
        left.set_title("Estimate minus truth, on average", **_TITLE)
        _lines(right, usual, colours, "covers")
        right.axhspan(0.93, 0.97, color=_BAND, zorder=0)
        right.set_title("Part of the 95 % intervals that hold the truth", **_TITLE)
        right.set_ylim(-0.03, 1.03)
        for axes in (left, right):
            axes.set_xlabel("true share of the label", color=_INK)
            axes.set_xticks(_TICKS, [f"{share:.0%}" for share in _TICKS])
            axes.spines[["top", "right"]].set_visible(False)
        handles = [right.plot([], [], color=colours[m], linewidth=2, label=m)[0] for m in methods]
        right.legend(handles=handles, frameon=False, loc="center right", fontsize=9)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return stream.getvalue()


_TITLE = {"loc": "left", "fontsize": 10.5, "color": _INK, "fontweight": "bold"}


def _lines(
    axes: Axes,
    usual: Sequence[Outcome],
    colours: dict[str, str],
    figure: str,
) -> None:
    """Draw `figure` of the share of each label over its true share."""
    lines: dict[tuple[str, str, str], list[float]] = {}
    for own in usual:
        for row in own.found:
            if row.quantity == own.label:
                key = (row.method, row.task, row.quantity)
                lines.setdefault(key, []).append(getattr(row, figure))
    for (method, _, _), values in lines.items():
        axes.plot(SHARES, values, color=colours[method], linewidth=1.3, alpha=0.85)
