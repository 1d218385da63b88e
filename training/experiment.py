"""One experiment from recipe to bundle: read, judge, fit on everything, write, track."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stancekit.labels.codebook import released_codebook
from stancekit.labels.sentences import (
    DOCUMENT,
    dataset_digest,
    labelled,
    read_sentences,
    released_sentences,
)
from stancekit.models.bundle import Manifest, check_bundle_folder, write_bundle
from stancekit.training import store, tracking
from stancekit.training.card import model_card
from stancekit.training.evaluation import Evaluation, evaluate, evaluate_references
from stancekit.training.fitting import fit
from stancekit.training.recipe import Recipe

__all__ = ["Experiment", "run_experiment"]


@dataclass(frozen=True)
class Experiment:
    """What came out: scores beside the references, the bundle, and where MLflow has it."""

    evaluation: Evaluation
    references: tuple[Evaluation, ...]
    manifest: Manifest
    tracked: tracking.Tracked | None
    store: str


def run_experiment(
    recipe: Recipe,
    *,
    out: Path | None = None,
    track: bool = True,
    tell: Callable[[str], None] = lambda _: None,
) -> Experiment:
    """Judge `recipe` on left-out documents, train it on all sentences, log and register it.

    `out` is a folder that receives the bundle, too. `tell` is called with what is being done.
    """
    if out is not None:
        check_bundle_folder(out)
    codebook = released_codebook()
    everything = labelled(read_sentences(released_sentences(), codebook), codebook)
    sentences = [s for s in everything if recipe.data.authored or s.origin == DOCUMENT]
    tell("judging on left-out documents")
    references = tuple(evaluate_references(recipe, sentences, codebook))
    evaluation = evaluate(recipe, sentences, codebook)
    tell("training on all sentences")
    model = fit(recipe, sentences, codebook)
    card = model_card(recipe, sentences, codebook, evaluation, references)
    with tempfile.TemporaryDirectory() as parent:
        folder = out or Path(parent) / recipe.name
        manifest = write_bundle(
            folder,
            model,
            name=recipe.name,
            dataset_digest=dataset_digest(sentences),
            recipe=recipe.to_json(),
            seed=recipe.seed,
            scores=evaluation.scores(),
            card=card,
        )
        if not track:
            return Experiment(evaluation, references, manifest, None, "")
        tell("logging to MLflow")
        address = store.connect()
        tracked = tracking.log_experiment(
            recipe, sentences, codebook, evaluation, references, folder
        )
    return Experiment(evaluation, references, manifest, tracked, address)
