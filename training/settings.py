"""What a recipe can set, section by section."""

from typing import Annotated, Literal

from pydantic import Field

from stancekit.labels.configuration import strict

__all__ = [
    "ClosingSettings",
    "DataSettings",
    "EncoderSettings",
    "EvaluationSettings",
    "FrozenEncoderSettings",
    "HeadSettings",
    "OptimisationSettings",
    "SimilaritySettings",
    "TunedDataSettings",
    "TunedEncoderSettings",
    "VocabularySettings",
]


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

    The learning rate of a layer is `layer_decay` times that of the layer above it. Weights are
    always fp32; `precision` is that of products. About a share `validation` of the training
    sentences is set aside. Training stops after `patience` epochs without a better macro-F1 there
    and the best epoch is kept; or, with `averaged`, it goes to its last epoch, and the mean of the
    weights over that last share of the steps is kept (Izmailov et al., "Averaging Weights Leads to
    Wider Optima", 2018). `label_smoothing` is the share of probability that is spread
    over all labels. `restarts` says how often a run that collapsed (one label for up to 32
    sentences of each label that were trained on, and for all that were set aside) may begin again
    with another seed.
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
    precision: Literal["fp32", "bf16"]
    averaged: Annotated[float, Field(ge=0, lt=1)]
    validation: Annotated[float, Field(ge=0, lt=0.5)]
    patience: Annotated[int, Field(ge=1)]
    restarts: Annotated[int, Field(ge=0, le=10)]


@strict
class ClosingSettings:
    """A second, short training, of documents, after the first one of written sentences alone.

    The first is the same whichever document is left out, and done once. `written` is how many
    written sentences are trained on beside each one of documents, so that what they taught stays.
    Heads go on with their own rate, and nothing is set aside. With 0 epochs, or data of one kind
    only, there is one training of everything.
    """

    epochs: Annotated[int, Field(ge=0, le=1000)]
    learning_rate: Annotated[float, Field(gt=0, lt=1)]
    written: Annotated[float, Field(ge=0, le=100)]


@strict
class SimilaritySettings:
    """A loss beside that of the heads, which draws sentences with one label together.

    `weight` is what it counts, 0 for none, `temperature` how much those that are nearest count (see
    `similarity_loss`). With it, edited versions of a sentence are read in one batch.
    """

    weight: Annotated[float, Field(ge=0, le=100)] = 0.0
    temperature: Annotated[float, Field(gt=0, le=10)] = 0.1


@strict
class EvaluationSettings:
    """How many bootstrap replicates stand behind each interval."""

    bootstrap: Annotated[int, Field(ge=100)]
