"""`stancekit labels next | suspicious`: what to label next, and which labels to read again."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stancekit.labels.codebook import released_codebook
from stancekit.labels.errors import InputError
from stancekit.labels.sentences import labelled, read_sentences, released_sentences, write_lines
from stancekit.serving.classifier import Classifier
from stancekit.serving.commands.extras import training
from stancekit.serving.commands.folder import check_not_read, check_sentences_file, chosen_codebook
from stancekit.serving.commands.model_option import Model
from stancekit.serving.commands.refusal import accepted
from stancekit.serving.documents import ReadingOptions, find_files, read_documents
from stancekit.serving.selection import candidates, select
from stancekit.serving.terminal import stderr


def next_sentences(
    articles: Annotated[
        list[Path],
        typer.Argument(
            help="Files (.txt, .md, .jsonl, .csv) or folders of them.", show_default=False
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="A .jsonl file for the sentences chosen.", show_default=False
        ),
    ] = None,
    count: Annotated[int, typer.Option(help="How many sentences to choose.", min=1)] = 50,
    labelled_already: Annotated[
        list[Path] | None,
        typer.Option(
            "--labelled",
            help="Labelled sentences, not to be chosen again. Can be given more than once.",
            show_default=False,
        ),
    ] = None,
    model: Model = None,
    text_column: Annotated[
        str, typer.Option(help="Column or key that holds the text, in .csv and .jsonl.")
    ] = "text",
    one_sentence: Annotated[
        bool,
        typer.Option("--one-sentence", help="Each text is one sentence already: do not cut it."),
    ] = False,
    design: Annotated[
        bool,
        typer.Option(
            "--design",
            help="Draw a probability sample instead, of articles or of a file of scores, from which"
            " `stancekit estimate --labels` estimates shares.",
        ),
    ] = False,
    by: Annotated[
        list[str] | None,
        typer.Option(
            help="With --design, a metadata column: draw as many of each of its values.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of what is left to chance.", min=0)] = 0,
) -> None:
    """Choose the sentences that are most worth labelling: unsure, and unlike each other."""
    if design:
        _draw(articles, out, count, by, seed, model, labelled_already, text_column, one_sentence)
        return
    if by:
        raise InputError("--by: goes with --design")
    files = find_files(articles)
    if out is not None:
        check_sentences_file(out)
        check_not_read(out, [*files, *(labelled_already or ())])
    classifier = Classifier.load(model)
    options = ReadingOptions(text_column, None, one_sentence)
    documents = accepted(item for path in files for item in read_documents(path, options))
    known_files = list(labelled_already or ())
    if classifier.codebook.digest == released_codebook().digest:
        known_files.append(released_sentences())
    known = [
        sentence.text
        for path in known_files
        for sentence in read_sentences(path, classifier.codebook)
        if sentence.labels
    ]
    with stderr().status("scoring"):
        found = list(candidates(classifier.score_documents(documents), known))
        chosen = select(found, count, seed)
    if out is not None:
        write_lines(out, [candidate.sentence for candidate in chosen])
        stderr().print(
            f"{len(chosen):,} of {len(found):,} sentences -> {out}", style="dim", markup=False
        )
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("unsure", justify="right")
    table.add_column("sentence")
    for candidate in chosen:
        text = " ".join(candidate.sentence.text.split())
        place = Text(candidate.sentence.id, style="dim", overflow="fold")
        table.add_row(f"{candidate.uncertainty:.2f}", Text.assemble(text, "\n", place))
    Console(highlight=False).print(table)


def _draw(
    sources: list[Path],
    out: Path | None,
    count: int,
    by: list[str] | None,
    seed: int,
    model: str | None,
    labelled_already: list[Path] | None,
    text_column: str,
    one_sentence: bool,
) -> None:
    # Reading scores takes longer to import than most commands run.
    from stancekit.serving.commands.design import write_design  # noqa: PLC0415

    if out is None:
        raise InputError("--design: expected an --out for the sentences that are drawn")
    if labelled_already:
        raise InputError("--labelled: a probability sample (--design) leaves nothing out")
    check_sentences_file(out)
    options = ReadingOptions(text_column, None, one_sentence)
    write_design(sources, out, count, by or (), seed, model, options)


def suspicious(
    sentences: Annotated[
        list[Path] | None,
        typer.Argument(help="Labelled sentences.", show_default="the released ones"),
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(help="The recipe of the models that doubt.", show_default="the baseline's"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="A .jsonl file for all of them.", show_default=False),
    ] = None,
    with_released: Annotated[
        bool,
        typer.Option(
            "--with-released",
            help="Train on the released sentences, too; yours alone are listed.",
        ),
    ] = False,
    limit: Annotated[int, typer.Option(help="How many to show.", min=1)] = 20,
    codebook: Annotated[
        Path | None, typer.Option(help="A codebook.toml.", show_default="the released one")
    ] = None,
) -> None:
    """List the labels that models doubt which were trained without them; nothing is changed."""
    if out is not None:
        check_not_read(out, sentences or [released_sentences()])
    with training("labels suspicious"):
        from stancekit.training.recipe import read_recipe, released_recipe  # noqa: PLC0415
        from stancekit.training.suspicious import suspicious_labels  # noqa: PLC0415

        book = chosen_codebook(codebook)
        chosen = read_recipe(recipe or released_recipe("tfidf"))
        rows = [
            sentence
            for path in sentences or [released_sentences()]
            for sentence in read_sentences(path, book)
            if sentence.labels
        ]
        own = {sentence.id for sentence in rows}
        if with_released and sentences:
            released = labelled(read_sentences(released_sentences(), book), book)
            rows += [sentence for sentence in released if sentence.id not in own]
        with stderr().status("training without each document and slice"):
            found = [d for d in suspicious_labels(chosen, rows, book) if d.id in own]
        if out is not None:
            write_lines(out, found)
    flagged = sum(doubt.flagged for doubt in found)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("support", "task", "label", "models say", "sentence"):
        table.add_column(name)
    for doubt in found[:limit]:
        text = " ".join(doubt.text.split())
        place = Text(doubt.id, style="dim", overflow="fold")
        table.add_row(
            f"{doubt.support:.2f}",
            doubt.task,
            doubt.label,
            doubt.predicted,
            Text.assemble(text, "\n", place),
        )
    console = Console(highlight=False)
    console.print(table)
    console.print(
        f"{flagged:,} of {len(found):,} labels are doubted by models of recipe '{chosen.name}'."
        " A doubt is a reason to read a sentence again, not to change its label."
    )
