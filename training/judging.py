"""Judge a recipe as fully as it is reported: references, left-out sentences, seeds, pairs."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stancekit.labels.codebook import Codebook
from stancekit.labels.contrast import ContrastPair
from stancekit.labels.errors import ConfigurationError
from stancekit.labels.folding import to_pack
from stancekit.labels.sentences import Sentence
from stancekit.models.predictor import Predictor
from stancekit.training.contrast import ContrastScore, contrast_scores
from stancekit.training.evaluation import (
    Evaluation,
    View,
    evaluate,
    evaluate_views,
)
from stancekit.training.fitting import (
    fit,
    once_for_equal_rows,
    trained_on,
    trains_on_documents,
)
from stancekit.training.recipe import Recipe, TransformerRecipe
from stancekit.training.references import evaluate_references
from stancekit.training.tuned_model import TunedModel

__all__ = ["Judging", "Repeat", "Spread", "judge", "judge_again", "seeds_of"]


@dataclass(frozen=True)
class Repeat:
    """What the recipe reached with one seed, and the model that it made of all sentences.

    The model is None where making it would have taken another training. `collapsed` counts runs
    that gave one label to everything and were begun again, in all trainings of this seed.
    """

    seed: int
    evaluation: Evaluation
    model: Predictor | None
    collapsed: int


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation of macro-F1 over `seeds`."""

    mean: float
    deviation: float
    seeds: int

    def __str__(self) -> str:
        return f"{self.mean:.2f} ± {self.deviation:.3f} over {self.seeds} seeds"


@dataclass(frozen=True)
class Judging:
    """All that is reported of a recipe.

    `model` is that of the recipe's own seed, trained on all sentences that it trains on, and
    `evaluation` its scores; `repeats` are the same with further seeds. `seconds` is how long the
    training of `model` took, without vectors of an encoder that were known before. `collapsed`
    counts runs that gave one label to everything and were begun again, in all trainings of this
    seed.
    """

    model: Predictor
    evaluation: Evaluation
    references: tuple[Evaluation, ...]
    contrast: tuple[ContrastScore, ...]
    repeats: tuple[Repeat, ...]
    seconds: float
    collapsed: int

    def spread(self, task: str) -> Spread | None:
        """Return how macro-F1 on `task` spreads over seeds, None for a single one."""
        if not self.repeats:
            return None
        evaluations = [self.evaluation, *(repeat.evaluation for repeat in self.repeats)]
        values = [evaluation.tasks[task].macro_f1.value for evaluation in evaluations]
        return Spread(float(np.mean(values)), float(np.std(values, ddof=1)), len(values))


def seeds_of(recipe: Recipe, repeats: int | None) -> range:
    """Return the seeds to judge with, that of the recipe first.

    There are `repeats` of them, in place of as many as the recipe says. Raises ConfigurationError
    for more than one where the model does not depend on it.
    """
    own = recipe.repeats if isinstance(recipe, TransformerRecipe) else 1
    count = own if repeats is None else repeats
    if count > 1 and not isinstance(recipe, TransformerRecipe):
        raise ConfigurationError(
            f"recipe '{recipe.name}': a {recipe.kind} model is the same whatever the seed, so there"
            f" is nothing to repeat {count} times"
        )
    return range(recipe.seed, recipe.seed + count)


def judge(
    recipe: Recipe,
    sentences: Sequence[Sentence],
    codebook: Codebook,
    pairs: Sequence[ContrastPair],
    tell: Callable[[str], None] = lambda _: None,
) -> Judging:
    """Judge `recipe` with its own seed and train its model; `tell` is called with what is done."""
    tell("judging on left-out sentences")
    references = evaluate_references(recipe, sentences, codebook)
    watch = _Watch(recipe, codebook)
    views: dict[str, View] = {recipe.name: lambda model: model}
    if isinstance(recipe, TransformerRecipe) and recipe.weights != "fp32":
        views[f"{recipe.name} in fp32"] = _whole
    evaluation, *others = evaluate_views(recipe, sentences, codebook, watch.fitting, views)
    tell("training on all sentences")
    model = watch.fitting(to_pack(sentences))
    return Judging(
        model=model,
        evaluation=evaluation,
        references=(*references, *others),
        contrast=tuple(contrast_scores(model, pairs, codebook)) if pairs else (),
        repeats=(),
        seconds=model.seconds if isinstance(model, TunedModel) else watch.seconds,
        collapsed=watch.collapsed,
    )


def judge_again(
    recipe: Recipe,
    seeds: range,
    sentences: Sequence[Sentence],
    codebook: Codebook,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Repeat, ...]:
    """Judge `recipe` with each of `seeds` but the first, which is its own (see `seeds_of`)."""
    found: list[Repeat] = []
    for number, seed in enumerate(seeds[1:], start=2):
        tell(f"judging again with seed {seed} ({number} of {len(seeds)})")
        watch = _Watch(replace(recipe, seed=seed), codebook)
        # With the recipe's own seed the folds and the bootstrap are the same for all.
        name = f"{recipe.name} seed {seed}"
        evaluation = evaluate(recipe, sentences, codebook, watch.fitting, name)
        shared = not trains_on_documents(recipe, sentences)
        model = watch.fitting(to_pack(sentences)) if shared else None
        found.append(Repeat(seed, evaluation, model, watch.collapsed))
    return tuple(found)


class _Watch:
    """Fits a recipe, and sees how long the last training took and which runs collapsed."""

    def __init__(self, recipe: Recipe, codebook: Codebook) -> None:
        self._recipe = recipe
        self._codebook = codebook
        self._collapsed: list[tuple[int, int]] = []
        self._remembered = once_for_equal_rows(self._fit)
        self.seconds = 0.0

    def fitting(self, sentences: Sequence[Sentence]) -> Predictor:
        """Return the model of `sentences`; where what is trained on is the same, the same model."""
        return self._remembered(trained_on(self._recipe, sentences))

    @property
    def collapsed(self) -> int:
        """How many runs gave one label to everything and were begun again."""
        # Each model tells of the runs of a training that it shares with others.
        shared = max((shared for shared, _ in self._collapsed), default=0)
        return shared + sum(own for _, own in self._collapsed)

    def _fit(self, sentences: Sequence[Sentence]) -> Predictor:
        started = time.monotonic()
        model = fit(self._recipe, sentences, self._codebook)
        self.seconds = time.monotonic() - started
        if isinstance(model, TunedModel):
            self._collapsed.append((model.shared, len(model.collapsed) - model.shared))
        return model


def _whole(model: Predictor) -> Predictor:
    """Return a model as it was before its weights were made small."""
    return model.whole if isinstance(model, TunedModel) else model
