"""Runs beside each other as one HTML page that needs nothing else, online or not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isnan
from pathlib import Path

import numpy as np
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from stancekit.labels.codebook import Codebook, Task
from stancekit.labels.resampling import Interval
from stancekit.training.comparison import REPLICATES, ComparedRun, run_labels
from stancekit.training.comparison_pictures import inline_svg, interval_chart, reliability_chart
from stancekit.training.comparison_tables import (
    Table,
    calibration_table,
    contrast_table,
    difference_table,
    group_table,
    label_table,
    score_table,
)
from stancekit.training.groups import DOCUMENT, LABEL, group_scores
from stancekit.training.judged import judged_by, label_positions
from stancekit.training.metrics import confusion_matrix
from stancekit.training.run_differences import (
    differing_settings,
    missing_champions,
    warnings_of,
)
from stancekit.training.store import without_password

__all__ = ["comparison_page"]

TEMPLATE = "comparison.html.jinja"
WIDTH, LABEL_WIDTH = 4.6, 3.3
"""Inches of a picture, and of one beside others: words come out about as large as the page's."""


@dataclass(frozen=True)
class Confusion:
    """Counts of one run, rows gold, columns predicted, each with its share of the row."""

    run: str
    marked: bool
    labels: tuple[str, ...]
    rows: tuple[tuple[tuple[int, float], ...], ...]


@dataclass(frozen=True)
class TaskSection:
    """All that the page shows of one task; pictures are SVG elements."""

    name: str
    title: str
    chart: Markup | None
    scores: Table
    behind: Markup | None
    differences: Table
    labels: Table
    label_charts: tuple[tuple[str, Markup], ...]
    groups: dict[str, Table]
    calibration: Table
    contrast: Table
    confusions: tuple[Confusion, ...]
    reliability: tuple[tuple[str, Markup], ...]


def comparison_page(
    runs: Sequence[ComparedRun],
    codebook: Codebook,
    store: str,
    made: datetime,
    by: Sequence[str] = (),
    seed: int = 0,
) -> str:
    """Return the page; equal input gives an equal page.

    `by` names further groupings (see `groups.group_scores`); without any the page has scores by
    document. Scores by label are always there. The page names `store` without a password.
    """
    groupings = [name for name in dict.fromkeys(by) if name != LABEL] or [DOCUMENT]
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(
        (Path(__file__).parent / TEMPLATE).read_text(encoding="utf-8")
    )
    return template.render(
        runs=list(zip(run_labels(runs), runs, strict=True)),
        codebook=codebook,
        store=without_password(store),
        made=made,
        sections=[_section(runs, task, groupings, seed) for task in codebook.tasks],
        settings=differing_settings(runs),
        warnings=missing_champions(runs) + warnings_of(runs),
        champion_is_shown=any(run.is_champion for run in runs),
    )


def _section(
    runs: Sequence[ComparedRun], task: Task, groupings: Sequence[str], seed: int
) -> TaskSection:
    return TaskSection(
        name=task.name,
        title=task.title,
        chart=_chart(runs, task),
        scores=score_table(runs, task),
        behind=_behind(runs, task),
        differences=difference_table(runs, task, seed),
        labels=label_table(runs, task, seed),
        label_charts=tuple(_label_charts(runs, task, seed)),
        groups={by: group_table(runs, task, by, seed) for by in groupings},
        calibration=calibration_table(runs, task),
        contrast=contrast_table(runs, task),
        confusions=tuple(_confusions(runs, task)),
        reliability=tuple(_reliability(runs, task)),
    )


def _chart(runs: Sequence[ComparedRun], task: Task) -> Markup | None:
    scores = [
        (label, run.macro_f1[task.name], run.is_champion)
        for label, run in zip(run_labels(runs), runs, strict=True)
        if task.name in run.macro_f1
    ]
    return _interval_picture(scores, "macro-F1", f"macro-F1 on {task.name}")


def _behind(runs: Sequence[ComparedRun], task: Task) -> Markup | None:
    """Draw how far each run is from the champion, where there is one to compare with."""
    rows = [
        (label, run.differences[task.name].difference, False)
        for label, run in zip(run_labels(runs), runs, strict=True)
        if task.name in run.differences and run.differences[task.name].enough
    ]
    said = f"macro-F1 on {task.name} minus the champion's"
    return _interval_picture(rows, "macro-F1 minus the champion's", said, difference=True)


def _label_charts(
    runs: Sequence[ComparedRun], task: Task, seed: int
) -> Iterator[tuple[str, Markup]]:
    scores = [group_scores(run.judged, LABEL, task, REPLICATES, seed) for run in runs]
    for position, label in enumerate(task.labels):
        rows = [
            (name, own[position].score, run.is_champion)
            for name, run, own in zip(run_labels(runs), runs, scores, strict=True)
            if own and not isnan(own[position].score.value)
        ]
        chart = _interval_picture(
            rows, "F1", f"F1 of {label.display} on {task.name}", width=LABEL_WIDTH
        )
        if chart:
            yield label.display, chart


def _interval_picture(
    rows: Sequence[tuple[str, Interval, bool]],
    measure: str,
    described: str,
    *,
    difference: bool = False,
    width: float = WIDTH,
) -> Markup | None:
    if not rows:
        return None
    figures = ", ".join(f"{name} {of.signed() if difference else of}" for name, of, _ in rows)
    chart = interval_chart(rows, measure, difference=difference, width=width)
    return _picture(inline_svg(chart, f"{described}: {figures}", described))


def _confusions(runs: Sequence[ComparedRun], task: Task) -> list[Confusion]:
    found = []
    for label, run in zip(run_labels(runs), runs, strict=True):
        rows = judged_by(run.judged, task)
        counts = confusion_matrix(*label_positions(rows, task), len(task.labels))
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        cells = tuple(
            tuple((int(count), float(share)) for count, share in zip(own, part, strict=True))
            for own, part in zip(counts, shares, strict=True)
        )
        names = tuple(own.display for own in task.labels)
        found.append(Confusion(label, run.is_champion, names, cells))
    return found


def _reliability(runs: Sequence[ComparedRun], task: Task) -> list[tuple[str, Markup]]:
    found = []
    for label, run in zip(run_labels(runs), runs, strict=True):
        if judged_by(run.judged, task):
            described = f"accuracy over confidence of {label} on {task.name}"
            chart = reliability_chart(run.judged, task)
            found.append((label, _picture(inline_svg(chart, described, described))))
    return found


def _picture(svg: str) -> Markup:
    return Markup(svg)  # noqa: S704  (matplotlib escapes what it writes, inline_svg the rest)
