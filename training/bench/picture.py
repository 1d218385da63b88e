"""Sentences a second as bars, on a card of its own colour that follows the reader's theme."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib import rc_context, style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stancekit.training.bench.figures import FAMILIES, Rate, rates
from stancekit.training.bench.system import OWN_REPEATED
from stancekit.training.pictures import COLOURS

__all__ = ["rate_picture"]

_STYLE = str(Path(__file__).parent.parent / "comparison.mplstyle")
_INK = "#1f2328"
_CARD = "#ffffff"
_OWN, _OTHER = COLOURS[0], "#9aa4ae"
_DARK = {_INK: "#e6edf3", _CARD: "#161b22", _OWN: "#4aa3df", _OTHER: "#6e7681"}


def rate_picture(systems: Mapping[str, Mapping[str, Any]]) -> str:
    """Return an SVG with a panel for each bundle; equal figures give equal text.

    Colours are those of a light page, and others where the reader prefers dark ones.
    """
    panels = [
        [rate for rate in rates(systems, own) if rate.name != OWN_REPEATED]
        for own in FAMILIES
        if own in systems
    ]
    heights = [len(panel) for panel in panels]
    with style.context(_STYLE), rc_context({"svg.hashsalt": "bench"}):
        figure = Figure(figsize=(8, 0.42 * sum(heights) + 0.9), facecolor=_CARD)
        figure.set_layout_engine("constrained", h_pad=0.12, w_pad=0.12)
        axes = figure.subplots(len(panels), 1, height_ratios=heights, squeeze=False)
        for own, panel in zip(axes[:, 0], panels, strict=True):
            _draw(own, panel)
        axes[0, 0].set_title(
            "Sentences a second", loc="left", fontsize=11, color=_INK, fontweight="bold"
        )
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return _with_dark(stream.getvalue())


def _draw(axes: Axes, panel: Sequence[Rate]) -> None:
    rows = range(len(panel))
    colours = [_OWN, *[_OTHER] * (len(panel) - 1)]
    axes.barh(rows, [rate.per_second for rate in panel], color=colours, height=0.66)
    for row, rate in enumerate(panel):
        figure = f"{rate.per_second:,.0f}"
        beside = f"{figure} · takes {rate.ratio:.1f} times as long" if row else figure
        axes.annotate(
            beside,
            (rate.per_second, row),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            color=_INK,
            fontsize=9.5,
            fontweight="normal" if row else "bold",
        )
    axes.set_yticks(rows, [rate.name for rate in panel], fontsize=9.5)
    axes.set_ylim(len(panel) - 0.5, -0.5)  # the first on top, all bars of all panels alike
    # Room for what is written behind the bars.
    axes.set_xlim(0, 1.6 * max(rate.per_second for rate in panel))
    axes.set_xticks([])
    axes.set_facecolor(_CARD)
    axes.tick_params(left=False, labelcolor=_INK)
    axes.spines[:].set_visible(False)


def _with_dark(svg: str) -> str:
    """Return `svg` with rules that exchange its colours where a dark page is preferred."""
    rules = "".join(
        f'[style*="fill: {light.lower()}"]{{fill:{dark} !important}}'
        for light, dark in _DARK.items()
    )
    style = f"<style>@media (prefers-color-scheme: dark){{{rules}}}</style>"
    head, end, rest = svg.partition("<defs>")
    return f"{head}{style}\n {end}{rest}"
