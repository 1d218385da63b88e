"""The folder with labels that commands read: the released one, or a user's own."""

from pathlib import Path
from typing import Annotated

import typer

import stancekit.labels

__all__ = ["OWN", "Folder"]

OWN = Path(next(iter(stancekit.labels.__path__)))

Folder = Annotated[
    Path,
    typer.Option(
        "--labels",
        help="Folder with codebook.toml, sentences.jsonl, annotations/ and adjudication.jsonl.",
        show_default="the released ones",
    ),
]
