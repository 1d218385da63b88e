"""`stancekit estimate`: the shares of labels in a file of scores, by group and over time."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from stancekit.labels.errors import InputError
from stancekit.serving.commands.folder import check_not_read
from stancekit.serving.commands.model_option import Model
from stancekit.serving.registry import known_errors
from stancekit.serving.terminal import stderr
from stancekit.serving.writers import check_output


class Method(StrEnum):
    """How a share is estimated."""

    COUNT = "count"
    ADJUSTED = "adjusted"
    EM = "em"
    SAMPLE = "sample"


class Unit(StrEnum):
    """What counts the same."""

    SENTENCE = "sentence"
    DOCUMENT = "document"


class Span(StrEnum):
    """How long a period is."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


def estimate(
    scores: Annotated[
        Path,
        typer.Argument(
            help="What `stancekit score --out` wrote (.parquet, .csv, .jsonl).", show_default=False
        ),
    ],
    by: Annotated[
        list[str] | None,
        typer.Option(
            help="A metadata column to group by. Can be given more than once.", show_default=False
        ),
    ] = None,
    over: Annotated[
        Span | None, typer.Option(help="Periods to group by.", show_default="all time as one")
    ] = None,
    date_column: Annotated[
        str, typer.Option(help="The metadata column with ISO dates, for --over.")
    ] = "date",
    unit: Annotated[
        Unit, typer.Option(help="What counts the same: every sentence, or every document.")
    ] = Unit.SENTENCE,
    method: Annotated[
        list[Method] | None,
        typer.Option(
            help="How to estimate. Can be given more than once.",
            show_default="all; sample with --labels only",
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            help="Your labels of the sentences that `stancekit labels next --design` drew.",
            show_default=False,
        ),
    ] = None,
    model: Model = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Write a row an estimate to a .jsonl, .csv or .parquet file.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Estimate the share of each label, with 95 % intervals: counted, and corrected for errors.

    `count` counts predictions, with the bias of the model's errors. `adjusted` and `em` correct
    them by the errors on the held-out sentences in the bundle, and hold as far as the model errs
    on these documents as on those. `sample` needs labels of your own, and assumes nothing.
    """
    from stancekit.serving.estimates.cells import cells_of  # noqa: PLC0415
    from stancekit.serving.estimates.estimate import estimate_cells  # noqa: PLC0415
    from stancekit.serving.estimates.files import write_estimates  # noqa: PLC0415
    from stancekit.serving.estimates.own_labels import read_own_labels  # noqa: PLC0415
    from stancekit.serving.estimates.page import estimate_table, notes  # noqa: PLC0415
    from stancekit.serving.score_table import read_score_table  # noqa: PLC0415

    if out is not None:
        check_output(out)
        check_not_read(out, [path for path in (scores, labels) if path is not None])
    methods = list(dict.fromkeys(method or [m for m in Method if labels or m != Method.SAMPLE]))
    if Method.SAMPLE in methods and labels is None:
        raise InputError("--method sample: needs labels of your own (--labels)")
    if labels is not None and Method.SAMPLE not in methods:
        raise InputError("--labels: are for --method sample, which is not asked for")
    manifest, held_out = known_errors(model)
    table = read_score_table(scores, manifest.codebook, manifest.id[:12])
    own = None if labels is None else read_own_labels(labels, table)
    columns = list(by or ())
    cells = cells_of(table, columns, over, date_column)
    found = estimate_cells(table, cells, held_out, unit=unit, methods=methods, own=own)
    console = stderr()
    if out is None:
        page = estimate_table(found, columns)
        # A figure that is cut off is none; a narrow terminal breaks the lines itself.
        needed = Console(width=1000).measure(page).maximum
        Console(highlight=False, width=max(needed, console.width)).print(page)
    else:
        write_estimates(out, found, columns)
        console.print(f"{len(found):,} estimates -> {out}", style="dim", markup=False)
    if cells.undated:
        documents = "1 document" if cells.undated == 1 else f"{cells.undated:,} documents"
        line = f"{documents} left out: column '{date_column}' does not say the {over}"
        console.print(line, markup=False, soft_wrap=True)
    if own is not None and own.unlabelled:
        line = f"{own.unlabelled:,} of {len(own.rows):,} drawn sentences lack a label of some task"
        console.print(line, markup=False, soft_wrap=True)
    for note in notes(found):
        console.print(note, style="dim", markup=False, soft_wrap=True)
