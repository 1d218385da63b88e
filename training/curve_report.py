"""A curve as a table, as a picture with bands, and as a run in MLflow."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import mlflow
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stancekit.labels.codebook import Codebook
from stancekit.labels.sentences import write_lines
from stancekit.training.curve import ALONE, IN_ORDER, SIZES, Curve, CurvePoint, CurveRecipe
from stancekit.training.pictures import COLOURS, row_of_axes, tidy

__all__ = ["curve_picture", "curve_table", "log_curve", "write_curve"]


def curve_table(curve: Curve) -> str:
    """Return the points as a Markdown table: mean over draws, lowest and highest in brackets."""
    columns = list(dict.fromkeys((point.task, point.system) for point in curve.points))
    lines = [
        "| trained on, beside the other documents | "
        + " | ".join(f"{task}, {system}" for task, system in columns)
        + " |",
        "|---" * (len(columns) + 1) + "|",
    ]
    rows = dict.fromkeys((point.series, point.part, point.sentences) for point in curve.points)
    for row in rows:
        own = {(p.task, p.system): p for p in curve.points if _row(p) == row}
        cells = " | ".join(_cell(own[column]) for column in columns)
        lines.append(f"| {_row_name(*row)} | {cells} |")
    return "\n".join(lines)


def curve_picture(curve: Curve, codebook: Codebook) -> Figure:
    """Return macro-F1 over the number of written sentences, a panel a task, bands over draws."""
    figure = Figure(figsize=(4.8 * len(codebook.tasks), 4.0), layout="constrained")
    panels = row_of_axes(figure, len(codebook.tasks))
    for axes, task in zip(panels, codebook.task_names, strict=True):
        own = [p for p in curve.points if p.task == task and p.series == SIZES]
        for colour, system in zip(
            COLOURS, dict.fromkeys(point.system for point in own), strict=False
        ):
            _draw(axes, [p for p in own if p.system == system], colour)
        axes.set_title(task, loc="left")
        axes.set_xlabel("written sentences trained on")
        axes.set_ylabel("macro-F1 on left-out documents")
        axes.set_xlim(left=0)
        tidy(axes, grid="y")
    lowest = min(min(point.macro_f1) for point in curve.points)
    highest = max(max(point.macro_f1) for point in curve.points)
    for axes in panels:
        axes.set_ylim(lowest - 0.03, highest + 0.05)
    panels[0].legend(frameon=False, fontsize=9, loc="lower right")
    return figure


def write_curve(folder: Path, curve: Curve, codebook: Codebook) -> list[Path]:
    """Write `curve.json`, `curve.md` and `curve.png` to `folder`; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in ("curve.json", "curve.md", "curve.png")]
    write_lines(paths[0], [curve])
    paths[1].write_text(curve_table(curve) + "\n", encoding="utf-8")
    curve_picture(curve, codebook).savefig(paths[2], dpi=110)
    return paths


def log_curve(recipe: CurveRecipe, curve: Curve, codebook: Codebook) -> str:
    """Log `curve` to MLflow, a child run a system, and return the id of the parent run.

    A metric's step is the number of written sentences, so that MLflow draws the curve with its
    band: mean, lowest and highest of the draws. Call `store.connect` before.
    """
    with mlflow.start_run(run_name=recipe.name) as run:
        mlflow.set_tags(
            {
                "stancekit.curve": recipe.name,
                "stancekit.dataset_digest": curve.dataset,
                "stancekit.codebook_digest": curve.codebook,
            }
        )
        mlflow.log_params({"draws": recipe.draws, "seed": recipe.seed, "recipe": recipe.digest})
        mlflow.log_text(curve_table(curve) + "\n", "curve.md")
        mlflow.log_dict(asdict(curve), "curve.json")
        mlflow.log_figure(curve_picture(curve, codebook), "curve.png")
        for system in dict.fromkeys(point.system for point in curve.points):
            with mlflow.start_run(run_name=f"{recipe.name} {system}", nested=True):
                _log_points([point for point in curve.points if point.system == system])
    return str(run.info.run_id)


def _log_points(points: Sequence[CurvePoint]) -> None:
    for point in points:
        name = {SIZES: "macro_f1", IN_ORDER: "macro_f1_in_order"}.get(point.series)
        if name is None:
            mlflow.log_metric(f"{point.task}/macro_f1_{point.part}_alone", point.mean)
            continue
        values = {"": point.mean, "_low": min(point.macro_f1), "_high": max(point.macro_f1)}
        for ending, value in values.items():
            if point.series == SIZES or not ending:
                mlflow.log_metric(f"{point.task}/{name}{ending}", value, step=point.sentences)


def _row(point: CurvePoint) -> tuple[str, str, int]:
    return point.series, point.part, point.sentences


def _row_name(series: str, part: str, sentences: int) -> str:
    if series == ALONE:
        return f"{sentences} of {part}"
    if series == IN_ORDER:
        return f"slices {part} ({sentences:,})"
    return f"{sentences:,} written sentences" if sentences else "no written sentence"


def _cell(point: CurvePoint) -> str:
    if len(point.macro_f1) == 1:
        return f"{point.mean:.2f}"
    return f"{point.mean:.2f} [{min(point.macro_f1):.2f}, {max(point.macro_f1):.2f}]"


def _draw(axes: Axes, points: Sequence[CurvePoint], colour: str) -> None:
    sizes = [point.sentences for point in points]
    axes.plot(sizes, [p.mean for p in points], color=colour, marker="o", label=points[0].system)
    low, high = [min(p.macro_f1) for p in points], [max(p.macro_f1) for p in points]
    axes.fill_between(sizes, low, high, color=colour, alpha=0.18, linewidth=0)
