"""`stancekit labels`: the codebook, the labelled sentences, and how far annotators agree."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

import stancekit.labels
from stancekit.labels.agreement import Agreement, agreement_table
from stancekit.labels.annotation import (
    Adjudication,
    Annotation,
    disagreements,
    read_adjudications,
    read_annotations,
    read_annotators,
)
from stancekit.labels.codebook import Task, read_codebook
from stancekit.labels.errors import DataError
from stancekit.labels.gold import build_sentences, check_sentences
from stancekit.labels.sentences import (
    Sentence,
    dataset_digest,
    labelled,
    read_sentences,
    write_lines,
)

app = typer.Typer(help="The codebook, the labelled sentences, agreement.", no_args_is_help=True)

OWN = Path(next(iter(stancekit.labels.__path__)))

Folder = Annotated[
    Path,
    typer.Option(
        "--labels",
        help="Folder with codebook.toml, sentences.jsonl, annotations/ and adjudication.jsonl.",
        show_default="the released ones",
    ),
]
Seeds = Annotated[
    Path,
    typer.Option(
        help="Folder with the documents and sources.toml.", show_default="seeds beside labels"
    ),
]


@app.command()
def codebook(
    folder: Folder = OWN,
    markdown: Annotated[bool, typer.Option("--markdown", help="As Markdown, for a page.")] = False,
) -> None:
    """Show what the labels mean: questions, definitions, rules, examples."""
    book = read_codebook(folder / "codebook.toml")
    console = Console(highlight=False, soft_wrap=markdown)
    console.print(f"{book.title}, version {book.version} ({book.digest[:12]})", markup=False)
    console.print(f"Unit: {book.unit}", markup=False)
    console.print(f"Scope: {book.scope}", markup=False)
    for task in book.tasks:
        if markdown:
            console.print(_markdown(task), markup=False)
        else:
            console.print()
            console.print(_table(task))


@app.command()
def agreement(
    folder: Folder = OWN,
    authored: Annotated[
        bool, typer.Option("--authored", help="Of the sentences written for training.")
    ] = False,
    by: Annotated[
        str | None,
        typer.Option(
            help="Apart for each value of a detail, such as register.", show_default=False
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.", min=0)] = 0,
    replicates: Annotated[int, typer.Option(help="Bootstrap replicates.", min=100)] = 2000,
) -> None:
    """Show how far the annotators agree beyond chance, and every sentence on which they do not."""
    book = read_codebook(folder / "codebook.toml")
    place = folder / "slices" if authored else folder
    annotations = read_annotations(place / "annotations", book)
    settled = read_adjudications(place / "adjudication.jsonl", book)
    sentences = {s.id: s for s in read_sentences(folder / "sentences.jsonl", book)}
    unknown = sorted({id_ for own in annotations.values() for id_ in own} - set(sentences))
    if unknown:
        raise DataError(f"{place}: '{unknown[0]}' is annotated but not among the sentences")
    known = read_annotators(place / "annotations")
    console = Console(highlight=False)
    for name in annotations:
        kind = known[name].kind if name in known else "of a kind not stated"
        console.print(f"{name}: {kind}, {len(annotations[name])} sentences", markup=False)
    console.print(_agreement(agreement_table(annotations, book, replicates, seed)))
    for value, own in _parts(annotations, sentences, by).items():
        console.print(f"\n{by}: {value}", style="bold", markup=False)
        console.print(_agreement(agreement_table(own, book, replicates, seed)))
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
    if by is None:
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


@app.command()
def check(folder: Folder = OWN, seeds: Seeds = OWN.parent / "seeds") -> None:
    """Check sentences, offsets, annotations and labels against documents and codebook."""
    book = read_codebook(folder / "codebook.toml")
    _need(seeds)
    sentences = check_sentences(seeds, folder, book)
    content = labelled(sentences, book)
    console = Console(highlight=False)
    console.print(_counts(content, book.tasks))
    console.print(
        f"{len(sentences)} rows, {len(content)} of them labelled sentences:"
        " all follow from their sources"
    )
    console.print(f"dataset {dataset_digest(content)}")


@app.command()
def build(folder: Folder = OWN, seeds: Seeds = OWN.parent / "seeds") -> None:
    """Make sentences.jsonl anew from documents, annotations and adjudication."""
    book = read_codebook(folder / "codebook.toml")
    _need(seeds)
    sentences = build_sentences(seeds, folder, book)
    write_lines(folder / "sentences.jsonl", sentences)
    Console(highlight=False).print(f"{len(sentences)} rows -> {folder / 'sentences.jsonl'}")


def _need(seeds: Path) -> None:
    if not seeds.is_dir():
        raise DataError(
            f"{seeds}: there is no such folder; name the one with the documents (--seeds)"
        )


def _table(task: Task) -> Table:
    table = Table(title=f"{task.name}: {task.title}", title_justify="left", show_lines=True)
    table.add_column("", no_wrap=True)
    table.add_column("means", ratio=2)
    table.add_column("examples", ratio=3)
    table.caption = task.question
    for label in task.labels:
        examples = "\n".join(f"- {example}" for example in label.examples)
        name = Text(label.name, style=f"bold {label.colour}")
        table.add_row(name, Text(label.definition), Text(examples))
    for rule in task.rules:
        lines = [
            Text.assemble(f"- {example.text} ", (example.label, task.label(example.label).colour))
            for example in rule.examples
        ]
        table.add_row(rule.id, Text(rule.text), Text("\n").join(lines))
    return table


def _markdown(task: Task) -> str:
    lines = [f"\n## {task.name}: {task.title}\n", task.question, ""]
    lines += ["| | means | examples |", "|---|---|---|"]
    for label in task.labels:
        lines.append(f"| **{label.name}** | {label.definition} | {'<br>'.join(label.examples)} |")
    for rule in task.rules:
        examples = "<br>".join(f"{example.text} *{example.label}*" for example in rule.examples)
        lines.append(f"| {rule.id} | {rule.text} | {examples} |")
    return "\n".join(lines)


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


def _counts(sentences: list[Sentence], tasks: tuple[Task, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("document or slice", no_wrap=True)
    table.add_column("sentences", justify="right")
    for task in tasks:
        for label in task.label_names:
            table.add_column(f"{label}", justify="right")
    documents = list(dict.fromkeys(sentence.document for sentence in sentences))
    for name in [*documents, "all"]:
        own = [s for s in sentences if name in ("all", s.document)]
        counts = [
            str(sum(sentence.labels[task.name] == label for sentence in own))
            for task in tasks
            for label in task.label_names
        ]
        table.add_row(name, str(len(own)), *counts, style="bold" if name == "all" else "")
    return table
