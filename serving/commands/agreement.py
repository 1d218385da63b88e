"""`stancekit labels agreement`: how far annotators agree, and where they do not."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stancekit.labels.agreement import Agreement, agreement_table, cell_agreement
from stancekit.labels.annotation import (
    Adjudication,
    Annotation,
    disagreements,
    read_adjudications,
    read_annotations,
    read_annotators,
)
from stancekit.labels.codebook import read_codebook
from stancekit.labels.errors import DataError, InputError
from stancekit.labels.sentences import Sentence, read_sentences
from stancekit.serving.commands.folder import OWN, Folder

CELL = "cell"


def agreement(
    folder: Folder = OWN,
    authored: Annotated[
        bool, typer.Option("--authored", help="Of the sentences written for training.")
    ] = False,
    own: Annotated[
        Path | None,
        typer.Option(
            "--annotations",
            help="A folder of your annotators' labels, as `labels import` writes it.",
            show_default=False,
        ),
    ] = None,
    texts: Annotated[
        Path | None,
        typer.Option("--sentences", help="The sentences they labelled.", show_default=False),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            help="Apart for each value of a detail, such as register; or for each cell, which is"
            " one label of every task.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.", min=0)] = 0,
    replicates: Annotated[int, typer.Option(help="Bootstrap replicates.", min=100)] = 2000,
) -> None:
    """Show how far the annotators agree beyond chance, and every sentence on which they do not."""
    book = read_codebook(folder / "codebook.toml")
    if (own is None) != (texts is None):
        raise InputError("--annotations and --sentences go together")
    place = folder / "slices" if authored else folder
    annotations = read_annotations(own or place / "annotations", book)
    settled = read_adjudications(place / "adjudication.jsonl", book) if own is None else {}
    sentences = {s.id: s for s in read_sentences(texts or folder / "sentences.jsonl", book)}
    unknown = sorted({id_ for given in annotations.values() for id_ in given} - set(sentences))
    if unknown:
        raise DataError(f"{own or place}: '{unknown[0]}' is annotated but not among the sentences")
    known = read_annotators(own or place / "annotations")
    console = Console(highlight=False)
    for name in annotations:
        kind = known[name].kind if name in known else "of a kind not stated"
        console.print(f"{name}: {kind}, {len(annotations[name])} sentences", markup=False)
    console.print(_agreement(agreement_table(annotations, book, replicates, seed)))
    if by == CELL:
        console.print(_agreement(cell_agreement(annotations, book, replicates, seed)))
    for value, part in _parts(annotations, sentences, by).items():
        console.print(f"\n{by}: {value}", style="bold", markup=False)
        console.print(_agreement(agreement_table(part, book, replicates, seed)))
    found = disagreements(annotations, book)
    console.print(
        f"95 % intervals: {replicates} bootstrap draws of sentences, seed {seed}.", style="dim"
    )
    console.print(f"\n{len(found)} disagreements", style="bold")
    for entry in found:
        console.print(Text(f"\n{entry.id}  {entry.task}", style="bold"))
        console.print(Text("  " + " ".join(sentences[entry.id].text.split())))
        given = ", ".join(f"{who}: {label}" for who, label in entry.labels.items())
        console.print(Text(f"  {given}", style="dim"))
        console.print(Text(f"  {_settled(settled.get((entry.id, entry.task)))}"))


def _parts(
    annotations: dict[str, dict[str, Annotation]], sentences: dict[str, Sentence], by: str | None
) -> dict[str, dict[str, dict[str, Annotation]]]:
    """Return value of the detail `by` -> annotations of the sentences that have it."""
    if by in (None, CELL):
        return {}
    ids = {id_ for own in annotations.values() for id_ in own}
    values = sorted({sentences[id_].details[by] for id_ in ids if by in sentences[id_].details})
    if not values:
        given = sorted({name for id_ in ids for name in sentences[id_].details})
        raise DataError(f"--by {by}: these sentences have {', '.join(given) or 'no details'}")
    return {
        value: {
            who: {id_: row for id_, row in own.items() if sentences[id_].details.get(by) == value}
            for who, own in annotations.items()
        }
        for value in values
    }


def _agreement(rows: list[Agreement]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("task and label")
    for name in ("sentences", "agreeing pairs", "Krippendorff's alpha", "Gwet's AC1"):
        table.add_column(name, justify="right")
    for row in rows:
        cell = Text(f"  {row.label}") if row.label else Text(row.task, style="bold")
        table.add_row(cell, str(row.units), f"{row.observed:.1%}", str(row.alpha), str(row.ac1))
    return table


def _settled(adjudication: Adjudication | None) -> str:
    if adjudication is None:
        return "not settled"
    return f"-> {adjudication.label}: {adjudication.reason}"
