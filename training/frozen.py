"""A reference that knows language: an encoder left as it is, one logistic regression a task."""

from collections.abc import Mapping, Sequence

from stancekit.labels.codebook import Codebook
from stancekit.labels.sentences import Sentence
from stancekit.models.head import Head
from stancekit.models.predictor import FloatArray
from stancekit.training.encoders import Encoder, load_encoder
from stancekit.training.recipe import FrozenRecipe
from stancekit.training.regression import fit_head

__all__ = ["FrozenModel", "fit_frozen"]


class FrozenModel:
    """Sentence vectors and regressions on them (see `Predictor`); a reference, never packed."""

    reads_context = False

    def __init__(self, encoder: Encoder, heads: Mapping[str, Head], codebook: Codebook) -> None:
        self._encoder = encoder
        self._heads = dict(heads)
        self._codebook = codebook

    def probabilities(
        self,
        texts: Sequence[str],
        contexts: Sequence[str] | None = None,  # noqa: ARG002
    ) -> dict[str, FloatArray]:
        """Return task -> probabilities (see `Predictor`); contexts are not read."""
        vectors = self._encoder.embed(texts)
        return {
            task.name: self._heads[task.name].probabilities(vectors, task.label_names)
            for task in self._codebook.tasks
        }


def fit_frozen(
    recipe: FrozenRecipe, sentences: Sequence[Sentence], codebook: Codebook
) -> FrozenModel:
    """Return the model that `recipe` makes of `sentences`.

    Raises ConfigurationError if the encoder cannot be had, DataError if a task has fewer than two
    labels.
    """
    encoder = load_encoder(recipe.encoder)
    vectors = encoder.embed([sentence.text for sentence in sentences])
    heads = {task.name: fit_head(recipe, vectors, sentences, task) for task in codebook.tasks}
    return FrozenModel(encoder, heads, codebook)
