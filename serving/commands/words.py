"""`stancekit labels words`: which words stand with one label more than chance would have it."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from stancekit.labels.association import associations
from stancekit.labels.codebook import read_codebook
from stancekit.labels.sentences import AUTHORED, labelled, read_sentences
from stancekit.serving.commands.folder import OWN, Folder


def words(
    folder: Folder = OWN,
    authored: Annotated[
        bool, typer.Option("--authored", help="Of the sentences written for training.")
    ] = False,
    fewest: Annotated[int, typer.Option(help="Only words in so many sentences.", min=1)] = 15,
    limit: Annotated[int, typer.Option(help="How many words of each label.", min=1)] = 12,
) -> None:
    """List the words that stand with one label more than chance would have it."""
    book = read_codebook(folder / "codebook.toml")
    content = labelled(read_sentences(folder / "sentences.jsonl", book), book)
    chosen = [s for s in content if not authored or s.origin == AUTHORED]
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("task", "label", "words, with their sentences of that label / of all"):
        table.add_column(name)
    for task in book.tasks:
        found = associations(chosen, task.name, fewest)
        for label in task.label_names:
            own = [a for a in found if a.label == label][:limit]
            listed = ", ".join(f"{a.word} {a.count}/{a.total}" for a in own)
            table.add_row(task.name if label == task.label_names[0] else "", label, listed)
    Console(highlight=False).print(table)
    console = Console(highlight=False)
    console.print("By pointwise mutual information, the closest first.", style="dim")
