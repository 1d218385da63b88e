"""Where commands read and write labels: the released folder or a user's own, files of sentences."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

import stancekit.labels
from stancekit.labels.codebook import Codebook, read_codebook, released_codebook
from stancekit.labels.errors import InputError

__all__ = ["OWN", "Folder", "check_not_read", "check_sentences_file", "chosen_codebook"]

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


def check_not_read(out: Path, read: Iterable[Path]) -> None:
    """Raise InputError if `out` is one of the files that are `read`."""
    if out.resolve() in {path.resolve() for path in read}:
        raise InputError(f"{out}: would be written over; choose another name for --out")


def chosen_codebook(path: Path | None) -> Codebook:
    """Return the codebook that an option names, the released one if it names none."""
    return released_codebook() if path is None else read_codebook(path)
