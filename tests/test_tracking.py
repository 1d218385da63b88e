"""Against a real MLflow store (SQLite), as a user's machine has it."""

from dataclasses import replace
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import BundleError, DataError, InputError, StancekitError
from stancekit.labels.sentences import Sentence, dataset_digest
from stancekit.models.bundle import read_bundle
from stancekit.serving import Classifier
from stancekit.training.comparison import compare_runs
from stancekit.training.comparison_page import comparison_page
from stancekit.training.experiment import Experiment, run_experiment
from stancekit.training.recipe import Recipe, TfidfRecipe
from stancekit.training.settings import VocabularySettings
from stancekit.training.store import champion, connect, contrast_of_run

# MLflow uses a loader of SQLAlchemy that is on its way out.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning")


@pytest.fixture(scope="module")
def recipe(recipe: Recipe) -> Recipe:
    """With few n-grams: what is tested is where things go, not how good they are."""
    assert isinstance(recipe, TfidfRecipe)
    return replace(recipe, vocabulary=VocabularySettings(fewest_sentences=5, largest=3000))


@pytest.fixture(scope="module")
def first(mlflow_store: Path, recipe: Recipe) -> Experiment:
    assert mlflow_store.is_dir()
    connect()
    with pytest.raises(DataError, match="has no finished run to compare"):
        compare_runs()
    return run_experiment(recipe)


@pytest.fixture(scope="module")
def second(first: Experiment, recipe: Recipe) -> Experiment:
    assert first.tracked
    head = replace(recipe.head, inverse_regularisation=1e-6, class_weights="equal")
    return run_experiment(replace(recipe, name="flat", head=head))


def test_a_parent_run_has_one_child_a_fold(first: Experiment, sentences: list[Sentence]) -> None:
    assert first.tracked
    parent = mlflow.get_run(first.tracked.run_id)
    children = MlflowClient().search_runs(
        [parent.info.experiment_id], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
    )
    left_out = {child.data.tags["stancekit.left_out"] for child in children}
    assert left_out == {s.document for s in sentences}
    assert len(children) == len(left_out)
    for child in children:
        own = first.evaluation.tasks["stance"].by_fold[child.data.tags["stancekit.left_out"]]
        assert child.data.metrics["stance/macro_f1"] == pytest.approx(own)
        assert child.data.tags["stancekit.left_out"] in child.data.tags["mlflow.note.content"]


def test_a_run_names_recipe_versions_and_data(
    first: Experiment, recipe: Recipe, everything: list[Sentence], codebook: Codebook
) -> None:
    assert first.tracked
    run = mlflow.get_run(first.tracked.run_id)
    assert run.data.tags["stancekit.dataset_digest"] == dataset_digest(everything)
    assert run.data.tags["stancekit.codebook_digest"] == codebook.digest
    assert run.data.tags["stancekit.recipe_digest"] == recipe.digest
    assert run.data.tags["version.scikit-learn"]
    assert run.data.params == recipe.flat()
    assert run.info.run_name == f"{recipe.name} {recipe.digest[:6]}"
    [dataset] = [entry.dataset for entry in run.inputs.dataset_inputs]
    assert dataset_digest(everything).startswith(dataset.digest)
    assert len(dataset.digest) == 32


def test_runs_and_versions_say_what_they_are(first: Experiment, second: Experiment) -> None:
    assert first.tracked
    assert second.tracked
    client = MlflowClient()
    for experiment, verdict in ((first, "Became the champion"), (second, "Did not become")):
        assert experiment.tracked
        described = client.get_run(experiment.tracked.run_id).data.tags["mlflow.note.content"]
        version = client.get_model_version("stancekit", experiment.tracked.model_version)
        for text in (described, version.description):
            assert verdict in text
            assert experiment.tracked.decision.reason in text
        assert str(experiment.evaluation.tasks["stance"].macro_f1) in version.description
        assert "| stance | lexicon |" in described
        assert "| stance | label flips |" in described
    assert first.tracked.run_name != second.tracked.run_name


def test_metrics_are_tied_to_model_and_dataset(
    first: Experiment, everything: list[Sentence]
) -> None:
    assert first.tracked
    model = mlflow.get_logged_model(first.tracked.model_id)
    assert model.metrics
    found = {metric.key: metric for metric in model.metrics}
    interval = first.evaluation.tasks["framing"].macro_f1
    assert found["framing/macro_f1"].value == pytest.approx(interval.value)
    assert found["framing/macro_f1_low"].value == pytest.approx(interval.low)
    assert dataset_digest(everything).startswith(found["framing/macro_f1"].dataset_digest)
    assert "references/stance.lexicon.macro_f1" in found
    assert "stance/engagement.recall" in found


def test_pictures_and_tables_are_logged(first: Experiment, tmp_path: Path) -> None:
    assert first.tracked
    folder = Path(
        mlflow.artifacts.download_artifacts(run_id=first.tracked.run_id, dst_path=str(tmp_path))
    )
    names = {path.name for path in folder.iterdir()}
    assert {"confusion.png", "scores.png", "scores.md", "judged.jsonl", "contrast.jsonl"} <= names
    for name in ("confusion.png", "scores.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")
        assert (folder / name).stat().st_size > 10_000
    assert "| stance | lexicon |" in (folder / "scores.md").read_text()


def test_the_logged_model_takes_a_list_and_gives_a_row_a_sentence_and_task(
    first: Experiment,
) -> None:
    assert first.tracked
    model = mlflow.pyfunc.load_model(f"models:/{first.tracked.model_id}")
    texts = ["Beijing bans gallium exports.", "The two labs will cooperate."]
    table = model.predict(texts)
    assert list(table.columns) == ["sentence", "text", "task", "label", "probability"]
    assert len(table) == 4
    champion = Classifier.load(f"models:/{first.tracked.model}@champion")
    for position, row in enumerate(champion.predict(texts)):
        own = table[table["sentence"] == position].set_index("task")
        for task, prediction in row.items():
            assert own.loc[task, "label"] == prediction.label
            assert own.loc[task, "probability"] == pytest.approx(prediction.probability)
    one_column = model.predict(pd.DataFrame({"any name": texts}))
    pd.testing.assert_frame_equal(one_column, table)
    for bad in ([None], [""], ["fine", None], ["fine", "None"]):
        with pytest.raises((MlflowException, InputError)):
            model.predict(bad)
    schema = model.metadata.signature
    assert schema.inputs.input_types()[0].name == "string"
    assert schema.outputs.input_names() == list(table.columns)


def test_nothing_that_mlflow_keeps_of_the_model_is_a_pickle(
    first: Experiment, tmp_path: Path
) -> None:
    assert first.tracked
    folder = mlflow.artifacts.download_artifacts(
        artifact_uri=f"models:/{first.tracked.model_id}", dst_path=str(tmp_path)
    )
    assert not [path for path in Path(folder).rglob("*") if path.suffix in (".pkl", ".joblib")]


def test_the_first_model_becomes_champion_and_a_poorer_one_does_not(
    first: Experiment, second: Experiment
) -> None:
    assert first.tracked
    assert second.tracked
    assert first.tracked.decision.promoted
    assert not second.tracked.decision.promoted
    assert "worse than the champion" in second.tracked.decision.reason
    current = champion()
    assert current is not None
    assert str(current.version) == first.tracked.model_version == "1"
    assert second.tracked.model_version == "2"
    tags = mlflow.get_run(second.tracked.run_id).data.tags
    assert tags["stancekit.champion"] == second.tracked.decision.reason


def test_the_champion_is_loaded_from_the_registry_and_verified(
    first: Experiment, second: Experiment
) -> None:
    assert second.tracked
    loaded = Classifier.load("models:/stancekit@champion")
    assert loaded.bundle.manifest == first.manifest
    with pytest.raises(BundleError, match="models:/stancekit@nobody: cannot be fetched"):
        Classifier.load("models:/stancekit@nobody")


def test_runs_are_compared_with_the_champion(
    first: Experiment, second: Experiment, codebook: Codebook
) -> None:
    assert first.tracked
    assert second.tracked
    newest, oldest = compare_runs()
    assert (newest.run_id, oldest.run_id) == (second.tracked.run_id, first.tracked.run_id)
    assert oldest.is_champion
    assert not newest.is_champion
    for task in codebook.task_names:
        interval = first.evaluation.tasks[task].macro_f1
        assert oldest.macro_f1[task].value == pytest.approx(interval.value)
        assert newest.differences[task].difference.value == pytest.approx(
            second.evaluation.tasks[task].macro_f1.value - interval.value
        )
    assert compare_runs([first.tracked.run_id[:10]])[0].run_id == oldest.run_id
    with pytest.raises(DataError, match="run 'zzz' fits 0 finished runs"):
        compare_runs(["zzz"])


def test_runs_bring_what_a_page_of_them_shows(first: Experiment, second: Experiment) -> None:
    assert first.tracked
    assert second.tracked
    newest, oldest = compare_runs()
    assert list(newest.contrast) == list(second.judging.contrast)
    assert contrast_of_run(first.tracked.run_id) == list(first.judging.contrast)
    assert {row.details["register"] for row in oldest.judged} == {"newswire", "op-ed", "think tank"}
    assert oldest.parameters["head.class_weights"] == "balanced"
    assert oldest.versions["mlflow"]
    page = comparison_page([newest, oldest], newest.codebook, "s", oldest.started, ["register"])
    error = first.evaluation.tasks["stance"].calibration.after
    assert f"{error:.3f}" in page
    assert "think tank" in page
    assert "head.inverse_regularisation" in page


def test_a_run_judged_by_written_sentences_is_no_result_of_its_recipe(
    first: Experiment, recipe: Recipe
) -> None:
    """Its name tells, the recipe's own name still means the run judged by documents."""
    assert first.tracked
    chosen = run_experiment(recipe, judge_by=[("register", "headline")])
    assert chosen.manifest is None
    assert chosen.tracked
    assert chosen.tracked.model_version == ""
    assert "nothing was packed" in chosen.tracked.decision.reason
    [named] = compare_runs([recipe.name])
    assert named.run_id == first.tracked.run_id
    [by_id] = compare_runs([chosen.tracked.run_id])
    assert by_id.name == f"{recipe.name} by register=headline"
    note = mlflow.get_run(chosen.tracked.run_id).data.tags["mlflow.note.content"]
    assert "the written sentences of register=headline" in note


def test_a_model_that_the_store_does_not_take_is_kept(
    mlflow_store: Path, recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mlflow_store.is_dir()

    def locked(*_: object) -> None:
        raise MlflowException("database is locked")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("stancekit.training.tracking.log_experiment", locked)
    kept = f"{recipe.name}-not-logged"
    with pytest.raises(StancekitError, match=f"database is locked; the trained model is in {kept}"):
        run_experiment(replace(recipe, data=replace(recipe.data, authored=False)))
    assert read_bundle(tmp_path / kept).manifest.name == recipe.name


def test_a_model_is_kept_whatever_happens_before_the_store_has_it(
    mlflow_store: Path, recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mlflow_store.is_dir()
    faults = iter([KeyboardInterrupt(), OSError("no space left"), ValueError("unforeseen")])

    def failing(*_: object) -> None:
        raise next(faults)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("stancekit.training.tracking.log_experiment", failing)
    few = replace(recipe, data=replace(recipe.data, authored=False))
    kept = f"{recipe.name}-not-logged"
    with pytest.raises(StancekitError, match=f"^stopped before .* is in {kept}$"):
        run_experiment(few)
    with pytest.raises(StancekitError, match=f"^no space left; .* is in {kept}-2$"):
        run_experiment(few)
    with pytest.raises(ValueError, match="unforeseen") as caught:
        run_experiment(few)
    assert caught.value.__notes__ == [f"the trained model is in {kept}-3"]
    for name in (kept, f"{kept}-2", f"{kept}-3"):
        assert read_bundle(tmp_path / name).manifest.name == recipe.name
