"""A CSV of as many sentences as wanted, in documents, written without holding them."""

import csv
from pathlib import Path

from stancekit.training.bench.mix import in_documents, mixed
from stancekit.training.bench.setting import real_sentences

__all__ = ["write_articles"]


def write_articles(path: Path, sentences: int, seed: int) -> None:
    """Write documents of `sentences` that all differ; the same seed gives the same bytes."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "text"])
        for number, document in enumerate(in_documents(mixed(real_sentences(), seed), sentences)):
            table.writerow([f"document-{number:07}", document])
