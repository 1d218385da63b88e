"""Pictures of an evaluation: confusion matrices, and scores with their intervals."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stancekit.labels.codebook import Codebook, Task
from stancekit.training.evaluation import Evaluation, TaskEvaluation
from stancekit.training.metrics import label_f1_intervals
from stancekit.training.recipe import Recipe

__all__ = ["COLOURS", "confusion_picture", "label_picture", "row_of_axes", "score_picture", "tidy"]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
"""Told apart by colour-blind readers, too (Okabe and Ito, 2008)."""
_INK = "#222222"
_QUIET = "#6b6b6b"


def confusion_picture(evaluation: Evaluation, codebook: Codebook) -> Figure:
    """Return one matrix a task: counts written, colour by share of the gold label."""
    tasks = list(evaluation.tasks.values())
    figure = Figure(figsize=(4.6 * len(tasks), 4.4), layout="constrained")
    for axes, task in zip(row_of_axes(figure, len(tasks)), tasks, strict=True):
        _draw_confusion(axes, task, [label.display for label in codebook.task(task.task).labels])
    figure.suptitle(
        f"{evaluation.system}: {len(evaluation.sentences)} left-out sentences",
        color=_INK,
    )
    return figure


def score_picture(evaluations: Sequence[Evaluation], codebook: Codebook) -> Figure:
    """Return macro-F1 of every system with its 95 % interval, one panel a task."""
    figure = Figure(
        figsize=(4.6 * len(codebook.tasks), 1.4 + 0.5 * len(evaluations)), layout="constrained"
    )
    for axes, task in zip(
        row_of_axes(figure, len(codebook.tasks)), codebook.task_names, strict=True
    ):
        rows = np.arange(len(evaluations))[::-1]
        intervals = [evaluation.tasks[task].macro_f1 for evaluation in evaluations]
        values = np.array([interval.value for interval in intervals])
        # A percentile interval need not hold its value.
        below = np.maximum(values - [interval.low for interval in intervals], 0)
        above = np.maximum([interval.high for interval in intervals] - values, 0)
        axes.errorbar(values, rows, xerr=[below, above], fmt="o", color=COLOURS[0], capsize=3)
        for value, row in zip(values, rows, strict=True):
            axes.annotate(
                f"{value:.2f}", (value, row), xytext=(0, 7), textcoords="offset points", ha="center"
            )
        axes.set_yticks(rows, [evaluation.system for evaluation in evaluations])
        axes.set_ylim(-0.6, len(evaluations) - 0.3)
        axes.set_xlim(0, 1)
        axes.set_xlabel("macro-F1, 95 % interval")
        axes.set_title(task, loc="left", color=_INK)
        axes.spines["left"].set_visible(False)
        axes.tick_params(left=False)
        tidy(axes, grid="x")
    return figure


def label_picture(recipe: Recipe, evaluation: Evaluation, codebook: Codebook) -> Figure:
    """Return F1 of each label as a bar with its 95 % interval; precision and recall are marked."""
    tasks = list(evaluation.tasks.values())
    tallest = max(len(task.labels) for task in tasks)
    figure = Figure(figsize=(4.6 * len(tasks), 1.7 + 0.55 * tallest), layout="constrained")
    for axes, task in zip(row_of_axes(figure, len(tasks)), tasks, strict=True):
        _draw_labels(axes, task, codebook.task(task.task), recipe)
    figure.legend(
        *axes.get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False
    )
    return figure


def tidy(axes: Axes, grid: Literal["x", "y"]) -> None:
    """Take away the frame that says nothing and draw quiet lines along one axis."""
    axes.grid(axis=grid, color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelcolor=_QUIET)


def row_of_axes(figure: Figure, count: int) -> list[Axes]:
    """Return `count` panels beside each other."""
    return list(figure.subplots(1, count, squeeze=False)[0])


def _draw_labels(axes: Axes, scores: TaskEvaluation, task: Task, recipe: Recipe) -> None:
    intervals = label_f1_intervals(
        scores.gold,
        scores.predicted,
        len(task.labels),
        [sentence.document for sentence in scores.sentences],
        recipe.evaluation.bootstrap,
        recipe.seed,
    )
    rows = np.arange(len(task.labels))[::-1]
    values = np.nan_to_num([interval.value for interval in intervals])
    spans = np.nan_to_num([[interval.low, interval.high] for interval in intervals])
    # A percentile interval need not hold its value.
    errors = np.maximum([values - spans[:, 0], spans[:, 1] - values], 0)
    axes.barh(rows, values, height=0.55, color=COLOURS[0], alpha=0.35, label="F1, 95 % interval")
    axes.errorbar(values, rows, xerr=errors, linestyle="", ecolor=COLOURS[0], capsize=3)
    for measure, marker in (("precision", "D"), ("recall", "s")):
        found = [getattr(score, measure) for score in scores.labels]
        axes.plot(
            found, rows, marker, color=_INK, markersize=5, markerfacecolor="white", label=measure
        )
    names = [
        f"{label.display}\n{score.support} gold"
        for label, score in zip(task.labels, scores.labels, strict=True)
    ]
    axes.set_yticks(rows, names)
    axes.set_xlim(0, 1.02)
    axes.set_title(task.name, loc="left", color=_INK)
    axes.spines["left"].set_visible(False)
    axes.tick_params(left=False)
    tidy(axes, grid="x")


def _draw_confusion(axes: Axes, task: TaskEvaluation, names: Sequence[str]) -> None:
    shares = task.confusion / np.maximum(task.confusion.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(task.confusion):
        shade = "white" if shares[row, column] > 0.6 else _INK
        axes.text(column, row, f"{count:.0f}", ha="center", va="center", color=shade, fontsize=13)
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names, rotation=90, va="center")
    axes.set_xlabel("predicted")
    axes.set_ylabel("gold")
    axes.set_title(f"{task.task}: macro-F1 {task.macro_f1}", fontsize=10, color=_INK)
    axes.tick_params(length=0, labelcolor=_QUIET)
    axes.spines[:].set_visible(False)
