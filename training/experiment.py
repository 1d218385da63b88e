"""One experiment from recipe to bundle: read, judge, fit on everything, write, track."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from mlflow.exceptions import MlflowException

from stancekit.labels.codebook import Codebook, released_codebook
from stancekit.labels.contrast import read_contrast, released_contrast
from stancekit.labels.dataset import Dataset, read_dataset
from stancekit.labels.errors import ConfigurationError, DataError, StancekitError
from stancekit.labels.folding import judged_by, to_pack
from stancekit.labels.sentences import (
    DOCUMENT,
    Sentence,
    dataset_digest,
    labelled,
    read_sentences,
    released_sentences,
)
from stancekit.models.bundle import check_bundle_folder, write_bundle
from stancekit.models.kinds import Packable
from stancekit.models.manifest import Manifest
from stancekit.models.training_text import TrainingText
from stancekit.training import store, tracking
from stancekit.training.card import model_card
from stancekit.training.evaluation import Evaluation
from stancekit.training.fitting import takes_documents
from stancekit.training.judging import Judging, judge, judge_again, seeds_of
from stancekit.training.recipe import FrozenRecipe, Recipe
from stancekit.training.tuned_model import TunedModel

__all__ = ["Experiment", "experiment_sentences", "run_experiment"]


@dataclass(frozen=True)
class Experiment:
    """What came out: how the recipe was judged, the bundle, and where MLflow has it.

    `manifest` is None where nothing was packed: a reference, or a judging by written sentences.
    """

    judging: Judging
    manifest: Manifest | None
    tracked: tracking.Tracked | None
    store: str

    @property
    def evaluation(self) -> Evaluation:
        """The scores on left-out sentences, with the recipe's own seed."""
        return self.judging.evaluation


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
    judge_by: Sequence[tuple[str, str]] = (),
    repeats: int | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Experiment:
    """Judge `recipe` on left-out sentences, train it on all of them, log and register it.

    Where the data have an official split, its test is judged by alone and never trained on. `out`
    is a folder that receives the bundle, too; `labels` is a folder with a codebook of one's own and
    its sentences (see `read_dataset`), in place of what ships; `add` names files of sentences that
    are labelled under the released codebook. `judge_by` names details of written sentences with a
    value each: those that have one are judged by, and nothing is packed (see `judged_by`).
    `repeats` is how many seeds to judge with, in place of what the recipe says. `tell` is called
    with what is being done.
    """
    if out is not None and judge_by:
        raise ConfigurationError(
            f"{out}: nothing is packed where written sentences are judged by; leave out --out"
        )
    if judge_by and not recipe.data.authored:
        raise ConfigurationError(
            f"recipe '{recipe.name}': leaves out written sentences, so none can be judged by; set"
            " authored = true under [data]"
        )
    if out is not None:
        if isinstance(recipe, FrozenRecipe):
            raise ConfigurationError(
                f"recipe '{recipe.name}': a {recipe.kind} model is a reference that is judged and"
                " tracked, but not packed; leave out --out"
            )
        check_bundle_folder(out)
    if add and not takes_documents(recipe):
        raise ConfigurationError(
            f"recipe '{recipe.name}': trains on written sentences only, so those of --add would be"
            " judged by and not trained on; set documents = true under [data]"
        )
    seeds = seeds_of(recipe, repeats)
    data = _dataset(recipe, labels, add)
    if judge_by:
        data = replace(data, sentences=tuple(judged_by(data.sentences, judge_by)))
    if track:
        store.check_task_names(data.codebook)
    address = store.connect() if track else ""
    with tempfile.TemporaryDirectory() as parent:
        folder, written = out or Path(parent) / recipe.name, Event()
        with (
            _kept_if_not_logged(folder, written, out, recipe) if track else nullcontext(),
            tracking.open_run(recipe) if track else nullcontext(),
        ):
            judging = judge(recipe, data.sentences, data.codebook, data.contrast, tell)
            manifest = None if judge_by else _write_bundle(folder, recipe, data, judging)
            if manifest:
                written.set()
            if len(seeds) > 1:
                # The model is safe by now, as this takes as long again for each seed.
                again = judge_again(recipe, seeds, data.sentences, data.codebook, tell)
                judging = replace(judging, repeats=again)
                if manifest:  # for its card
                    manifest = _write_bundle(folder, recipe, data, judging)
            tracked = None
            if track:
                tell("logging to MLflow")
                packed = folder if manifest else None
                tracked = tracking.log_experiment(
                    recipe, data.sentences, data.codebook, judging, packed
                )
    return Experiment(judging, manifest, tracked, address)


@contextmanager
def _kept_if_not_logged(
    folder: Path, written: Event, out: Path | None, recipe: Recipe
) -> Iterator[None]:
    """Keep the model, once it is `written`, whatever happens before MLflow's store has it.

    Training may have taken hours. Raises StancekitError with what happened and the folder.
    """
    try:
        yield
    except BaseException as fault:
        if not written.is_set():
            raise
        kept = out or _copied(folder, f"{recipe.name}-not-logged")
        where = f"the trained model is in {kept}"
        match fault:
            case KeyboardInterrupt():
                raise StancekitError(f"stopped before MLflow had the run; {where}") from None
            case MlflowException():
                said = str(fault).splitlines()[0]
                raise StancekitError(f"MLflow says: {said}; {where}") from None
            case StancekitError() | OSError():
                raise StancekitError(f"{fault}; {where}") from None
        fault.add_note(where)
        raise


def _copied(folder: Path, name: str) -> Path:
    """Return a copy of `folder` under `name`, or with a number behind it if that is taken."""
    kept, number = Path(name), 1
    while kept.exists():
        number += 1
        kept = Path(f"{name}-{number}")
    shutil.copytree(folder, kept)
    return kept


def _write_bundle(folder: Path, recipe: Recipe, data: Dataset, judging: Judging) -> Manifest | None:
    """Write the model to `folder`, unless it is a reference."""
    model = judging.model.model if isinstance(judging.model, TunedModel) else judging.model
    if not isinstance(model, Packable):
        return None
    return write_bundle(
        folder,
        model,
        name=recipe.name,
        dataset_digest=dataset_digest(data.sentences),
        recipe=recipe.to_json(),
        seed=recipe.seed,
        temperatures=judging.evaluation.temperatures,
        scores=judging.evaluation.scores(),
        held_out=judging.evaluation.held_out(),
        training_text=TrainingText.fit(to_pack(data.sentences)),
        card=model_card(recipe, data.sentences, data.codebook, judging),
    )
