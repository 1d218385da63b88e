"""`stancekit compare`: the runs of the experiment, each beside the champion of its codebook."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from stancekit.serving.commands.extras import training

if TYPE_CHECKING:
    from stancekit.training.comparison import ComparedRun


def compare(
    runs: Annotated[
        list[str] | None,
        typer.Argument(help="Run ids or beginnings of them. Without any, the last runs."),
    ] = None,
    limit: Annotated[int, typer.Option(help="How many of the last runs.", min=1)] = 20,
) -> None:
    """Show runs as a table: macro-F1, paired difference to the champion, data, recipe.

    The champion is that of the run's own codebook.
    """
    with training("compare"):
        from stancekit.training.comparison import compare_runs  # noqa: PLC0415
        from stancekit.training.store import connect  # noqa: PLC0415

        store = connect(create=False)
        compared = compare_runs(runs or [], limit)
    console = Console(highlight=False)
    console.print(_table(compared))
    console.print(
        "difference: macro-F1 minus the champion's on the same sentences, paired bootstrap, 95 %",
        style="dim",
    )
    Console(highlight=False, soft_wrap=True).print(f"store: {store}", style="dim")


def _table(runs: "list[ComparedRun]") -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    headings = ("run\nstarted (UTC)", "dataset\nrecipe", "task", "macro-F1 \\[95 %]", "difference")
    for heading in headings:
        table.add_column(heading)
    for run in runs:
        scores = [str(score).replace("[", r"\[") for score in run.macro_f1.values()]
        differences = [_difference(run, task).replace("[", r"\[") for task in run.macro_f1]
        table.add_row(
            f"{run.run_id[:8]} {run.name}\n{run.started:%Y-%m-%d %H:%M}",
            f"{run.dataset_digest[:8]}\n{run.recipe_digest[:8]}",
            "\n".join(run.macro_f1),
            "\n".join(scores),
            "\n".join(differences),
        )
    return table


def _difference(run: "ComparedRun", task: str) -> str:
    if run.is_champion:
        return "champion"
    comparison = run.differences.get(task)
    if comparison is None:
        return "no champion"
    if not comparison.shared:
        return "no sentence in common"
    interval = comparison.difference
    shown = f"{interval.value:+.2f} [{interval.low:+.2f}, {interval.high:+.2f}]"
    if comparison.enough:
        return shown
    return f"{shown} on {comparison.shared} of {comparison.judged}"
