"""A small fine-tuning from recipe to MLflow, bundle and scores, under a codebook of its own."""

import ast
import json
import subprocess
import sys
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient

from stancekit.labels.codebook import Codebook
from stancekit.labels.dataset import Dataset, read_dataset
from stancekit.labels.errors import ConfigurationError, DataError
from stancekit.labels.sentences import AUTHORED, DOCUMENT, Sentence
from stancekit.models.bundle import read_bundle
from stancekit.models.predictor import Predictor
from stancekit.serving import Classifier
from stancekit.training.card import model_card
from stancekit.training.evaluation import View, evaluate_views
from stancekit.training.experiment import Experiment, run_experiment
from stancekit.training.fitting import fit_majority, once_for_equal_rows, trained_on
from stancekit.training.judging import judge, seeds_of
from stancekit.training.promotion import Decision
from stancekit.training.recipe import TransformerRecipe, read_recipe, released_recipe
from stancekit.training.run_description import run_description, version_description
from stancekit.training.settings import EvaluationSettings, TunedDataSettings
from stancekit.training.tuned_model import TunedModel

# MLflow uses a loader of SQLAlchemy that is on its way out.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning")

OWN = Path(__file__).parent / "own_codebook"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def small(tiny: Path, digest_of: Callable[[Path], str]) -> TransformerRecipe:
    whole = read_recipe(released_recipe("minilm"))
    assert isinstance(whole, TransformerRecipe)
    encoder = replace(
        whole.encoder,
        source="folder",
        name=str(tiny),
        sha256=digest_of(tiny),
        longest_tokens=32,
        layers=(1,),
        pooled_layers=(1,),
        fixed_layers=-1,
        context=True,
    )
    return replace(
        whole,
        name="small",
        repeats=2,
        start="regression",  # a network this small may collapse from anywhere else
        data=TunedDataSettings(authored=True, documents=False),
        encoder=encoder,
        optimisation=replace(
            whole.optimisation,
            learning_rate=1e-4,
            head_learning_rate=1e-4,
            layer_decay=1.0,
            batch=16,
            epochs=3,
            averaged=0.0,
            validation=0.1,
        ),
        closing=replace(whole.closing, epochs=0),
        evaluation=EvaluationSettings(bootstrap=100),
    )


@pytest.fixture(scope="module")
def own() -> Dataset:
    return read_dataset(OWN)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packed") / "bundle"


@pytest.fixture(scope="module")
def experiment(mlflow_store: Path, small: TransformerRecipe, bundle: Path) -> Experiment:
    assert mlflow_store.is_dir()
    return run_experiment(small, labels=OWN, out=bundle)


def test_seeds_are_judged_on_the_same_sentences(
    experiment: Experiment, small: TransformerRecipe
) -> None:
    [repeat] = experiment.judging.repeats
    assert repeat.seed == small.seed + 1
    assert repeat.evaluation.sentences == experiment.evaluation.sentences
    for task, result in experiment.evaluation.tasks.items():
        spread = experiment.judging.spread(task)
        assert spread is not None
        assert spread.seeds == 2
        other = repeat.evaluation.tasks[task]
        values = [result.macro_f1.value, other.macro_f1.value]
        assert spread.mean == pytest.approx(sum(values) / 2)
        assert "system:small seed 1|" in other.signature


def test_a_model_without_a_seed_is_not_judged_again() -> None:
    recipe = read_recipe(released_recipe("tfidf"))
    assert list(seeds_of(recipe, None)) == list(seeds_of(recipe, 1)) == [recipe.seed]
    with pytest.raises(ConfigurationError, match="'tfidf': a tfidf model is the same whatever"):
        run_experiment(recipe, repeats=3, track=False)


def test_seeds_can_be_asked_for(small: TransformerRecipe) -> None:
    assert list(seeds_of(small, None)) == [small.seed, small.seed + 1]
    assert list(seeds_of(small, 3)) == [small.seed, small.seed + 1, small.seed + 2]


def test_the_small_weights_are_judged_beside_those_that_were_trained(
    experiment: Experiment, bundle: Path
) -> None:
    assert [e.system for e in experiment.judging.references] == ["majority", "small in fp32"]
    assert "| small in fp32 |" in (bundle / "CARD.md").read_text(encoding="utf-8")
    assert "over 2 seeds" in (bundle / "CARD.md").read_text(encoding="utf-8")


def test_mlflow_has_learning_curves_seeds_and_the_machine(
    experiment: Experiment, own: Dataset
) -> None:
    assert experiment.tracked
    client = MlflowClient()
    parent = mlflow.get_run(experiment.tracked.run_id)
    curve = client.get_metric_history(parent.info.run_id, "validation/macro_f1")
    assert [point.step for point in curve] == sorted({point.step for point in curve})
    assert len(curve) > 1
    assert parent.data.metrics["training/seconds"] > 0
    model = experiment.judging.model
    assert isinstance(model, TunedModel)
    assert parent.data.metrics["training/collapsed_runs"] == len(model.collapsed)
    assert any(name.startswith("system/cpu") for name in parent.data.metrics)
    for task in own.codebook.task_names:
        spread = experiment.judging.spread(task)
        assert spread
        assert parent.data.metrics[f"{task}/macro_f1_seed_deviation"] == pytest.approx(
            spread.deviation
        )
        assert parent.data.metrics[f"{task}/macro_f1_seeds"] == 2
    children = client.search_runs(
        [parent.info.experiment_id], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
    )
    assert sorted(
        c.data.tags["stancekit.seed"] for c in children if "stancekit.seed" in c.data.tags
    ) == ["1"]


def test_a_failed_training_is_a_failed_run(mlflow_store: Path, small: TransformerRecipe) -> None:
    assert mlflow_store.is_dir()
    wrong = replace(small, name="wrong", encoder=replace(small.encoder, sha256="0" * 64))
    with pytest.raises(ConfigurationError, match="the recipe expects 0000"):
        run_experiment(wrong, labels=OWN)
    [run] = mlflow.search_runs(
        experiment_names=["stancekit"],
        filter_string="attributes.run_name LIKE 'wrong%'",
        output_format="list",
    )
    assert run.info.status == "FAILED"


def test_the_bundle_scores_with_context(
    experiment: Experiment, bundle: Path, stancekit: Run, tmp_path: Path
) -> None:
    assert experiment.manifest
    classifier = Classifier.load(bundle)
    assert classifier.bundle.model.reads_context
    document = classifier.score("The ward was cold. Nobody came for hours. I wrote it down.")
    assert [s.context for s in document.sentences] == [
        "",
        "The ward was cold.",
        "Nobody came for hours.",
    ]
    again = classifier.predict(
        [s.text for s in document.sentences], [s.context for s in document.sentences]
    )
    assert [s.predictions for s in document.sentences] == again
    (tmp_path / "letter.txt").write_text("The ward was cold. Nobody came for hours.\n")
    done = stancekit("score", "letter.txt", "--model", bundle, "--out", "scores.jsonl")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "scores.jsonl").read_text().splitlines()]
    assert len(rows) == 2
    assert stancekit("bundle", "verify", bundle).returncode == 0


def test_a_transformer_scores_without_the_packages_that_train(
    experiment: Experiment, bundle: Path
) -> None:
    assert experiment.manifest
    program = (
        "import sys; from stancekit.serving import Classifier;"
        f"Classifier.load({str(bundle)!r}).predict(['Nobody came.']);"
        "print(sorted({m.split('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(ast.literal_eval(done.stdout))
    assert not loaded & {"torch", "transformers", "datasets", "mlflow", "onnx", "huggingface_hub"}
    assert {"onnxruntime", "tokenizers"} <= loaded


def test_what_is_only_judged_by_is_never_trained_on(
    small: TransformerRecipe, sentences: list[Sentence], authored: list[Sentence]
) -> None:
    everything = [*sentences[:30], *authored[:30]]
    assert {s.origin for s in trained_on(small, everything)} == {AUTHORED}
    assert trained_on(small, sentences) == sentences
    both = replace(small, data=replace(small.data, documents=True))
    assert trained_on(both, everything) == everything


def test_one_training_stands_for_all_folds_that_do_not_differ(
    small: TransformerRecipe,
    sentences: list[Sentence],
    authored: list[Sentence],
    experiment: Experiment,
) -> None:
    from stancekit.labels.codebook import released_codebook

    assert experiment.manifest
    few = [*sentences[::6], *authored[::60]]
    judged = judge(small, few, released_codebook(), ())
    assert judged.repeats == ()
    assert isinstance(judged.model, TunedModel)
    documents = [s for s in few if s.origin == DOCUMENT]
    assert {s.id for s in judged.evaluation.sentences} == {s.id for s in documents}
    order = judged.evaluation.sentences
    direct = judged.model.probabilities([s.text for s in order], [s.context for s in order])
    for task, result in judged.evaluation.tasks.items():
        assert (direct[task].argmax(axis=1) == result.predicted).mean() > 0.95


def test_the_model_is_written_before_other_seeds_are_tried(
    small: TransformerRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise DataError("every run collapsed")

    monkeypatch.setattr("stancekit.training.experiment.judge_again", failing)
    quick = replace(small, optimisation=replace(small.optimisation, epochs=0))
    with pytest.raises(DataError, match="every run collapsed"):
        run_experiment(quick, labels=OWN, out=tmp_path / "model", track=False, repeats=2)
    assert read_bundle(tmp_path / "model").manifest.name == small.name


def test_models_of_folds_are_not_kept(small: TransformerRecipe, own: Dataset) -> None:
    made: list[weakref.ref[object]] = []

    def fitting(sentences: Sequence[Sentence]) -> Predictor:
        assert sum(ref() is not None for ref in made) <= 1
        model = fit_majority(sentences, own.codebook)
        made.append(weakref.ref(model))
        return model

    views: dict[str, View] = {"one": lambda model: model, "two": lambda model: model}
    documents = [replace(s, document=f"d{n % 4}") for n, s in enumerate(own.sentences)]
    remembered = once_for_equal_rows(fitting)
    one, two = evaluate_views(small, documents, own.codebook, remembered, views)
    assert len(made) == 4
    assert (one.system, two.system) == ("one", "two")
    assert one.tasks.keys() == two.tasks.keys()


@pytest.mark.parametrize(("shared", "count"), [(0, 3 + 6), (1, 3 + 1)])
def test_runs_that_collapsed_in_any_fold_are_counted(
    small: TransformerRecipe,
    own: Dataset,
    monkeypatch: pytest.MonkeyPatch,
    shared: int,
    count: int,
) -> None:
    """Each fold tells of the runs of a first training that it shares with the others."""
    told = iter([(0, 1), (0,), (0, 1, 2), (0,), (0,), (0,)])

    def fitted(_: object, rows: Sequence[Sentence], codebook: Codebook) -> TunedModel:
        model: Any = fit_majority(rows, codebook)
        return TunedModel(model, model, (), 0, next(told), 1.0, shared)

    monkeypatch.setattr("stancekit.training.judging.fit", fitted)
    recipe = replace(small, data=replace(small.data, documents=True))
    judging = judge(recipe, own.sentences, own.codebook, ())
    assert judging.collapsed == count
    card = model_card(recipe, own.sentences, own.codebook, judging)
    assert f"were begun again: {count}, of all trainings" in card
    assert "The packed model is of seed 0." in card


def test_what_was_trained_on_is_told_as_it_was(
    small: TransformerRecipe, own: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recipe that leaves documents to judging trains on them where nothing else is."""
    monkeypatch.setattr("stancekit.training.judging.fit", lambda _, *given: fit_majority(*given))
    documents = [replace(s, document=f"d{n % 4}") for n, s in enumerate(own.sentences)]
    written = [replace(s, id=f"w:{s.id}", document="", origin=AUTHORED) for s in own.sentences]
    kept = Decision(False, "unknown")
    for rows, said, described in (
        (documents, "trained on the other 3; 95 %", "trained on documents only."),
        (
            [*documents, *written],
            "trained on written sentences alone; no sentence of a document",
            "trained on written sentences only.",
        ),
        (own.sentences, "by a model trained without its part", "trained on labelled sentences."),
    ):
        judging = judge(small, rows, own.codebook, ())
        assert said in model_card(small, rows, own.codebook, judging)
        assert described in run_description(small, rows, judging, kept)
    heard = version_description(small, judging.evaluation, kept)
    assert "Judged with the sentence before" in heard
    deaf = replace(small, encoder=replace(small.encoder, context=False))
    assert "sentence before" not in version_description(deaf, judging.evaluation, kept)
    both = replace(small, data=replace(small.data, documents=True))
    rows = [*documents, *written]
    card = model_card(both, rows, own.codebook, judge(both, rows, own.codebook, ()))
    assert "trained on the other 3 and the written sentences; 95 %" in card
    assert "| topic | majority |" in card
    assert "+0.00 [+0.00, +0.00]" in card  # the majority minus itself


def test_added_sentences_need_a_recipe_that_trains_on_documents(
    small: TransformerRecipe, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=r"set documents = true under \[data\]"):
        run_experiment(small, add=[tmp_path / "mine.jsonl"], track=False)
