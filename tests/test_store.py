"""What is asked of a store, and told of it, before anything is read from one."""

from dataclasses import replace
from pathlib import Path

import pytest

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import ConfigurationError
from stancekit.training.child_runs import CURVES
from stancekit.training.experiment import run_experiment
from stancekit.training.recipe import Recipe
from stancekit.training.store import TAKEN, check_task_names, reference_metric, without_password


def named(codebook: Codebook, name: str) -> Codebook:
    return replace(codebook, tasks=(replace(codebook.tasks[0], name=name), *codebook.tasks[1:]))


def test_a_task_is_not_called_like_a_group_of_metrics(codebook: Codebook) -> None:
    check_task_names(codebook)
    for name in TAKEN:
        with pytest.raises(ConfigurationError, match=f"'{name}/' is taken .*name the task"):
            check_task_names(named(codebook, name))


def test_such_a_codebook_is_refused_before_anything_is_trained(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for path in (Path(__file__).parent / "own_codebook").iterdir():
        text = path.read_text(encoding="utf-8").replace("topic", "validation")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ConfigurationError, match="'validation/' is taken"):
        run_experiment(recipe, labels=tmp_path)
    assert sorted(tmp_path.iterdir()) == before


def test_every_group_that_is_logged_beside_tasks_is_taken() -> None:
    logged = [*CURVES.values(), "training/seconds", "system/cpu", reference_metric("tone", "x")]
    assert {name.partition("/")[0] for name in logged} == set(TAKEN)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("sqlite:////tmp/a@b/mlflow.db", "sqlite:////tmp/a@b/mlflow.db"),
        ("https://who:secret@host:5000/runs", "https://host:5000/runs"),
        ("mysql+pymysql://who:s@cret@host/runs", "mysql+pymysql://host/runs"),
        ("databricks", "databricks"),
    ],
)
def test_a_store_is_named_without_a_password(address: str, shown: str) -> None:
    assert without_password(address) == shown
