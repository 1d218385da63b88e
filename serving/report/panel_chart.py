"""Groups in lines, labels in columns: one mark with its whisker for each share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stancekit.serving.report.drawing import Drawing, Mark, Text, cut, text_width
from stancekit.serving.report.interval_chart import NARROW, Row, reference_line, value_axis, whisker
from stancekit.serving.report.scales import Scale

__all__ = ["Panel", "panel_chart"]

_LINE, _ABOVE, _HEAD, _FOOT = 21, 15, 26, 24
_SIZE = 12.5


@dataclass(frozen=True)
class Panel:
    """One label: its name and colour, the row of each group, and the value of all together."""

    title: str
    colour: str
    rows: Mapping[str, Row]
    reference: float | None = None


def panel_chart(
    names: Sequence[str], panels: Sequence[Panel], low: float, high: float, width: float, told: str
) -> Drawing:
    """Return the chart of the groups `names`, in this order; values lie from `low` to `high`.

    Where columns would be too narrow, they go on below. `told` says what is seen.
    """
    is_narrow = width < NARROW
    left = 0.0 if is_narrow else min(max(text_width(n, _SIZE) for n in names) + 16, 0.32 * width)
    across = min(len(panels), 3 if is_narrow else 4)
    tiers = [panels[at : at + across] for at in range(0, len(panels), across)]
    line = _LINE + (_ABOVE if is_narrow else 0)
    tier_height = _HEAD + line * len(names) + _FOOT
    drawing = Drawing(width, tier_height * len(tiers) + 10 * (len(tiers) - 1), told)
    for number, tier in enumerate(tiers):
        top = number * (tier_height + 10) + _HEAD
        for position, name in enumerate(names):
            y = top + position * line
            room = width if is_narrow else left - 10
            drawing.add(Text((0, y + 14), cut(name, _SIZE, room), _SIZE))
        ends = [top + (position + 1) * line for position in range(len(names))]
        stretches = [(end - _LINE, end) for end in ends]
        step = (width - left) / across
        for column, panel in enumerate(tier):
            start = left + column * step
            scale = Scale(low, high, start + 10, start + step - 30)
            _panel(drawing, panel, names, scale, stretches, (top - 10, step - 22))
    return drawing


def _panel(
    drawing: Drawing,
    panel: Panel,
    names: Sequence[str],
    scale: Scale,
    stretches: Sequence[tuple[float, float]],
    head: tuple[float, float],
) -> None:
    y, room = head
    drawing.add(Mark("square", (scale.start + 5, y - 4.5), 5, panel.colour))
    title = cut(panel.title, _SIZE * 1.09, room)
    drawing.add(Text((scale.start + 15, y), title, _SIZE, bold=True))
    most = max(2, int((scale.end - scale.start) / 46))
    value_axis(drawing, scale, False, stretches, most)
    if panel.reference is not None:
        reference_line(drawing, scale, panel.reference, stretches)
    for name, (top, bottom) in zip(names, stretches, strict=True):
        if name in panel.rows:
            whisker(drawing, scale, panel.rows[name], (top + bottom) / 2)
