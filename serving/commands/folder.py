"""Where commands read and write labels: the released folder or a user's own, files of sentences."""

from pathlib import Path
from typing import Annotated

import typer

import stancekit.labels
from stancekit.labels.errors import InputError

__all__ = ["OWN", "Folder", "check_sentences_file"]

OWN = Path(next(iter(stancekit.labels.__path__)))

Folder = Annotated[
    Path,
    typer.Option(
        "--labels",
        help="Folder with codebook.toml, sentences.jsonl, annotations/ and adjudication.jsonl.",
        show_default="the released ones",
    ),
]


def check_sentences_file(path: Path) -> None:
    """Raise InputError if `path` is not named like a file of sentences."""
    if path.suffix.lower() != ".jsonl":
        raise InputError(f"{path}: sentences are written as .jsonl; choose a name that ends so")
