"""A recipe: everything that decides how a model comes out, but the data."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

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


REFERENCES = ("majority", "lexicon")
"""What every recipe is judged beside."""


@strict
class DataSettings:
    """Whether sentences written for training are trained on beside those of documents."""

    authored: bool


@strict
class VocabularySettings:
    """N-grams kept: those in `fewest_sentences` or more, of them the `largest` most frequent."""

    fewest_sentences: Annotated[int, Field(ge=1)]
    largest: Annotated[int, Field(ge=1)]


@strict
class HeadSettings:
    """`inverse_regularisation` is scikit-learn's C; `balanced` weights labels by 1 / frequency."""

    inverse_regularisation: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    class_weights: Literal["balanced", "equal"]


@strict
class EvaluationSettings:
    """How many bootstrap replicates stand behind each interval."""

    bootstrap: Annotated[int, Field(ge=100)]


@strict
class Recipe:
    """One experiment; recipe and dataset digest together name a result.

    `name` is made of lower-case letters, digits and hyphens; the references' names are taken.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
    kind: Literal["tfidf"]
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    data: DataSettings
    features: TfidfSettings
    vocabulary: VocabularySettings
    head: HeadSettings
    evaluation: EvaluationSettings

    def __post_init__(self) -> None:
        if self.name in REFERENCES:
            raise ValueError(f"name '{self.name}' is that of a reference; choose another")

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
