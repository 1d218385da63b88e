"""One experiment from recipe to bundle: read, judge, fit on everything, write, track."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stancekit.labels.codebook import Codebook, released_codebook
from stancekit.labels.contrast import read_contrast, released_contrast
from stancekit.labels.errors import ConfigurationError, DataError
from stancekit.labels.sentences import (
    DOCUMENT,
    Sentence,
    dataset_digest,
    labelled,
    read_sentences,
    released_sentences,
)
from stancekit.models.bundle import Manifest, check_bundle_folder, write_bundle
from stancekit.models.tfidf import TfidfModel
from stancekit.training import store, tracking
from stancekit.training.card import model_card
from stancekit.training.contrast import ContrastScore, contrast_scores
from stancekit.training.evaluation import Evaluation, evaluate, evaluate_references
from stancekit.training.fitting import fit
from stancekit.training.recipe import Recipe, TfidfRecipe

__all__ = ["Experiment", "experiment_sentences", "run_experiment"]


@dataclass(frozen=True)
class Experiment:
    """What came out: scores beside the references, the bundle, and where MLflow has it.

    `manifest` is None for a recipe whose model is a reference and is never packed.
    """

    evaluation: Evaluation
    references: tuple[Evaluation, ...]
    contrast: tuple[ContrastScore, ...]
    manifest: Manifest | None
    tracked: tracking.Tracked | None
    store: str


def experiment_sentences(
    recipe: Recipe, codebook: Codebook, add: Sequence[Path] = ()
) -> list[Sentence]:
    """Return the labelled sentences that `recipe` asks for: the released ones and those of `add`.

    Sentences given twice count once. Raises DataError where they differ, or lack a label.
    """
    sentences = labelled(read_sentences(released_sentences(), codebook), codebook)
    known = {sentence.id: sentence for sentence in sentences}
    for path in add:
        for sentence in read_sentences(path, codebook):
            if known.get(sentence.id, sentence) != sentence:
                raise DataError(
                    f"{path}: '{sentence.id}' is given elsewhere with another text or other labels"
                )
            known[sentence.id] = sentence
        try:
            labelled(known.values(), codebook)
        except DataError as fault:
            raise DataError(
                f"{path}: {fault} (stancekit labels import --complete leaves such out)"
            ) from None
    sentences = labelled(known.values(), codebook)
    return [s for s in sentences if recipe.data.authored or s.origin == DOCUMENT]


def run_experiment(
    recipe: Recipe,
    *,
    out: Path | None = None,
    track: bool = True,
    add: Sequence[Path] = (),
    tell: Callable[[str], None] = lambda _: None,
) -> Experiment:
    """Judge `recipe` on left-out documents, train it on all sentences, log and register it.

    `out` is a folder that receives the bundle, too; `add` names files of further labelled
    sentences. `tell` is called with what is being done.
    """
    if out is not None:
        if not isinstance(recipe, TfidfRecipe):
            raise ConfigurationError(
                f"recipe '{recipe.name}': a {recipe.kind} model is a reference that is judged and"
                " tracked, but not packed; leave out --out"
            )
        check_bundle_folder(out)
    codebook = released_codebook()
    sentences = experiment_sentences(recipe, codebook, add)
    tell("judging on left-out documents")
    references = tuple(evaluate_references(recipe, sentences, codebook))
    evaluation = evaluate(recipe, sentences, codebook)
    tell("training on all sentences")
    model = fit(recipe, sentences, codebook)
    pairs = read_contrast(released_contrast(), codebook)
    contrast = tuple(contrast_scores(model, pairs, codebook))
    with tempfile.TemporaryDirectory() as parent:
        folder, manifest = None, None
        if isinstance(model, TfidfModel):
            folder = out or Path(parent) / recipe.name
            manifest = write_bundle(
                folder,
                model,
                name=recipe.name,
                dataset_digest=dataset_digest(sentences),
                recipe=recipe.to_json(),
                seed=recipe.seed,
                temperatures=evaluation.temperatures,
                scores=evaluation.scores(),
                card=model_card(recipe, sentences, codebook, evaluation, references, contrast),
            )
        if not track:
            return Experiment(evaluation, references, contrast, manifest, None, "")
        tell("logging to MLflow")
        address = store.connect()
        tracked = tracking.log_experiment(
            recipe, sentences, codebook, evaluation, references, contrast, folder
        )
    return Experiment(evaluation, references, contrast, manifest, tracked, address)
