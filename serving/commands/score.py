"""`stancekit score`: articles in, a table on the terminal or a file of scores out."""

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import Annotated

import typer
from rich.console import Console

from stancekit.labels.errors import InputError
from stancekit.models.conformal import ERROR_RATE
from stancekit.serving.batch import Done, Watch, errors_file, score_into, scored_chunks
from stancekit.serving.chunks import Position
from stancekit.serving.classifier import Classifier
from stancekit.serving.commands.interruption import INTERRUPTED, interruptions
from stancekit.serving.commands.model_option import Model
from stancekit.serving.document import SetAside
from stancekit.serving.documents import SUFFIXES, ReadingOptions, find_files
from stancekit.serving.inputs import Inputs
from stancekit.serving.journal import Journal
from stancekit.serving.likeness import Likeness, Reference
from stancekit.serving.progress import Meter, metered
from stancekit.serving.tally import Tally
from stancekit.serving.terminal import article, stderr, summary
from stancekit.serving.writers import check_output

STANDARD_INPUT = Path("-")
ANY = "any"
SOME_SET_ASIDE = 3
SHOWN = 10
"""Documents set aside that are named on the terminal where a file lists all of them."""


def score(
    articles: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files, folders, patterns such as 'news/**/*.html', or - for standard input.",
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
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with a run for the same --out that was stopped."),
    ] = False,
    model: Model = None,
    text_column: Annotated[
        str, typer.Option(help="Column or key that holds the text, in tables.")
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
    language: Annotated[
        str,
        typer.Option(help="Set aside what is in another language; 'any' scores everything."),
    ] = "en",
    input_format: Annotated[
        str, typer.Option(help="What standard input holds: txt, md, jsonl, csv and so on.")
    ] = "txt",
    threads: Annotated[
        int, typer.Option(help="Processor cores that the model may use; 0: all.", min=0)
    ] = 0,
    error_rate: Annotated[
        float, typer.Option(help="How often the set of labels may miss the right one.")
    ] = ERROR_RATE,
) -> None:
    """Say of each sentence which label of each task it has, and how probable every label is.

    Headings, captions and bylines are recognised by their form and left out. Documents that cannot
    be scored are set aside with their reasons while the others go on; the exit code is 3 then. A
    sentence whose set has more labels than one is undecided (? on the terminal); `stancekit bundle
    promises` says what the sets rest on.
    """
    options = ReadingOptions(
        text_column, id_column, one_sentence, None if language == ANY else language
    )
    if resume and out is None:
        raise InputError("--resume: expected an --out, whose run it goes on with")
    inputs = _inputs(articles, options, out, input_format)
    if out is not None:
        check_output(out)
    classifier = Classifier.load(model, threads=threads, error_rate=error_rate)
    with interruptions() as asked:
        if out is None:
            _show(classifier, inputs)
        else:
            _write(out, classifier, inputs, resume, asked)


def _inputs(
    articles: list[Path] | None, options: ReadingOptions, out: Path | None, input_format: str
) -> Inputs:
    paths = articles or [STANDARD_INPUT]
    if not articles and sys.stdin.isatty():
        raise InputError("score: expected a file, a folder, or text on standard input")
    written = [out, errors_file(out)] if out is not None else []
    try:
        files = find_files([path for path in paths if path != STANDARD_INPUT], written)
    except OSError as fault:
        raise InputError(f"{fault.filename}: cannot be read ({fault.strerror})") from None
    suffix = f".{input_format.lower().lstrip('.')}"
    if suffix not in SUFFIXES:
        expected = ", ".join(own.lstrip(".") for own in SUFFIXES)
        raise InputError(f"--input-format {input_format}: expected one of {expected}")
    return Inputs(files, suffix if STANDARD_INPUT in paths else None, options)


def _show(classifier: Classifier, inputs: Inputs) -> None:
    """Show each document as soon as it is scored."""
    console, errors = Console(highlight=False), stderr()
    tally = Tally(classifier.codebook, Reference.of(classifier.bundle))
    for scored in scored_chunks(classifier, inputs, Position()):
        scored.count(tally)
        for document in scored.documents:
            console.print(article(document, classifier.codebook))
        for own in scored.chunk.set_aside:
            errors.print(_reason(own), markup=False, soft_wrap=True)
    if tally.sentences:
        console.print(summary(tally, classifier.sets))
    _warn(tally, errors)
    _end(tally)


def _write(out: Path, classifier: Classifier, inputs: Inputs, resume: bool, asked: Event) -> None:
    console = stderr()
    meter = Meter(inputs.size())
    try:
        with metered(meter, console) as watch:
            done = score_into(
                out,
                classifier,
                inputs,
                resume=resume,
                begun=meter.begun,
                watch=_stopping(watch, asked),
            )
    except KeyboardInterrupt:
        _stop(out, inputs, meter)
    _report(done, classifier, out, console)
    _end(done.tally)


def _stopping(watch: Watch, asked: Event) -> Watch:
    def watch_and_stop(size: int, sentences: int, set_aside: int) -> None:
        watch(size, sentences, set_aside)
        if asked.is_set():
            raise KeyboardInterrupt

    return watch_and_stop


def _report(done: Done, classifier: Classifier, out: Path, console: Console) -> None:
    if done.tally.sentences:
        Console(highlight=False).print(summary(done.tally, classifier.sets))
        count = done.tally.sentences
        line = f"{count:,} {'row' if count == 1 else 'rows'} -> {out}"
        console.print(line, style="dim", markup=False, soft_wrap=True)
    for own in done.set_aside[:SHOWN]:
        console.print(_reason(own), markup=False, soft_wrap=True)
    if len(done.set_aside) > SHOWN:
        console.print(f"and {len(done.set_aside) - SHOWN:,} more", markup=False)
    if done.errors is not None:
        line = f"{len(done.set_aside):,} set aside -> {done.errors}"
        console.print(line, style="dim", markup=False, soft_wrap=True)
    _warn(done.tally, console)


def _warn(tally: Tally, console: Console) -> None:
    """Say in one sentence how what was scored differs from the training text, if it does."""
    warning = Likeness.of(tally.likeness).warning if tally.sentences else ""
    if warning:
        console.print(f"Warning: {warning}", style="yellow", markup=False, soft_wrap=True)


def _reason(own: SetAside) -> str:
    return f"stancekit: {own.place or own.document}: {own.reason}"


def _end(tally: Tally) -> None:
    """Leave with 3 if some documents were set aside, 2 if nothing was scored at all."""
    if tally.sentences == 0:
        if tally.set_aside == 0:
            raise InputError("there is no document to score")
        raise typer.Exit(2)
    if tally.set_aside:
        raise typer.Exit(SOME_SET_ASIDE)


def _stop(out: Path, inputs: Inputs, meter: Meter) -> None:
    """Say how to go on, and leave without waiting for what the model is at."""
    folder = Journal.folder_of(out)
    if folder.exists():
        command = _command([*sys.argv[1:]])
        line = f"stopped after {meter.sentences:,} sentences; to go on: {command}"
    elif inputs.can_be_read_again:
        line = "stopped before anything was kept"
    else:
        line = "stopped; standard input cannot be gone on with, nothing was kept"
    sys.stderr.write(f"stancekit: {line}\n")
    sys.stderr.flush()
    os._exit(INTERRUPTED)


def _command(arguments: Sequence[str]) -> str:
    again = [*arguments, *([] if "--resume" in arguments else ["--resume"])]
    return shlex.join(["stancekit", *again])
