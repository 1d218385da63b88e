"""`stancekit compare`: runs, each beside the champion of its codebook, as table and as page."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stancekit.labels.errors import InputError
from stancekit.labels.sentences import write_text
from stancekit.serving.commands.extras import training
from stancekit.serving.terminal import stderr

MAKER = "stancekit compare"

if TYPE_CHECKING:
    from stancekit.labels.codebook import Codebook
    from stancekit.training.comparison import ComparedRun


def compare(
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            help="Run ids, beginnings of them, or names of recipes (the newest run counts)."
            " Without any, the last runs."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(help="How many of the last runs.", min=1)] = 20,
    by: Annotated[
        list[str] | None,
        typer.Option(
            help="Show scores by label, by document, or by a detail of the sentences such as"
            " register, too. Can be given more than once.",
            show_default=False,
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(help="Write a page with pictures to this file, too.", show_default=False),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            help="Write a Markdown table to this file, too: between the lines <!-- made by"
            " stancekit compare --> and <!-- end of what stancekit compare made --> where it has"
            " them, else in place of the file.",
            show_default=False,
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            help="The run or recipe whose scores the table subtracts.", show_default=False
        ),
    ] = None,
) -> None:
    """Show runs as a table: macro-F1, paired difference to the champion, data, recipe.

    The champion is that of the run's own codebook. Beside --table, what makes its runs hard to
    compare is told on standard error.
    """
    if against is not None and table is None:
        raise InputError("--against: says what the table of --table subtracts; give --table, too")
    groupings = list(dict.fromkeys(by or []))
    with training("compare"):
        from stancekit.training.comparison import compare_runs  # noqa: PLC0415
        from stancekit.training.comparison_page import comparison_page  # noqa: PLC0415
        from stancekit.training.groups import check_grouping  # noqa: PLC0415
        from stancekit.training.marked_section import has_section, replace_section  # noqa: PLC0415
        from stancekit.training.results_table import results_table  # noqa: PLC0415
        from stancekit.training.run_differences import (  # noqa: PLC0415
            missing_champions,
            warnings_of,
        )
        from stancekit.training.store import connect  # noqa: PLC0415

        store = connect(create=False)
        compared = compare_runs(runs or [], limit)
        # Runs of another codebook than the newest one's are shown without what cannot be compared.
        codebook = compared[0].codebook
        for name in groupings:
            check_grouping(name, [run.judged for run in compared])
        notes = missing_champions(compared)
        has_place = table is not None and has_section(table, MAKER)
        if html is not None:
            page = comparison_page(compared, codebook, store, datetime.now(UTC), groupings)
            write_text(html, page)
        if table is not None:
            other = compare_runs([against])[0] if against else None
            rows = results_table(compared, codebook, other)
            if has_place:
                replace_section(table, MAKER, rows)
            else:
                write_text(table, rows)
            known = {run.run_id for run in compared}
            shown = [*compared, other] if other and other.run_id not in known else compared
            notes += warnings_of(shown)
    for note in notes:
        stderr().print(f"stancekit: {note}", markup=False, soft_wrap=True)
    console = Console(highlight=False)
    console.print(_table(compared))
    console.print(
        "difference: macro-F1 minus the champion's on the same sentences, paired bootstrap, 95 %",
        style="dim",
    )
    for name in groupings:
        _show_groups(console, compared, name, codebook)
    last = Console(highlight=False, soft_wrap=True)
    last.print(f"store: {store}", style="dim", markup=False)
    if html is not None:
        last.print(f"page: {html}", style="dim", markup=False)
    if table is not None:
        last.print(f"table: {table}", style="dim", markup=False)


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
    shown = comparison.difference.signed()
    if comparison.enough:
        return shown
    return f"{shown} on {comparison.shared} of {comparison.judged}"


def _show_groups(
    console: Console, runs: "Sequence[ComparedRun]", by: str, codebook: "Codebook"
) -> None:
    from stancekit.training.comparison_tables import group_table  # noqa: PLC0415

    for task in codebook.tasks:
        groups = group_table(runs, task, by, seed=0)
        score = "F1" if by == "label" else "macro-F1"
        table = Table(box=None, pad_edge=False, header_style="dim", title_justify="left")
        table.title = Text(f"{task.name}: {score} by {by}")
        for column in (groups.corner, *(f"{cell.text}\n{cell.note}" for cell in groups.head)):
            table.add_column(Text(column), overflow="fold")
        for row in groups.rows:
            table.add_row(Text(row.name), *(Text(f"{c.text}\n{c.note}") for c in row.cells))
        console.print()
        console.print(table)
