"""A recipe: everything that decides how a model comes out, but the data."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from stancekit.labels.configuration import parse_table, read_table, strict
from stancekit.labels.errors import ConfigurationError
from stancekit.models.tfidf import TfidfSettings
from stancekit.training.settings import (
    ClosingSettings,
    DataSettings,
    EvaluationSettings,
    FrozenEncoderSettings,
    HeadSettings,
    OptimisationSettings,
    SimilaritySettings,
    TunedDataSettings,
    TunedEncoderSettings,
    VocabularySettings,
)

__all__ = [
    "FrozenRecipe",
    "Recipe",
    "TfidfRecipe",
    "TransformerRecipe",
    "read_recipe",
    "released_recipe",
]


REFERENCES = ("majority", "lexicon")
"""What every recipe is judged beside."""


@strict
class Recipe:
    """What recipes of all kinds have; recipe and dataset digest together name a result.

    `name` is made of lower-case letters, digits and hyphens; the references' names are taken.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
    kind: str
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    data: DataSettings
    evaluation: EvaluationSettings

    def __post_init__(self) -> None:
        if self.name in REFERENCES:
            raise ValueError(f"name '{self.name}' is that of a reference; choose another")

    def to_json(self) -> str:
        """Return the recipe as canonical JSON."""
        return _canonical(asdict(self))

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


@strict
class TfidfRecipe(Recipe):
    """N-grams weighted by TF-IDF, one logistic regression a task."""

    kind: Literal["tfidf"]
    features: TfidfSettings
    vocabulary: VocabularySettings
    head: HeadSettings


@strict
class FrozenRecipe(Recipe):
    """Sentence vectors of an encoder that is left as it is, one logistic regression a task."""

    kind: Literal["frozen"]
    encoder: FrozenEncoderSettings
    head: HeadSettings


@strict
class TransformerRecipe(Recipe):
    """An encoder trained on, with one head a task; judged with `repeats` seeds from `seed` on.

    The heads start at `random`, or as a `regression` on the vectors of the encoder as it came,
    which keeps fine-tuning from spoiling what the encoder knows of other texts (Kumar et al.,
    "Fine-Tuning can Distort Pretrained Features and Underperform Out-of-Distribution", 2022); with
    no epochs, that is the model. `weights` are the numbers that the finished model is kept, and
    judged, in; for `int4` products see weights rounded as they will be in the last training.
    """

    kind: Literal["transformer"]
    repeats: Annotated[int, Field(ge=1, le=20)]
    weights: Literal["fp32", "int8", "int4"]
    data: TunedDataSettings
    encoder: TunedEncoderSettings
    start: Literal["random", "regression"]
    head: HeadSettings
    optimisation: OptimisationSettings
    closing: ClosingSettings
    similarity: SimilaritySettings = SimilaritySettings()

    def to_json(self) -> str:
        """Return the recipe as canonical JSON; a `similarity` of no weight is left out."""
        content = asdict(self)
        if not self.similarity.weight:  # so that recipes from before it keep their digest
            del content["similarity"]
        return _canonical(content)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.optimisation.label_smoothing and self.head.class_weights == "balanced":
            raise ValueError(
                "label_smoothing would be balanced, too, and teach rare labels; set class_weights"
                " to 'equal'"
            )
        if self.optimisation.epochs == 0 and self.start == "random":
            raise ValueError("with no epochs the heads should start as a regression")
        if self.closing.epochs and not (self.data.authored and self.data.documents):
            raise ValueError(
                "a closing training is one of documents after written sentences; set authored and"
                " documents under [data], or its epochs to 0"
            )


_KINDS: dict[str, type[Recipe]] = {
    "tfidf": TfidfRecipe,
    "frozen": FrozenRecipe,
    "transformer": TransformerRecipe,
}


def _canonical(content: dict[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def read_recipe(path: Path) -> Recipe:
    """Read a recipe; raises ConfigurationError for an unknown, missing or wrong key."""
    table = read_table(path)
    if "kind" not in table:
        raise ConfigurationError(f"{path}: key 'kind' is missing")
    kind = table["kind"]
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ConfigurationError(f"{path}: kind {kind!r} is none of {', '.join(_KINDS)}")
    return parse_table(table, _KINDS[kind], str(path))


def released_recipe(name: str) -> Path:
    """Return the file of a recipe that ships with stancekit."""
    return Path(__file__).parent / "recipes" / f"{name}.toml"
