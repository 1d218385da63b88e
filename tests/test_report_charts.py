"""Charts of the report: what is drawn, in which colours, and how it is written down."""

import math
import xml.etree.ElementTree as ET
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from PIL import Image

from stancekit.labels.codebook import Codebook
from stancekit.serving.estimates import NET, Estimate
from stancekit.serving.report import png
from stancekit.serving.report.colours import palette
from stancekit.serving.report.contents import Contents, Options
from stancekit.serving.report.drawing import Drawing, Mark, Path, Text, cut, framed, text_width
from stancekit.serving.report.figures import figures
from stancekit.serving.report.interval_chart import Block, Row, interval_chart
from stancekit.serving.report.panel_chart import Panel, panel_chart
from stancekit.serving.report.periods import place, said, ticks
from stancekit.serving.report.png import png_file
from stancekit.serving.report.scales import Scale, bounds
from stancekit.serving.report.svg import inline_svg, svg_file
from stancekit.serving.report.time_chart import Curve, time_chart


def made(value: float, half: float = 0.05, quantity: str = NET, **more: Any) -> Estimate:
    given = {"group": (), "period": "", "unit": "sentence", "method": "adjusted"}
    given |= {"sentences": 500, "documents": 50, "task": "stance", **more}
    return Estimate(quantity=quantity, value=value, low=value - half, high=value + half, **given)


def marks(drawing: Drawing) -> list[Mark]:
    return [item for item in drawing.items if isinstance(item, Mark)]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("dark", [False, True])
def test_every_label_stands_out_from_the_paper(codebook: Codebook, dark: bool) -> None:
    colours = palette(codebook, dark)
    paper = luminance(colours["paper"])
    for task in codebook.tasks:
        for position in range(len(task.labels)):
            own = luminance(colours[f"{task.name}-{position}"])
            low, high = sorted((own, paper))
            assert (high + 0.05) / (low + 0.05) >= 3
    for name in ("ink", "soft"):
        low, high = sorted((luminance(colours[name]), paper))
        assert (high + 0.05) / (low + 0.05) >= 4.5


def test_a_missing_month_breaks_the_line_and_a_thin_one_is_grey() -> None:
    sizes = {"2024-01": 90, "2024-02": 80, "2024-03": 12, "2024-05": 70, "2024-06": 60}
    own = tuple(
        made(0.1 * n, period=period, sentences=size)
        for n, (period, size) in enumerate(sizes.items())
    )
    drawing = time_chart([Curve("Net", "ink", own)], -1, 1, 600, "what is seen")
    lines = [item for item in drawing.items if isinstance(item, Path) and not item.fill]
    assert [len(line.points) for line in lines] == [2, 2]
    points = [mark for mark in marks(drawing) if mark.shape == "circle"]
    assert [mark.filled for mark in points] == [True, True, False, True, True]
    assert points[2].colour == "faint"
    assert points[2].note.startswith("March 2024: +0.20")
    across = [mark.at[0] for mark in points]
    steps = [after - before for before, after in pairwise(across)]
    assert steps[2] == pytest.approx(2 * steps[0])


def test_a_value_without_an_interval_has_a_mark_and_no_band() -> None:
    own = tuple(made(0.1, math.nan, period=f"202{n}") for n in range(3))
    drawing = time_chart([Curve("", "ink", own)], 0, 1, 600, "")
    assert len(marks(drawing)) == 3
    assert not any(isinstance(item, Path) for item in drawing.items)
    assert "nan" not in inline_svg(drawing)


def test_what_was_only_counted_is_marked_so_and_joins_no_line() -> None:
    periods = [f"202{n}" for n in range(4)]
    own = [made(0.1, period=period) for period in periods]
    own[2] = made(0.2, period=periods[2], method="count")
    drawing = time_chart([Curve("", "ink", tuple(own))], 0, 1, 600, "")
    assert [mark.shape for mark in marks(drawing)] == ["circle", "circle", "diamond", "circle"]
    lines = [item for item in drawing.items if isinstance(item, Path) and not item.fill]
    assert [len(line.points) for line in lines] == [2]


@pytest.mark.parametrize("width", [680, 336])
def test_names_and_figures_stay_on_the_paper_and_apart(width: float) -> None:
    names = [
        "A",
        "The Very Long Name of a Regional Newspaper of Record and its Supplement",
        "人民日报",
    ]
    rows = tuple(Row(name, made(0.2, 0.3), "ink") for name in names)
    drawings = [
        interval_chart([Block("", "ink", rows)], -1, 1, width, "", ends=("Less", "More")),
        interval_chart([Block(name, "ink", rows) for name in names], -1, 1, width, ""),
        panel_chart(
            names,
            [Panel(name, "ink", {row.name: row for row in rows}, 0.4) for name in "ABCDEFG"],
            0,
            1,
            width,
            "",
        ),
    ]
    for drawing in drawings:
        for item in drawing.items:
            if isinstance(item, Text):
                x, y = item.at
                size = text_width(item.words, item.size)
                start = {"start": x, "middle": x - size / 2, "end": x - size}[item.anchor]
                assert start >= -6
                assert start + size <= width + 12
                assert 0 < y <= drawing.height


@pytest.mark.parametrize("labels", [3, 19, 40])
def test_of_however_many_labels_what_is_more_stands_higher(codebook: Codebook, labels: int) -> None:
    first = codebook.tasks[0]
    many = tuple(replace(first.labels[0], name=f"l{n}", display=f"L{n}") for n in range(labels))
    task = replace(first, labels=many)
    own = [
        made(value, 0.01, name, period=period, method=method)
        for name in task.label_names
        for period, value in (("2023", 0.1), ("2024", 0.3))
        for method in ("adjusted", "count")
    ]
    found = Contents(
        codebook=replace(codebook, tasks=(task,)),
        options=Options(over="year"),
        overall=tuple(replace(one, period="") for one in own if one.period == "2023"),
        drawn=tuple(own),
    )
    [figure] = [one for one in figures(found, task) if one.name.endswith("_over_time")]
    for drawing in (figure.wide, figure.narrow):
        heights = [item.at[1] for item in marks(drawing) if item.shape == "circle"]
        assert len(heights) == 2 * labels
        assert all(low > high for low, high in zip(heights[::2], heights[1::2], strict=True))
        assert max(heights) < drawing.height


def test_a_value_that_is_not_known_is_said_and_not_drawn() -> None:
    rows = (Row("A", made(math.nan), "ink"), Row("B", made(0.3, math.nan), "ink"))
    drawing = interval_chart([Block("", "ink", rows)], -1, 1, 600, "")
    assert len(marks(drawing)) == 1
    words = [item.words for item in drawing.items if isinstance(item, Text)]
    assert "–" in words
    assert "nan" not in inline_svg(drawing)


def test_words_are_escaped_and_colours_are_those_of_the_page_or_the_file(
    codebook: Codebook,
) -> None:
    drawing = Drawing(100, 50, '"<b>&')
    drawing.add(Text((10, 20), "<i>&", colour="ink"), Mark("square", (5, 5), 4, "soft", note="<x>"))
    for svg in (inline_svg(drawing), svg_file(framed(drawing, "<t>"), palette(codebook))):
        root = ET.fromstring(svg)  # noqa: S314
        assert root.attrib["aria-label"].endswith('"<b>&')
        assert {"<i>&", "<x>"} <= set(root.itertext())
    assert "var(--ink)" in inline_svg(drawing)
    assert "#191c20" in svg_file(drawing, palette(codebook))


def test_control_characters_leave_a_drawing_well_formed(codebook: Codebook) -> None:
    controls = "".join(map(chr, (*range(32), 0xFFFE, 0xFFFF)))
    drawing = Drawing(100, 50, f"se{controls}en")
    drawing.add(Text((10, 20), f"Ti{controls}mes"), Mark("square", (5, 5), 4, "soft", note="\x0bx"))
    root = ET.fromstring(svg_file(drawing, palette(codebook)))  # noqa: S314
    assert "".join(root.attrib["aria-label"].split()) == "seen"
    assert {"Times", "x"} <= {"".join(words.split()) for words in root.itertext()}


def test_the_picture_shows_what_is_drawn(codebook: Codebook) -> None:
    drawing = Drawing(60, 40, "")
    drawing.add(Mark("square", (30, 20), 10, "stance-1"), Text((5, 35), "$x$ 字 <b>"))
    content = png_file(drawing, palette(codebook))
    assert content == png_file(drawing, palette(codebook))
    picture = Image.open(BytesIO(content)).convert("RGB")
    assert picture.size == (120, 80)
    assert (
        "#{:02x}{:02x}{:02x}".format(*picture.getpixel((60, 40))) == palette(codebook)["stance-1"]
    )
    assert picture.getpixel((1, 1)) == (255, 255, 255)


def ink(content: bytes) -> int:
    return sum(Image.open(BytesIO(content)).convert("L").histogram()[:128])


def test_a_name_with_two_dollars_is_no_formula(codebook: Codebook) -> None:
    drawing, without = Drawing(120, 30, ""), Drawing(120, 30, "")
    drawing.add(Text((5, 20), "Ca$h_ $x"))
    without.add(Text((5, 20), "Cah_ x"))
    colours = palette(codebook)
    assert ink(png_file(drawing, colours)) > ink(png_file(without, colours))


def test_words_are_set_in_all_the_fonts_that_are_here(
    codebook: Codebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing, found = Drawing(80, 30, ""), []
    drawing.add(Text((5, 20), "人民日报"))
    # Both come with matplotlib, as no font with Chinese letters does.
    monkeypatch.setattr(png, "_FONTS", ("DejaVu Sans", "No such font", "DejaVu Serif"))
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: found.append(figure))
    png_file(drawing, palette(codebook))
    [words] = found[0].axes[0].texts
    assert words.get_fontfamily() == ["DejaVu Sans", "DejaVu Serif"]


def test_long_names_are_cut_to_the_room_there_is() -> None:
    assert cut("short", 12, 100) == "short"
    shortened = cut("a name that is far too long for it", 12, 100)
    assert shortened.endswith("…")
    assert text_width(shortened, 12) <= 100


# Scales and periods


@given(st.lists(st.floats(-1, 1), min_size=1), st.integers(3, 8))
def test_bounds_hold_all_values_and_zero_in_round_steps(values: list[float], most: int) -> None:
    low, high = bounds(values, -1, most)
    assert -1 <= low <= min([0, *values]) + 1e-8
    assert max([0, *values]) - 1e-8 <= high <= 1
    scale = Scale(low, high, 0, 100)
    assert 0 in scale.ticks(most + 1)
    assert scale(low) == 0
    assert scale(high) == 100


def test_ticks_begin_and_end_with_the_scale_where_they_can() -> None:
    assert Scale(0, 0.75, 0, 100).ticks(4) == [0, 0.25, 0.5, 0.75]
    assert Scale(-1, 1, 0, 100).ticks(5) == [-1, -0.5, 0, 0.5, 1]
    assert Scale(0, 0.6, 0, 100).ticks(3) == [0, 0.25, 0.5]


def test_values_that_are_not_known_do_not_count_for_bounds() -> None:
    assert bounds([math.nan, 0.31], 0) == (0, pytest.approx(0.4))
    assert bounds([math.nan], 0)[1] > 0


def test_periods_are_placed_and_said() -> None:
    assert place("2024-01") - place("2023-12") == 1
    assert place("2024-Q1") - place("2023-Q4") == 1
    assert place("2024-03-01") - place("2024-02-28") == 2
    assert said("2024-03") == "March 2024"
    with pytest.raises(ValueError, match="is no period"):
        place("March")


@pytest.mark.parametrize(
    ("first", "last", "names"),
    [
        ("2019-01", "2025-12", ["2019", "2020", "2021", "2022", "2023", "2024", "2025"]),
        ("2024-03", "2024-05", ["Mar 2024", "Apr 2024", "May 2024"]),
        ("2024-03-05", "2024-03-09", ["5 March 2024"]),
        ("2023-Q4", "2024-Q2", ["Oct 2023", "Jan 2024", "Apr 2024"]),
        ("1931", "2025", ["1940", "1960", "1980", "2000", "2020"]),
        ("0001-01", "0001-02", ["Jan 1", "Feb 1"]),
    ],
)
def test_ticks_stand_where_years_or_months_begin(first: str, last: str, names: list[str]) -> None:
    found = ticks(first, last, 8)
    assert [name for _, name in found] == names
    assert all(place(first) <= at <= place(last) for at, _ in found)


@given(st.integers(1, 9999), st.integers(1, 9999), st.integers(3, 9))
def test_years_however_far_apart_have_ticks_and_not_too_many(a: int, b: int, most: int) -> None:
    first, last = sorted((a, b))
    found = ticks(f"{first:04}", f"{last:04}", most)
    assert len(found) <= most
    assert found


def test_a_date_that_stands_for_none_has_its_place(codebook: Codebook) -> None:
    own = tuple(made(0.1, period=period) for period in ("0001-01-01", "2024-03-12", "9999-12-31"))
    drawing = time_chart([Curve("", "ink", own)], 0, 1, 336, "")
    assert len(marks(drawing)) == 3
    assert svg_file(drawing, palette(codebook))
