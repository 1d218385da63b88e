"""`stancekit report`: scores in, one page with charts, quotations and method out."""

import os
import shlex
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from stancekit.labels.errors import InputError
from stancekit.models.bundle import read_held_out, read_training_text
from stancekit.models.manifest import read_manifest
from stancekit.serving.commands.estimate import Span, Unit
from stancekit.serving.commands.extras import reporting
from stancekit.serving.commands.model_option import Model
from stancekit.serving.likeness import Reference, likeness_of_table
from stancekit.serving.registry import find_bundle, is_registry_address

if TYPE_CHECKING:
    from stancekit.serving.report.contents import Options
    from stancekit.serving.score_table import ScoreTable

SENTENCES = 5
"""Of each label, how many are quoted unless the user says another number."""


def report(
    scores: Annotated[
        Path,
        typer.Argument(help="What `stancekit score --out` wrote: .parquet, .csv or .jsonl."),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="The page; its charts and tables go to a folder beside it."
        ),
    ],
    by: Annotated[
        list[str] | None,
        typer.Option(
            help="Show groups by this column, such as outlet. Can be given more than once.",
            show_default=False,
        ),
    ] = None,
    over: Annotated[
        Span | None, typer.Option(help="Show periods of this length.", show_default=False)
    ] = None,
    date_column: Annotated[
        str, typer.Option(help="Column of dates, as 2024, 2024-03 or 2024-03-11.")
    ] = "date",
    unit: Annotated[
        Unit, typer.Option(help="What counts the same: every sentence, or every document.")
    ] = Unit.SENTENCE,
    labels: Annotated[
        Path | None,
        typer.Option(
            help="Your labels of the sentences that `stancekit labels next --design` drew.",
            show_default=False,
        ),
    ] = None,
    sentences: Annotated[
        int, typer.Option(help="How many sentences of each label to quote.", min=0, max=20)
    ] = SENTENCES,
    title: Annotated[
        str, typer.Option(help="Heading of the page. [default: the codebook's]", show_default=False)
    ] = "",
    made: Annotated[
        str,
        typer.Option(
            "--date",
            help="Date to put on the page, as 2026-03-11. [default: that of SOURCE_DATE_EPOCH]",
            show_default=False,
        ),
    ] = "",
    model: Model = None,
) -> None:
    """Write a page to send or print: shares with intervals, over time, by group, and quotations.

    It needs nothing else, online or not. The charts as SVG and PNG and the tables as CSV lie beside
    it, in a folder named after the page.
    """
    dated = _dated(made)
    with reporting("report"):
        from stancekit.serving.report.contents import Options  # noqa: PLC0415
        from stancekit.serving.report.report import Request, write  # noqa: PLC0415

        options = Options(tuple(dict.fromkeys(by or ())), over, date_column, unit)
        title = title.strip()
        command = _command(
            scores,
            out,
            options,
            {
                "--labels": labels.name if labels else "",
                "--sentences": str(sentences) if sentences != SENTENCES else "",
                "--title": title,
                "--date": dated,  # also that of SOURCE_DATE_EPOCH
                "--model": _model_name(model),
            },
        )
        request = Request(command, title, dated, sentences, labels)
        with find_bundle(model) as folder:
            manifest = read_manifest(folder)
            held_out = read_held_out(folder, manifest)
            reference = Reference(read_training_text(folder, manifest), held_out)

        def warn(table: "ScoreTable") -> list[str]:
            warning = likeness_of_table(table, reference).warning
            return [warning] if warning else []

        files = write(scores, out, manifest, held_out, options, request, warn)
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"page: {out}", style="dim", markup=False)
    console.print(f"files: {files}", style="dim", markup=False)


def _dated(given: str) -> str:
    """Return the date asked for, else that of SOURCE_DATE_EPOCH, else nothing."""
    if given:
        try:
            return date.fromisoformat(given).isoformat()
        except ValueError:
            raise InputError(f"--date {given}: expected a date such as 2026-03-11") from None
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not seconds:
        return ""
    try:
        return datetime.fromtimestamp(int(seconds), UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        raise InputError(
            f"SOURCE_DATE_EPOCH: expected seconds since 1970, given '{seconds}'"
        ) from None


def _command(scores: Path, out: Path, options: "Options", given: Mapping[str, str]) -> str:
    """Return the command that gives the page again, without the folders of this machine.

    `given` are other options with their values, empty for those that were not given.
    """
    words = ["stancekit", "report", scores.name]
    for column in options.by:
        words += ["--by", column]
    words += ["--over", str(options.over)] if options.over else []
    words += ["--date-column", options.date_column] if options.date_column != "date" else []
    words += ["--unit", str(options.unit)] if options.unit != Unit.SENTENCE else []
    words += [word for option, value in given.items() if value for word in (option, value)]
    return shlex.join([*words, "--out", out.name])


def _model_name(model: str | None) -> str:
    """Return what `--model` was given, a folder by its name."""
    if model is None or is_registry_address(model):
        return model or ""
    return Path(model).absolute().name
