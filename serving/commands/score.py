"""`stancekit score`: articles in, a table on the terminal or a file of scores out."""

import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from stancekit.labels.errors import InputError
from stancekit.serving.classifier import Classifier
from stancekit.serving.commands.refusal import accepted
from stancekit.serving.document import Document
from stancekit.serving.documents import (
    SUFFIXES,
    ReadingOptions,
    find_files,
    read_documents,
    read_standard_input,
)
from stancekit.serving.records import records
from stancekit.serving.terminal import Tally, article, stderr, summary
from stancekit.serving.writers import check_output, write_records

STANDARD_INPUT = Path("-")


def score(
    articles: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files (.txt, .md, .jsonl, .csv), folders of them, or - for standard input.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Write the scores to a .jsonl, .csv or .parquet file.",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="A bundle folder, or models:/NAME@ALIAS of MLflow. [default: the released one]",
            show_default=False,
        ),
    ] = None,
    text_column: Annotated[
        str, typer.Option(help="Column or key that holds the text, in .csv and .jsonl.")
    ] = "text",
    id_column: Annotated[
        str | None,
        typer.Option(
            help="Column or key that names the document [default: id]", show_default=False
        ),
    ] = None,
    one_sentence: Annotated[
        bool,
        typer.Option("--one-sentence", help="Each text is one sentence already: do not cut it."),
    ] = False,
    input_format: Annotated[
        str, typer.Option(help="What standard input holds: txt, md, jsonl or csv.")
    ] = "txt",
) -> None:
    """Say of each sentence which label of each task it has, and how probable every label is.

    Headings, captions and bylines are recognised by their form and left out.
    """
    options = ReadingOptions(text_column, id_column, one_sentence)
    paths = _paths(articles)
    if out is not None:
        check_output(out)
    try:
        files = find_files([path for path in paths if path != STANDARD_INPUT])
    except OSError as fault:
        raise InputError(f"{fault.filename}: cannot be read ({fault.strerror})") from None
    if out is not None and out.resolve() in {path.resolve() for path in files}:
        raise InputError(f"{out}: is one of the files to score; choose another name for --out")
    suffix = f".{input_format.lower().lstrip('.')}"
    if suffix not in SUFFIXES:
        raise InputError(f"--input-format {input_format}: expected {', '.join(SUFFIXES)}")
    classifier = Classifier.load(model)
    tally = Tally(classifier.codebook)
    with _progress() as progress:
        documents = _documents(files, STANDARD_INPUT in paths, suffix, options, progress)
        scored = tally.passing(classifier.score_documents(documents))
        if out is not None:
            rows = chain.from_iterable(records(d, classifier.codebook) for d in scored)
            write_records(out, rows, classifier.codebook)
        else:
            # Everything is scored before anything is shown: a fault in the last file must not leave
            # half a table behind.
            shown = [article(document, classifier.codebook) for document in scored]
    console = Console(highlight=False)
    if out is None:
        for part in shown:
            console.print(part)
    console.print(summary(tally))
    if out is not None:
        stderr().print(f"{tally.sentences:,} rows -> {out}", style="dim")


def _paths(articles: list[Path] | None) -> list[Path]:
    if articles:
        return articles
    if sys.stdin.isatty():
        raise InputError("score: expected a file, a folder, or text on standard input")
    return [STANDARD_INPUT]


def _progress() -> Progress:
    console = stderr()
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _documents(
    files: list[Path],
    standard_input: bool,
    suffix: str,
    options: ReadingOptions,
    progress: Progress,
) -> Iterator[Document]:
    task = progress.add_task("files", total=len(files) + standard_input)
    if standard_input:
        yield from accepted(read_standard_input(suffix, options))
        progress.advance(task)
    for path in files:
        yield from accepted(read_documents(path, options))
        progress.advance(task)
