"""One experiment from recipe to bundle: read, judge, fit on everything, write, track."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stancekit.labels.codebook import Codebook, released_codebook
from stancekit.labels.contrast import read_contrast, released_contrast
from stancekit.labels.dataset import Dataset, read_dataset
from stancekit.labels.errors import ConfigurationError, DataError
from stancekit.labels.folding import to_pack
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


def _dataset(recipe: Recipe, labels: Path | None, add: Sequence[Path]) -> Dataset:
    """Return what `recipe` is trained on and judged by: the folder `labels`, or what ships."""
    if labels is None:
        codebook = released_codebook()
        sentences = experiment_sentences(recipe, codebook, add)
        return Dataset(
            codebook, tuple(sentences), tuple(read_contrast(released_contrast(), codebook))
        )
    if add:
        raise ConfigurationError(
            f"{labels}: sentences cannot be added (--add) to a folder of your own (--labels);"
            " write them into its file of sentences"
        )
    own = read_dataset(labels)
    chosen = [s for s in own.sentences if recipe.data.authored or s.origin == DOCUMENT]
    return replace(own, sentences=tuple(chosen))


def run_experiment(
    recipe: Recipe,
    *,
    out: Path | None = None,
    track: bool = True,
    labels: Path | None = None,
    add: Sequence[Path] = (),
    tell: Callable[[str], None] = lambda _: None,
) -> Experiment:
    """Judge `recipe` on left-out sentences, train it on all of them, log and register it.

    Where the data have an official split, its test is judged by alone and never trained on. `out`
    is a folder that receives the bundle, too; `labels` is a folder with a codebook of one's own and
    its sentences (see `read_dataset`), in place of what ships; `add` names files of sentences that
    are labelled under the released codebook. `tell` is called with what is being done.
    """
    if out is not None:
        if not isinstance(recipe, TfidfRecipe):
            raise ConfigurationError(
                f"recipe '{recipe.name}': a {recipe.kind} model is a reference that is judged and"
                " tracked, but not packed; leave out --out"
            )
        check_bundle_folder(out)
    data = _dataset(recipe, labels, add)
    codebook, sentences = data.codebook, data.sentences
    tell("judging on left-out sentences")
    references = tuple(evaluate_references(recipe, sentences, codebook))
    evaluation = evaluate(recipe, sentences, codebook)
    tell("training on all sentences")
    model = fit(recipe, to_pack(sentences), codebook)
    contrast = tuple(contrast_scores(model, data.contrast, codebook)) if data.contrast else ()
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
