"""Judge a recipe as fully as it is reported: references, left-out sentences, seeds, pairs."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stancekit.labels.codebook import Codebook
from stancekit.labels.contrast import ContrastPair
from stancekit.labels.errors import ConfigurationError
from stancekit.labels.folding import to_pack
from stancekit.labels.sentences import AUTHORED, Sentence
from stancekit.models.predictor import Predictor
from stancekit.training.contrast import ContrastScore, contrast_scores
from stancekit.training.evaluation import Evaluation, evaluate, evaluate_references
from stancekit.training.fitting import Fitting, fit, once_for_equal_rows
from stancekit.training.recipe import Recipe, TransformerRecipe
from stancekit.training.tuned_model import TunedModel

__all__ = ["Judging", "Repeat", "Spread", "judge", "seeds_of", "trained_on", "trains_on_documents"]


@dataclass(frozen=True)
class Repeat:
    """What the recipe reached with one seed, and the model that it made of all sentences.

    The model is None where making it would have taken another training.
    """

    seed: int
    evaluation: Evaluation
    model: Predictor | None


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
    training of `model` took.
    """

    model: Predictor
    evaluation: Evaluation
    references: tuple[Evaluation, ...]
    contrast: tuple[ContrastScore, ...]
    repeats: tuple[Repeat, ...]
    seconds: float

    def spread(self, task: str) -> Spread | None:
        """Return how macro-F1 on `task` spreads over seeds, None for a single one."""
        if not self.repeats:
            return None
        evaluations = [self.evaluation, *(repeat.evaluation for repeat in self.repeats)]
        values = [evaluation.tasks[task].macro_f1.value for evaluation in evaluations]
        return Spread(float(np.mean(values)), float(np.std(values, ddof=1)), len(values))


def trains_on_documents(recipe: Recipe) -> bool:
    """Whether `recipe` trains on sentences of documents where there are written ones, too."""
    return not isinstance(recipe, TransformerRecipe) or recipe.data.documents


def trained_on(recipe: Recipe, sentences: Sequence[Sentence]) -> Sequence[Sentence]:
    """Return those of `sentences` that `recipe` trains on.

    A recipe can leave sentences of documents to judging; it trains on them where there are no
    others.
    """
    if trains_on_documents(recipe):
        return sentences
    return [s for s in sentences if s.origin == AUTHORED] or sentences


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
    seeds: range,
    tell: Callable[[str], None] = lambda _: None,
) -> Judging:
    """Judge `recipe` with its own seed and those of `seeds` behind it, and train its model.

    `tell` is called with what is being done.
    """
    tell("judging on left-out sentences")
    references = evaluate_references(recipe, sentences, codebook)
    clock = _Clock()
    fitting = _fitting(recipe, codebook, clock)
    evaluation = evaluate(recipe, sentences, codebook, fitting)
    tell("training on all sentences")
    model = fitting(to_pack(sentences))
    if isinstance(recipe, TransformerRecipe) and recipe.weights != "fp32":
        whole = evaluate(recipe, sentences, codebook, _whole(fitting), f"{recipe.name} in fp32")
        references.append(whole)
    seconds = model.seconds if isinstance(model, TunedModel) else clock.seconds
    # The models of the folds are large, and the other seeds need them no more.
    del fitting
    return Judging(
        model=model,
        evaluation=evaluation,
        references=tuple(references),
        contrast=tuple(contrast_scores(model, pairs, codebook)) if pairs else (),
        repeats=tuple(_repeats(recipe, seeds, sentences, codebook, tell)),
        seconds=seconds,
    )


def _repeats(
    recipe: Recipe,
    seeds: range,
    sentences: Sequence[Sentence],
    codebook: Codebook,
    tell: Callable[[str], None],
) -> list[Repeat]:
    found: list[Repeat] = []
    for number, seed in enumerate(seeds[1:], start=2):
        tell(f"judging again with seed {seed} ({number} of {len(seeds)})")
        fitting = _fitting(replace(recipe, seed=seed), codebook, _Clock())
        # With the recipe's own seed the folds and the bootstrap are the same for all.
        evaluation = evaluate(recipe, sentences, codebook, fitting, f"{recipe.name} seed {seed}")
        shared = not trains_on_documents(recipe)
        found.append(Repeat(seed, evaluation, fitting(to_pack(sentences)) if shared else None))
    return found


class _Clock:
    """How long the last training took, in seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def watched(self, fitting: Fitting) -> Fitting:
        def timed(sentences: Sequence[Sentence]) -> Predictor:
            started = time.monotonic()
            model = fitting(sentences)
            self.seconds = time.monotonic() - started
            return model

        return timed


def _fitting(recipe: Recipe, codebook: Codebook, clock: _Clock) -> Fitting:
    timed = clock.watched(lambda rows: fit(recipe, rows, codebook))
    remembered = once_for_equal_rows(timed)
    return lambda sentences: remembered(trained_on(recipe, sentences))


def _whole(fitting: Fitting) -> Fitting:
    """Return a fitting that gives the models as they were before their weights were made small."""

    def whole(sentences: Sequence[Sentence]) -> Predictor:
        model = fitting(sentences)
        return model.whole if isinstance(model, TunedModel) else model

    return whole
