"""A recipe: everything that decides how a model comes out, but the data."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from stancekit.labels.configuration import read_toml, strict
from stancekit.models.tfidf import TfidfSettings

__all__ = [
    "DataSettings",
    "EvaluationSettings",
    "HeadSettings",
    "Recipe",
    "VocabularySettings",
    "read_recipe",
]


@strict
class DataSettings:
    """Whether sentences written for training are trained on beside those of documents."""

    authored: bool


@strict
class VocabularySettings:
    """N-grams kept: those in `fewest_sentences` or more, of them the `largest` most frequent."""

    fewest_sentences: int
    largest: int


@strict
class HeadSettings:
    """`inverse_regularisation` is scikit-learn's C; `balanced` weights labels by 1 / frequency."""

    inverse_regularisation: float
    class_weights: Literal["balanced", "equal"]


@strict
class EvaluationSettings:
    """How many bootstrap replicates stand behind each interval."""

    bootstrap: int


@strict
class Recipe:
    """One experiment; recipe and dataset digest together name a result."""

    name: str
    kind: Literal["tfidf"]
    seed: int
    data: DataSettings
    features: TfidfSettings
    vocabulary: VocabularySettings
    head: HeadSettings
    evaluation: EvaluationSettings

    def to_json(self) -> str:
        """Return the recipe as canonical JSON."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @property
    def digest(self) -> str:
        """SHA-256 of the content; comments of the file do not count."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def flat(self) -> dict[str, str]:
        """Return the settings as `section.key` -> text, as MLflow shows parameters."""
        flat: dict[str, str] = {}
        for key, value in asdict(self).items():
            parts = value.items() if isinstance(value, dict) else [("", value)]
            for part, setting in parts:
                flat[f"{key}.{part}" if part else key] = str(setting)
        return flat


def read_recipe(path: Path) -> Recipe:
    """Read a recipe; raises ConfigurationError for an unknown, missing or wrong key."""
    return read_toml(path, Recipe)
