"""How large a benchmark is, and where it puts what it makes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stancekit.labels.codebook import released_codebook
from stancekit.labels.sentences import DOCUMENT, labelled, read_sentences, released_sentences

__all__ = ["Setting", "real_sentences"]


@dataclass(frozen=True)
class Setting:
    """Bundles, sizes, and the seed of all that is drawn.

    `sentences` go through each transformer `repeats` times, and `tfidf_times` as many through the
    baseline; `calls` are of one sentence; `starts` fresh processes. `sizes` and `tfidf_sizes` are
    sentences of a file whose scoring is watched; `kills` runs over `killed_sentences` are killed.
    """

    transformer: Path
    tfidf: Path
    folder: Path
    seed: int
    sentences: int
    repeats: int
    calls: int
    starts: int
    sizes: tuple[int, ...]
    tfidf_sizes: tuple[int, ...]
    kills: int
    killed_sentences: int
    tfidf_times: int = 10


def real_sentences() -> Sequence[str]:
    """Return the sentences of the documents that ship."""
    codebook = released_codebook()
    rows = labelled(read_sentences(released_sentences(), codebook), codebook)
    return [row.text for row in rows if row.origin == DOCUMENT]
