"""Values over time: a line with its band, broken where nothing is known, grey where little is."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stancekit.serving.estimates import NET, Estimate
from stancekit.serving.report.comparisons import FEW
from stancekit.serving.report.contents import ADJUSTED, PLAIN
from stancekit.serving.report.drawing import Drawing, Line, Mark, Path, Text, cut
from stancekit.serving.report.periods import place, said, ticks
from stancekit.serving.report.scales import Scale
from stancekit.serving.report.wording import based, net, share

__all__ = ["Curve", "time_chart"]

_HEAD, _PLOT, _GAP, _FOOT = 27, 90, 14, 22
_SIZE, _SMALL = 12.5, 11.0
_MOST_NOTES = 130
"""Beyond so many periods the marks on a line are too close to point at."""


@dataclass(frozen=True)
class Curve:
    """One quantity over time: adjusted, where that could be; beside, the plain counts.

    `ends` say what lies towards the lower and the upper end.
    """

    title: str
    colour: str
    estimates: tuple[Estimate, ...]
    counted: tuple[Estimate, ...] = ()
    ends: tuple[str, str] = ("", "")


def time_chart(
    curves: Sequence[Curve],
    low: float,
    high: float,
    width: float,
    described: str,
    plot: float = _PLOT,
) -> Drawing:
    """Return the chart, a curve below the other on one time axis; values lie in `low` to `high`.

    Raises ValueError if there is no period, or one of another form than the others.
    """
    periods = sorted({own.period for curve in curves for own in curve.estimates}, key=place)
    is_net = curves[0].estimates[0].quantity == NET
    left = 46.0 if is_net else 42.0
    span = place(periods[0]), place(periods[-1])
    if span[0] == span[1]:
        span = span[0] - 1, span[1] + 1
    across = Scale(*span, left + 6, width - 16)
    height = len(curves) * (_HEAD + plot) + (len(curves) - 1) * _GAP + _FOOT
    drawing = Drawing(width, height, described)
    marks = ticks(periods[0], periods[-1], max(2, int(width / 80)))
    for number, curve in enumerate(curves):
        top = number * (_HEAD + plot + _GAP) + _HEAD
        scale = Scale(low, high, top + plot, top)
        _head(drawing, curve, top - 12, width)
        _grid(drawing, scale, is_net, (left, width), plot)
        for at, _ in marks:
            x = across(at)
            drawing.add(Line((x, top + plot), (x, top + plot + 4), "faint"))
        _ends(drawing, curve, top - 12)
        _curve(drawing, curve, across, scale)
    for at, name in marks:
        drawing.add(Text((across(at), height - 4), name, _SMALL, "soft", "middle"))
    return drawing


def _head(drawing: Drawing, curve: Curve, y: float, width: float) -> None:
    if curve.title:
        drawing.add(Mark("square", (5, y - 4.5), 5, curve.colour))
        drawing.add(Text((16, y), cut(curve.title, _SIZE, width), _SIZE, bold=True))


def _grid(
    drawing: Drawing, scale: Scale, is_net: bool, between: tuple[float, float], plot: float
) -> None:
    say = net if is_net else share
    left, right = between
    for value in scale.ticks(max(2, int(plot / 28) + 1)):
        y = scale(value)
        drawing.add(Line((left, y), (right, y), "rule" if value else "faint"))
        drawing.add(Text((left - 6, y + 4), say(value), _SMALL, "soft", "end"))


def _ends(drawing: Drawing, curve: Curve, y: float) -> None:
    if any(curve.ends):
        said = f"\u2191 {curve.ends[1]}\u2002\u2193 {curve.ends[0]}"
        drawing.add(Text((drawing.width, y), said, _SMALL, "soft", "end"))


def _curve(drawing: Drawing, curve: Curve, across: Scale, scale: Scale) -> None:
    def points(run: Sequence[Estimate], name: str) -> tuple[tuple[float, float], ...]:
        return tuple((across(place(own.period)), scale(getattr(own, name))) for own in run)

    enough = list(_runs(curve.estimates, ADJUSTED))
    for run in enough:
        edge = points(run, "high") + points(run, "low")[::-1]
        if len(run) > 1:
            drawing.add(Path(edge, curve.colour, fill=True, opacity=0.2))
    for run in _runs(curve.counted, PLAIN):
        if len(run) > 1:
            drawing.add(Path(points(run, "value"), "soft", 1.1, (2, 2.5)))
    for run in enough:
        if len(run) > 1:
            drawing.add(Path(points(run, "value"), curve.colour))
    joined = {own.period for run in enough if len(run) > 1 for own in run}
    crowded = len(curve.estimates) > _MOST_NOTES
    for own in curve.estimates:
        if math.isfinite(own.value) and not (crowded and own.period in joined):
            _point(drawing, own, curve.colour, (across, scale), own.period in joined)


def _runs(estimates: Sequence[Estimate], method: str) -> Iterator[list[Estimate]]:
    """Yield the estimates of periods with enough sentences, as far as one follows the other.

    Adjusted ones have an interval, too.
    """
    run: list[Estimate] = []
    for own in sorted(estimates, key=lambda own: place(own.period)):
        bounds = 0.0 if method == PLAIN else own.low + own.high
        if own.method != method or own.sentences < FEW or not math.isfinite(own.value + bounds):
            continue
        if run and place(own.period) != place(run[-1].period) + 1:
            yield run
            run = []
        run.append(own)
    if run:
        yield run


def _point(
    drawing: Drawing, own: Estimate, colour: str, scales: tuple[Scale, Scale], joined: bool
) -> None:
    across, scale = scales
    x, enough = across(place(own.period)), own.sentences >= FEW
    colour = colour if enough else "faint"
    if not joined and math.isfinite(own.low) and math.isfinite(own.high):
        drawing.add(Line((x, scale(own.low)), (x, scale(own.high)), colour, 1.4))
    note = f"{said(own.period)}: {based(own)}"
    radius = (2.2 if across.end > 480 else 1.5) if joined else 3.2
    counted = own.method == PLAIN
    shape = "diamond" if counted else "circle"
    filled = enough and not counted
    drawing.add(Mark(shape, (x, scale(own.value)), radius, colour, filled, note))
