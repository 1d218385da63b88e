"""What many tests share: the shipped data, a small model, a real MLflow store, the command line."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from stancekit.labels.codebook import Codebook, released_codebook
from stancekit.labels.sentences import (
    AUTHORED,
    DOCUMENT,
    Sentence,
    labelled,
    read_sentences,
    released_sentences,
)
from stancekit.serving import Classifier
from stancekit.training.recipe import Recipe, read_recipe

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"
LABELS = ROOT / "labels"
RECIPE = ROOT / "training" / "recipes" / "tfidf.toml"


@pytest.fixture(scope="session")
def codebook() -> Codebook:
    return released_codebook()


@pytest.fixture(scope="session")
def spans(codebook: Codebook) -> list[Sentence]:
    return read_sentences(released_sentences(), codebook)


@pytest.fixture(scope="session")
def everything(spans: list[Sentence], codebook: Codebook) -> list[Sentence]:
    """All labelled sentences that ship."""
    return labelled(spans, codebook)


@pytest.fixture(scope="session")
def sentences(everything: list[Sentence]) -> list[Sentence]:
    """The labelled sentences of documents."""
    return [sentence for sentence in everything if sentence.origin == DOCUMENT]


@pytest.fixture(scope="session")
def authored(everything: list[Sentence]) -> list[Sentence]:
    return [sentence for sentence in everything if sentence.origin == AUTHORED]


@pytest.fixture(scope="session")
def recipe() -> Recipe:
    whole = read_recipe(RECIPE)
    return replace(whole, evaluation=replace(whole.evaluation, bootstrap=200))


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    return Classifier.load()


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def stancekit(tmp_path: Path) -> Run:
    """Run the installed command in an empty folder, as a user would."""

    def run(*arguments: str | Path, stdin: str | bytes = "") -> subprocess.CompletedProcess[str]:
        command = [Path(sys.executable).parent / "stancekit", *map(str, arguments)]
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            command,
            input=data,
            capture_output=True,
            cwd=tmp_path,
            env={**os.environ, "COLUMNS": "120", "NO_COLOR": "1"},
            timeout=300,
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    return run


@pytest.fixture(scope="module")
def mlflow_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty MLflow store of its own, in a folder that is the current one meanwhile."""
    import mlflow

    folder = tmp_path_factory.mktemp("mlflow")
    before = Path.cwd()
    os.chdir(folder)
    mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
    yield folder
    mlflow.set_tracking_uri("")
    os.chdir(before)
