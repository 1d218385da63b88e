"""A fine-tuned model and how its training went; free of torch, so that anything may ask for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from stancekit.models.predictor import FloatArray
from stancekit.models.transformer import TransformerModel

__all__ = ["Logged", "TunedModel"]


@dataclass(frozen=True)
class Logged:
    """One value of a learning curve."""

    step: int
    name: str
    value: float


@dataclass(frozen=True)
class TunedModel:
    """A fine-tuned model (see `Predictor`) and how its training went.

    `model` has the weights that the recipe asks for, `whole` those that were trained (fp32).
    `seed` is the one that it came from; `collapsed` are seeds tried before it whose runs gave one
    label to everything, the first `shared` of them in a training that other models came from, too.
    `seconds` is how long the runs that it came from took, one that is shared
    with other models included.
    """

    model: TransformerModel
    whole: TransformerModel
    history: tuple[Logged, ...]
    seed: int
    collapsed: tuple[int, ...]
    seconds: float
    shared: int = 0

    @property
    def reads_context(self) -> bool:
        """Whether the sentence before changes what is predicted."""
        return self.model.reads_context

    def probabilities(
        self, texts: Sequence[str], contexts: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        """Return task -> probabilities (see `Predictor`)."""
        return self.model.probabilities(texts, contexts)
