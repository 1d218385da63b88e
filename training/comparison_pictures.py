"""Pictures of runs beside each other, as SVG that stands in a page and takes its colours."""

import re
from collections.abc import Sequence
from html import escape
from io import StringIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from stancekit.labels.codebook import Task
from stancekit.labels.resampling import Interval
from stancekit.training.calibration import reliability
from stancekit.training.comparison_tables import MINUS
from stancekit.training.judged import Judged, judged_by, label_positions, probability_table
from stancekit.training.pictures import COLOURS, row_of_axes, tidy

__all__ = ["inline_svg", "interval_chart", "reliability_chart"]

_STYLE: dict[Any, Any] = dict(
    mpl.rc_params_from_file(
        Path(__file__).parent / "comparison.mplstyle", use_default_template=False
    )
)
_PAGE_COLOURS = {
    "#222222": "var(--ink)",
    "#000000": "var(--ink)",
    "#6b6b6b": "var(--quiet)",
    "#999999": "var(--quiet)",
    "#dddddd": "var(--line)",
    COLOURS[0].lower(): "var(--one)",
    COLOURS[1].lower(): "var(--two)",
}

_SUPERFLUOUS = (
    r"<style.*?</style>",
    r"font-family: [^;\"]*; ?",
    r' xmlns(:xlink)?="[^"]*"',
    r'(?<=<g) id="[^"]*"',  # groups that nothing refers to; they would be given more than once
    r"(?<=<svg)[^>]*(?= viewBox)",  # width and height: the page has its own
    r' version="1.1"',
)


@mpl.rc_context(_STYLE)
def interval_chart(
    rows: Sequence[tuple[str, Interval, bool]],
    measure: str,
    *,
    width: float,
    difference: bool = False,
) -> Figure:
    """Return figures with intervals, one line a run; `rows` are (name, interval, is champion).

    `measure` is what they are of, `width` that of the picture in inches. The axis is cut to what
    the intervals span. A dashed line stands at the champion's figure, or at zero where they are
    differences.
    """
    figure = Figure(figsize=(width, 0.75 + 0.44 * len(rows)), layout="constrained")
    [axes] = row_of_axes(figure, 1)
    for row, (name, interval, is_champion) in enumerate(reversed(rows)):
        colour = COLOURS[1] if is_champion else COLOURS[0]
        axes.plot([interval.low, interval.high], [row, row], color=colour, linewidth=2)
        axes.plot([interval.value], [row], "o", color=colour, markersize=6)
        axes.annotate(
            f"{name} (champion)" if is_champion else name,
            (0, row + 0.32),
            xycoords=("axes fraction", "data"),
            va="center",
            color="#222222",
        )
        shown = (interval.signed() if difference else str(interval)).partition(" ")[0]
        axes.annotate(
            shown.replace("-", MINUS), (interval.value, row + 0.32), ha="center", va="center"
        )
        if is_champion and not difference:
            _dashed(axes, interval.value)
    low = min(interval.low for _, interval, _ in rows)
    high = max(interval.high for _, interval, _ in rows)
    if difference:
        _dashed(axes, 0)
        low, high = min(low, 0), max(high, 0)
    # Names stand at the left, above their lines; room there keeps them clear of the figures.
    left, right = low - 0.5 * (high - low) - 0.02, high + 0.03
    axes.set_xlim(*((left, right) if difference else (max(0, left), min(1, right))))
    axes.set_ylim(-0.5, len(rows) - 0.35)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel(f"{measure}, 95 % interval")
    axes.spines["left"].set_visible(False)
    tidy(axes, grid="x")
    return figure


def _dashed(axes: Axes, value: float) -> None:
    axes.axvline(value, color="#999999", linewidth=0.8, linestyle="--", zorder=0)


@mpl.rc_context(_STYLE)
def reliability_chart(rows: Sequence[Judged], task: Task) -> Figure:
    """Return accuracy over confidence of one run, from the probabilities it was judged by."""
    own = judged_by(rows, task)
    gold, _ = label_positions(own, task)
    bins = reliability(probability_table(own, task), gold)
    figure = Figure(figsize=(2.05, 1.95), layout="constrained")
    [axes] = row_of_axes(figure, 1)
    axes.plot([0, 1], [0, 1], color="#999999", linewidth=1, linestyle="--")
    axes.plot(
        [part.confidence for part in bins],
        [part.accuracy for part in bins],
        color=COLOURS[0],
        marker="o",
        markersize=4,
        clip_on=False,
    )
    axes.set(xlim=(0, 1), ylim=(0, 1), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))
    axes.set(xlabel="confidence", ylabel="share right")
    axes.set_aspect("equal")
    tidy(axes, grid="y")
    return figure


def inline_svg(figure: Figure, described: str, salt: str) -> str:
    """Return the picture as an SVG element without addresses, in the page's font and colours.

    `described` says what is seen, for readers who do not see it. Ids differ where `salt` differs;
    equal input gives equal text.
    """
    figure.patch.set_alpha(0)
    for axes in figure.axes:
        axes.patch.set_alpha(0)
    drawn = StringIO()
    with mpl.rc_context({**_STYLE, "svg.hashsalt": salt}):
        figure.savefig(
            drawn,
            format="svg",
            metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")),
        )
    svg = drawn.getvalue()
    svg = svg[svg.index("<svg") :]
    for colour, variable in _PAGE_COLOURS.items():
        svg = svg.replace(colour, variable)
    for superfluous in _SUPERFLUOUS:
        svg = re.sub(superfluous, "", svg)
    svg = svg.replace("xlink:href", "href")
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(described)}"', 1)
