"""The whole way with a codebook of one's own: train, bundle, score, compare, serve."""

import csv
import json
import math
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import mlflow
import numpy as np
import pytest

from stancekit.labels.codebook import released_codebook
from stancekit.labels.dataset import Dataset, read_dataset
from stancekit.labels.errors import ConfigurationError
from stancekit.labels.sentences import write_lines
from stancekit.models.bundle import read_bundle
from stancekit.serving import Classifier
from stancekit.serving.http.static_files import page_files
from stancekit.training.card import model_card
from stancekit.training.comparison import compare_runs
from stancekit.training.evaluation import Evaluation, evaluate
from stancekit.training.experiment import Experiment, run_experiment
from stancekit.training.fitting import fit_majority
from stancekit.training.judged import compare, judged_sentences
from stancekit.training.judging import Judging
from stancekit.training.recipe import Recipe
from stancekit.training.references import evaluate_references
from stancekit.training.store import champion, codebook_of_run, connect, model_name
from stancekit.training.suspicious import suspicious_labels

# MLflow uses a loader of SQLAlchemy that is on its way out.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning")

Run = Callable[..., subprocess.CompletedProcess[str]]

ROOT = Path(__file__).parent.parent
OWN = Path(__file__).parent / "own_codebook"
RECIPE = ROOT / "training" / "recipes" / "tfidf.toml"


@pytest.fixture(scope="module")
def own() -> Dataset:
    return read_dataset(OWN)


@pytest.fixture(scope="module")
def judged(own: Dataset, recipe: Recipe) -> Evaluation:
    return evaluate(recipe, own.sentences, own.codebook)


def test_a_sentence_counts_for_the_tasks_that_it_has_labels_of(
    own: Dataset, judged: Evaluation
) -> None:
    assert len(judged.sentences) == 120
    for name, task in judged.tasks.items():
        with_label = [s for s in judged.sentences if name in s.labels]
        assert list(task.sentences) == with_label
        assert len(with_label) == 116
        assert task.confusion.sum() == len(task.probabilities) == 116
        assert task.calibration.probabilities.shape == task.probabilities.shape
        assert sum(score.support for score in task.labels) == 116
        assert list(task.by_fold) == [f"part {n}" for n in range(1, 6)]
        assert "|folds:stratified:5|" in task.signature
    for row in judged_sentences(judged, own.codebook):
        [sentence] = [s for s in own.sentences if s.id == row.id]
        assert set(row.gold) == set(row.predicted) == set(row.probabilities) == set(sentence.labels)


def test_a_missing_label_of_one_task_changes_nothing_of_the_other(
    own: Dataset, recipe: Recipe
) -> None:
    """Folds are given, as they depend on all labels."""
    given = [replace(s, document=f"d{n % 3}") for n, s in enumerate(own.sentences)]
    fewer = [
        replace(s, labels={k: v for k, v in s.labels.items() if k == "topic" or n % 2})
        for n, s in enumerate(given)
    ]
    whole = evaluate(recipe, given, own.codebook).tasks
    parts = evaluate(recipe, fewer, own.codebook).tasks
    assert np.array_equal(whole["topic"].probabilities, parts["topic"].probabilities)
    assert whole["topic"].macro_f1 == parts["topic"].macro_f1
    assert len(parts["urgency"].probabilities) < len(whole["urgency"].probabilities)


def test_the_model_learns_something_and_there_is_no_lexicon_without_keywords(
    own: Dataset, judged: Evaluation, recipe: Recipe
) -> None:
    [majority] = evaluate_references(recipe, own.sentences, own.codebook)
    assert majority.system == "majority"
    for name, task in judged.tasks.items():
        assert task.macro_f1.value > majority.tasks[name].macro_f1.value
        assert task.macro_f1.low < task.macro_f1.value < task.macro_f1.high


def test_only_sentences_that_both_judged_are_paired(own: Dataset, judged: Evaluation) -> None:
    rows = judged_sentences(judged, own.codebook)
    fewer = [replace(r, gold={"topic": r.gold["topic"]}) if "topic" in r.gold else r for r in rows]
    found = {c.task: c for c in compare(rows, fewer, own.codebook, 100, 0)}
    assert (found["topic"].shared, found["topic"].judged) == (116, 116)
    assert found["topic"].difference.value == 0
    assert found["urgency"].shared == found["urgency"].reference == 4
    assert not found["urgency"].enough
    assert all(c.shared == 0 for c in compare(rows, [], released_codebook(), 100, 0))


def test_many_small_documents_still_give_an_interval(own: Dataset, recipe: Recipe) -> None:
    each = [replace(s, document=s.id) for s in own.sentences]
    for task in evaluate(recipe, each, own.codebook).tasks.values():
        assert "|folds:leave-documents-out:10|" in task.signature
        assert task.macro_f1.low < task.macro_f1.value < task.macro_f1.high


def test_a_test_of_one_sentence_is_not_calibrated_by_itself(own: Dataset, recipe: Recipe) -> None:
    given = [
        replace(s, details={"split": "test" if n == 0 else "train"})
        for n, s in enumerate(own.sentences)
    ]
    for task in evaluate(recipe, given, own.codebook).tasks.values():
        assert task.calibration.after == task.calibration.before
        assert math.isfinite(task.calibration.temperature)


def test_a_card_says_how_it_was_judged_and_claims_nothing_of_ours(
    own: Dataset, judged: Evaluation, recipe: Recipe
) -> None:
    judging = Judging(fit_majority(own.sentences, own.codebook), judged, (), (), (), 0.0, 0)
    card = model_card(recipe, own.sentences, own.codebook, judging)
    assert "120 labelled sentences. Their labels came with them" in card
    assert "- urgency: urgent 47, routine 69, without a label 4" in card
    assert "120 sentences, each judged by a model trained without its part (5 parts with" in card
    assert "over sentences. 116 of the 120 have a label of urgency." in card
    assert "language models" not in card
    assert "publishers" not in card
    assert "Contrast pairs" not in card


def test_labels_in_doubt_are_those_that_are_there(own: Dataset, recipe: Recipe) -> None:
    given = [replace(s, document=f"d{n % 2}") for n, s in enumerate(own.sentences)]
    found = suspicious_labels(recipe, given, own.codebook)
    assert {(d.id, d.task, d.label) for d in found} == {
        (s.id, task, label) for s in given for task, label in s.labels.items()
    }


@pytest.fixture(scope="module")
def ours(mlflow_store: Path, recipe: Recipe) -> Experiment:
    """A model of the released codebook in the same store, quickly trained."""
    assert mlflow_store.is_dir()
    connect()
    documents = replace(recipe, name="ours", data=replace(recipe.data, authored=False))
    return run_experiment(documents)


@pytest.fixture(scope="module")
def theirs(ours: Experiment, mlflow_store: Path, recipe: Recipe) -> Experiment:
    assert ours.tracked
    return run_experiment(recipe, labels=OWN, out=mlflow_store / "bundle")


def test_models_of_other_codebooks_do_not_compete(
    own: Dataset, ours: Experiment, theirs: Experiment
) -> None:
    assert ours.tracked
    assert theirs.tracked
    name = model_name(own.codebook)
    assert name == f"stancekit-complaints-to-a-hospital-{own.codebook.digest[:8]}"
    assert (ours.tracked.model, theirs.tracked.model) == ("stancekit", name)
    assert theirs.tracked.decision.reason == "there was no champion yet"
    for experiment in (ours, theirs):
        assert experiment.tracked
        current = champion(experiment.tracked.model)
        assert current is not None
        assert current.run_id == experiment.tracked.run_id
    loaded = Classifier.load(f"models:/{name}@champion")
    assert loaded.codebook == own.codebook
    assert loaded.bundle.manifest == theirs.manifest


def test_a_run_holds_its_codebook_and_has_no_contrast_pairs(
    own: Dataset, theirs: Experiment
) -> None:
    assert theirs.tracked
    run = mlflow.get_run(theirs.tracked.run_id)
    assert codebook_of_run(run) == own.codebook
    names = {item.path for item in mlflow.MlflowClient().list_artifacts(run.info.run_id)}
    assert {"codebook.json", "judged.jsonl", "scores.md", "reliability.png"} <= names
    assert "contrast.md" not in names
    assert not any("contrast" in name or "lexicon" in name for name in run.data.metrics)
    children = mlflow.MlflowClient().search_runs(
        [run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{run.info.run_id}'"
    )
    assert sum(child.data.metrics["sentences"] for child in children) == 120
    for child in children:
        fold = child.data.tags["stancekit.left_out"]
        for name, task in theirs.evaluation.tasks.items():
            assert child.data.metrics[f"{name}/macro_f1"] == pytest.approx(task.by_fold[fold])


def test_runs_of_two_codebooks_are_shown_beside_each_other(
    own: Dataset, ours: Experiment, theirs: Experiment, recipe: Recipe
) -> None:
    other = run_experiment(
        replace(recipe, name="other", head=replace(recipe.head, inverse_regularisation=1e-6)),
        labels=OWN,
    )
    assert ours.tracked
    assert theirs.tracked
    assert other.tracked
    found = {run.run_id: run for run in compare_runs()}
    for experiment, champions in ((ours, True), (theirs, True), (other, False)):
        assert experiment.tracked
        run = found[experiment.tracked.run_id]
        assert run.is_champion is champions
        assert list(run.macro_f1) == list(experiment.evaluation.tasks)
    differences = found[other.tracked.run_id].differences
    assert set(differences) == set(own.codebook.task_names)
    assert differences["topic"].shared == 116


def test_the_bundle_is_that_of_the_codebook(
    own: Dataset, theirs: Experiment, mlflow_store: Path
) -> None:
    bundle = read_bundle(mlflow_store / "bundle")
    assert bundle.codebook == own.codebook
    assert bundle.manifest == theirs.manifest
    assert [score.task for score in bundle.manifest.scores] == ["urgency", "topic"]
    [prediction] = Classifier(bundle).predict(["I was charged twice for one invoice."])
    assert prediction["topic"].label == "billing"


def test_a_service_and_its_page_speak_of_the_codebook(
    own: Dataset,
    theirs: Experiment,
    mlflow_store: Path,
    start_service: Callable[..., str],
    browser: Any,
) -> None:
    assert theirs.manifest
    own_bundle = Classifier.load(mlflow_store / "bundle")
    address = start_service(classifier=own_bundle, page=page_files())
    told = httpx.get(f"{address}/v1/codebook").json()
    assert [task["name"] for task in told["tasks"]] == list(own.codebook.task_names)
    letter = "The invoice was wrong. Nobody has looked at his wound since Tuesday."
    answer = httpx.post(f"{address}/v1/score", json={"documents": [{"text": letter}]}, timeout=60)
    [document] = answer.json()["documents"]
    found = [sentence["predictions"]["topic"] for sentence in document["sentences"]]
    assert [prediction["label"] for prediction in found] == ["billing", "treatment"]
    page = browser.new_page()
    page.goto(address)
    page.fill("#text", letter)
    page.click("#read")
    page.locator(".pane .article .s").first.click()
    page.locator("#panel .verdict").nth(1).locator(".best").wait_for()
    for number, task in enumerate(own.codebook.tasks):
        names = page.locator("#panel .verdict").nth(number).locator(".bar-name")
        assert names.all_inner_texts() == [label.display for label in task.labels]
    page.close()


def test_the_test_of_an_official_split_is_not_trained_on(
    own: Dataset, recipe: Recipe, tmp_path: Path
) -> None:
    (tmp_path / "codebook.toml").write_bytes((OWN / "codebook.toml").read_bytes())
    rows = [
        replace(s, details={"split": "test" if n % 3 == 0 else "train"})
        for n, s in enumerate(own.sentences)
    ]
    write_lines(tmp_path / "sentences.jsonl", rows)
    done = run_experiment(recipe, labels=tmp_path, out=tmp_path / "out", track=False)
    tested = [s for s in rows if s.details["split"] == "test"]
    assert list(done.evaluation.sentences) == tested
    model = read_bundle(tmp_path / "out").model.model
    packed = model.probabilities([s.text for s in tested])["topic"]
    kept = [n for n, s in enumerate(tested) if "topic" in s.labels]
    assert np.array_equal(packed[kept], done.evaluation.tasks["topic"].probabilities)
    assert "|folds:official-split|" in done.evaluation.scores()[0].signature


def test_sentences_are_not_added_to_a_folder_of_ones_own(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be added"):
        run_experiment(recipe, labels=OWN, add=[tmp_path / "more.jsonl"], track=False)


def test_the_commands_go_the_whole_way(stancekit: Run, tmp_path: Path) -> None:
    done = stancekit("train", RECIPE, "--labels", OWN, "--out", "bundle")
    assert done.returncode == 0, done.stderr
    assert "120 sentences, each judged by a model trained without its part (5 parts" in done.stdout
    assert "116 of them have a label of topic" in done.stdout
    assert "registry stancekit-complaints-to-a-hospital-" in done.stdout
    assert "contrast" not in done.stdout
    letter = "The invoice was wrong. Nobody has looked at his wound since Tuesday."
    for name in ("scores.jsonl", "scores.csv"):
        done = stancekit("score", "-", "--model", "bundle", "--out", name, stdin=letter)
        assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "scores.jsonl").read_text().splitlines()]
    assert [row["topic"] for row in rows] == ["billing", "treatment"]
    for row in rows:
        assert row["urgency_urgent"] + row["urgency_routine"] == pytest.approx(1)
    table = list(csv.DictReader((tmp_path / "scores.csv").read_text().splitlines()))
    assert [row["topic"] for row in table] == ["billing", "treatment"]
    done = stancekit("compare")
    assert done.returncode == 0, done.stderr
    assert "urgency" in done.stdout
    assert "champion" in done.stdout


def test_a_fault_in_the_folder_ends_in_one_line_and_writes_nothing(
    stancekit: Run, tmp_path: Path
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "codebook.toml").write_bytes((OWN / "codebook.toml").read_bytes())
    (tmp_path / "own" / "sentences.csv").write_text("text,urgency,topic\nIt hurts.,grave,\n")
    done = stancekit("train", RECIPE, "--labels", "own", "--out", "bundle")
    assert done.returncode == 2
    path = Path("own") / "sentences.csv"
    assert done.stderr.startswith(f"stancekit: {path}, line 2: label 'grave' is not in task")
    assert done.stderr.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} == {"own"}
