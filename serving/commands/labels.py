"""`stancekit labels`: the codebook, the labelled sentences, and how far annotators agree."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stancekit.labels.codebook import Task, read_codebook
from stancekit.labels.contrast import build_contrast, check_contrast
from stancekit.labels.errors import DataError
from stancekit.labels.gold import build_sentences, check_sentences
from stancekit.labels.sentences import (
    Sentence,
    dataset_digest,
    labelled,
    write_lines,
)
from stancekit.serving.commands import agreement, exchange, selection, voices, words
from stancekit.serving.commands.folder import OWN, Folder

app = typer.Typer(
    help="The codebook, the labelled sentences, agreement, and labels of your own.",
    no_args_is_help=True,
)

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
def check(folder: Folder = OWN, seeds: Seeds = OWN.parent / "seeds") -> None:
    """Check sentences, offsets, annotations and labels against documents and codebook."""
    book = read_codebook(folder / "codebook.toml")
    _need(seeds)
    sentences = check_sentences(seeds, folder, book)
    content = labelled(sentences, book)
    pairs = check_contrast(folder, book)
    console = Console(highlight=False)
    console.print(_counts(content, book.tasks))
    console.print(
        f"{len(sentences)} rows, {len(content)} of them labelled sentences:"
        " all follow from their sources"
    )
    if pairs:
        console.print(f"{len(pairs)} contrast pairs, {sum(pair.flips for pair in pairs)} that flip")
    console.print(f"dataset {dataset_digest(content)}")


@app.command()
def build(folder: Folder = OWN, seeds: Seeds = OWN.parent / "seeds") -> None:
    """Make sentences.jsonl and contrast.jsonl anew from documents, annotations, adjudication."""
    book = read_codebook(folder / "codebook.toml")
    _need(seeds)
    sentences = build_sentences(seeds, folder, book)
    pairs = build_contrast(folder / "pairs", book)
    write_lines(folder / "sentences.jsonl", sentences)
    console = Console(highlight=False)
    console.print(f"{len(sentences)} rows -> {folder / 'sentences.jsonl'}")
    if pairs:
        write_lines(folder / "contrast.jsonl", pairs)
        console.print(f"{len(pairs)} pairs -> {folder / 'contrast.jsonl'}")


app.command("agreement")(agreement.agreement)
app.command("words")(words.words)
app.command("voices")(voices.voices)
app.command("export")(exchange.export_sentences)
app.command("import")(exchange.import_sentences)
app.command("next")(selection.next_sentences)
app.command("suspicious")(selection.suspicious)


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
