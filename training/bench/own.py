"""Scoring as it ships. The one place of this folder that knows the prediction module."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from stancekit.models.bundle import Bundle
from stancekit.training.bench.system import System

__all__ = ["CHUNK", "own_system"]

CHUNK = 1024
"""Sentences that `stancekit score` has the model score together."""


def own_system(name: str, bundle: Path) -> tuple[System, Bundle]:
    """Return the prediction module with `bundle`, which goes through texts in chunks."""
    # Training does without it otherwise.
    from stancekit.serving.classifier import Classifier  # noqa: PLC0415

    classifier = Classifier.load(bundle)

    def score(texts: Sequence[str]) -> object:
        left = iter(texts)
        chunks = iter(lambda: list(islice(left, CHUNK)), [])
        return [classifier.predict(chunk) for chunk in chunks]

    return System(name, score), classifier.bundle
