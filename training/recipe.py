"""A recipe: everything that decides how a model comes out, but the data."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from stancekit.labels.configuration import parse_table, read_table, strict
from stancekit.labels.errors import ConfigurationError
from stancekit.models.tfidf import TfidfSettings

__all__ = [
    "DataSettings",
    "EncoderSettings",
    "EvaluationSettings",
    "FrozenEncoderSettings",
    "FrozenRecipe",
    "HeadSettings",
    "OptimisationSettings",
    "Recipe",
    "TfidfRecipe",
    "TransformerRecipe",
    "TunedDataSettings",
    "TunedEncoderSettings",
    "VocabularySettings",
    "read_recipe",
    "released_recipe",
]


REFERENCES = ("majority", "lexicon")
"""What every recipe is judged beside."""


@strict
class DataSettings:
    """Whether sentences written for training are trained on beside those of documents."""

    authored: bool


@strict
class TunedDataSettings(DataSettings):
    """Without `documents`, their sentences are kept for judging where there are others to train on.

    What is judged is then the very model that ships, and one training stands for all folds.
    """

    documents: bool


@strict
class VocabularySettings:
    """N-grams kept: those in `fewest_sentences` or more, of them the `largest` most frequent."""

    fewest_sentences: Annotated[int, Field(ge=1)]
    largest: Annotated[int, Field(ge=1)]


@strict
class EncoderSettings:
    """A pre-trained encoder: where it is found, and the SHA-256 of its `model.safetensors`.

    `source` says what `name` is: the encoder that an installed `package` carries, a `folder`, or an
    id of the model `hub`, which needs the `revision` (a commit), too. Texts are cut after
    `longest_tokens`.
    """

    source: Literal["package", "folder", "hub"]
    name: Annotated[str, Field(min_length=1)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    longest_tokens: Annotated[int, Field(ge=8, le=8192)]
    revision: str = ""

    def __post_init__(self) -> None:
        if (self.source == "hub") != bool(self.revision):
            raise ValueError("a revision is given for an encoder of the hub, and for no other")


@strict
class FrozenEncoderSettings(EncoderSettings):
    """Vectors are taken from each of `layers`, 0 for what goes into the first one."""

    layers: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)]


@strict
class TunedEncoderSettings(EncoderSettings):
    """Of an encoder that is trained on, `layers` are kept, counted from 1; the others go.

    The embeddings and the first `fixed_layers` of those kept stay as they came (-1: the embeddings
    are trained, too). `dropout` holds in all of it. Vectors are taken from each of `pooled_layers`.
    With `context`, the sentence before is read, too.
    """

    layers: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)]
    fixed_layers: Annotated[int, Field(ge=-1)]
    dropout: Annotated[float, Field(ge=0, lt=1)]
    pooled_layers: Annotated[tuple[int, ...], Field(min_length=1)]
    context: bool

    def __post_init__(self) -> None:
        super().__post_init__()
        if list(self.layers) != sorted(set(self.layers)):
            raise ValueError("layers should be named once each, in order")
        if not set(self.pooled_layers) <= set(self.layers):
            raise ValueError("pooled_layers should be some of layers")
        if self.fixed_layers >= len(self.layers):
            raise ValueError("fixed_layers should leave a layer to train")


@strict
class HeadSettings:
    """`inverse_regularisation` is scikit-learn's C; `balanced` weights labels by 1 / frequency."""

    inverse_regularisation: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    class_weights: Literal["balanced", "equal"]


@strict
class OptimisationSettings:
    """How an encoder is trained: AdamW, warmed up over a share of the steps, then slowing to 0.

    The learning rate of a layer is `layer_decay` times that of the layer above it. A share of the
    training sentences is set aside for validation; training stops after `patience` epochs without
    a better loss there, and the best epoch is kept. `label_smoothing` is the share of probability
    that is spread over all labels. `restarts` says how often a run that collapsed (one label for
    everything) may begin again with another seed.
    """

    learning_rate: Annotated[float, Field(gt=0, lt=1)]
    head_learning_rate: Annotated[float, Field(gt=0, lt=1)]
    layer_decay: Annotated[float, Field(gt=0, le=1)]
    weight_decay: Annotated[float, Field(ge=0, lt=1)]
    batch: Annotated[int, Field(ge=1)]
    epochs: Annotated[int, Field(ge=0, le=1000)]
    warm_up: Annotated[float, Field(ge=0, lt=1)]
    clip: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    label_smoothing: Annotated[float, Field(ge=0, lt=1)]
    validation: Annotated[float, Field(gt=0, lt=0.5)]
    patience: Annotated[int, Field(ge=1)]
    restarts: Annotated[int, Field(ge=0, le=10)]


@strict
class EvaluationSettings:
    """How many bootstrap replicates stand behind each interval."""

    bootstrap: Annotated[int, Field(ge=100)]


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
    judged, in.
    """

    kind: Literal["transformer"]
    repeats: Annotated[int, Field(ge=1, le=20)]
    weights: Literal["fp32", "int8"]
    data: TunedDataSettings
    encoder: TunedEncoderSettings
    start: Literal["random", "regression"]
    head: HeadSettings
    optimisation: OptimisationSettings

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.optimisation.epochs == 0 and self.start == "random":
            raise ValueError("with no epochs the heads should start as a regression")


_KINDS: dict[str, type[Recipe]] = {
    "tfidf": TfidfRecipe,
    "frozen": FrozenRecipe,
    "transformer": TransformerRecipe,
}


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
