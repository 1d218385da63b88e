"""Runs beside a champion that is gone, and files of runs that a store does not give."""

import shutil
from pathlib import Path
from urllib.parse import urlparse

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.serving.commands.compare import compare
from stancekit.training.comparison import compare_runs
from stancekit.training.judged import Judged, write_judged
from stancekit.training.store import (
    CHAMPION,
    CODEBOOK,
    JUDGED,
    MODEL_TAG,
    RECIPE_TAG,
    codebook_of_run,
    connect,
    contrast_of_run,
)

pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning")
MODEL = "stancekit"


def logged(name: str, codebook: Codebook, data: str, folder: Path) -> str:
    """Log a run as training does, as far as it is compared by; returns its id."""
    rows = []
    for number in range(20):
        best = {task.name: task.label_names[number % 2] for task in codebook.tasks}
        sure = {
            task.name: {label: float(label == best[task.name]) for label in task.label_names}
            for task in codebook.tasks
        }
        rows.append(Judged(
            id=f"d:{number}", document="d", text_digest=str(number), gold=best, predicted=best,
            probabilities=sure,
        ))  # fmt: skip
    write_judged(folder / JUDGED, rows)
    tags = {
        RECIPE_TAG: name,
        MODEL_TAG: MODEL,
        "stancekit.codebook_digest": codebook.digest,
        "stancekit.dataset_digest": data,
    }
    with mlflow.start_run() as run:
        mlflow.set_tags(tags)
        mlflow.log_artifact(str(folder / JUDGED))
        for task in codebook.task_names:
            mlflow.log_metrics({f"{task}/macro_f1{end}": 1.0 for end in ("", "_low", "_high")})
    return str(run.info.run_id)


@pytest.fixture(scope="module")
def runs(
    mlflow_store: Path, codebook: Codebook, tmp_path_factory: pytest.TempPathFactory
) -> list[str]:
    assert mlflow_store.is_dir()
    connect()
    folder = tmp_path_factory.mktemp("logged")
    return [logged(name, codebook, data, folder) for name, data in (("old", "a"), ("new", "b"))]


@pytest.mark.parametrize("run_id", ["0" * 32, None])
def test_runs_are_shown_though_the_champion_is_gone(
    runs: list[str], run_id: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its run was purged, or there never was one."""
    client = MlflowClient()
    if not client.search_registered_models(f"name = '{MODEL}'"):
        client.create_registered_model(MODEL)
    version = client.create_model_version(MODEL, str(tmp_path), run_id).version
    client.set_registered_model_alias(MODEL, CHAMPION, version)
    found = compare_runs()
    assert [run.run_id for run in found] == runs[::-1]
    assert not any(run.is_champion or run.differences for run in found)
    said = f"champion of {MODEL}, version {version}, cannot be compared with: "
    assert all(said in run.no_champion for run in found)
    table = tmp_path / "table.md"
    compare(runs=None, limit=20, by=None, html=None, table=table, against="old")
    shown = capsys.readouterr()
    assert shown.err.count(said) == 1
    assert "Trained on different data: b (new), a (old)" in shown.err
    assert "no champion" in shown.out
    assert "different data" not in table.read_text(encoding="utf-8")


def test_only_a_run_without_a_codebook_is_of_the_released_one(
    runs: list[str], codebook: Codebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = MlflowClient()
    client.set_tag(runs[0], "stancekit.codebook_digest", "0" * 64)
    run = client.get_run(runs[0])
    assert codebook_of_run(run) == codebook
    assert contrast_of_run(runs[0]) == []
    client.log_text(runs[0], codebook.to_json(), CODEBOOK)
    assert codebook_of_run(run) == codebook

    def refuse(*_: object, **__: object) -> str:
        raise MlflowException("the bucket does not answer")

    store = mlflow.get_tracking_uri()
    with monkeypatch.context() as patched:
        patched.setattr("mlflow.artifacts.download_artifacts", refuse)
        with pytest.raises(DataError) as fault:
            codebook_of_run(run)
    told = f"MLflow run {runs[0]}: {store} does not give its {CODEBOOK}: the bucket does not answer"
    assert str(fault.value) == told
    shutil.rmtree(urlparse(run.info.artifact_uri).path)
    with pytest.raises(DataError, match="has none of its files, expected its codebook"):
        codebook_of_run(run)
