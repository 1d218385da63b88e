"""What a user installs: the wheel, in a clean environment, the checkout out of reach."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST"))}
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    done.stdout = done.stdout[-4000:]
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "source"
    ignored = shutil.ignore_patterns(".venv", ".git", "build", "*.egg-info", "mlruns", "mlflow.db")
    shutil.copytree(ROOT, copy, symlinks=True, ignore=ignored)
    done = run(sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", folder, copy, cwd=folder)
    assert done.returncode == 0, done.stderr
    shutil.rmtree(copy)
    return next(folder.glob("stancekit-*.whl"))


@pytest.fixture(scope="module")
def environment(wheel: Path) -> Path:
    folder = wheel.parent / "environment"
    assert run(sys.executable, "-m", "venv", folder, cwd=wheel.parent).returncode == 0
    pip = (folder / "bin" / "pip", "install", "--quiet", "-c", ROOT / "constraints.txt")
    done = run(*pip, wheel, "pytest", cwd=wheel.parent)
    assert done.returncode == 0, done.stderr
    return folder


def test_the_wheel_holds_code_and_data_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "labels/codebook.toml",
        "labels/sentences.jsonl",
        "labels/annotations/reader-a.jsonl",
        "labels/py.typed",
        "models/general_english.tsv",
        "models/released/tfidf/model.skops",
        "models/released/mpnet/model.onnx",
        "models/released/mpnet/tokenizer.json",
        "training/comparison.html.jinja",
        "training/comparison.mplstyle",
        "training/recipes/tfidf.toml",
        "serving/commands/score.py",
    ):
        assert f"stancekit/{wanted}" in names
    assert not [name for name in names if "test" in name or "__pycache__" in name]
    assert {name.split("/")[0] for name in names} == {"stancekit", "stancekit-0.1.0.dist-info"}


def test_the_public_interface_passes_its_tests_from_the_wheel(
    environment: Path, tmp_path: Path
) -> None:
    (tmp_path / "tests").mkdir()
    for name in ("conftest.py", "test_classifier.py", "test_bundle.py", "test_writers.py"):
        shutil.copy(ROOT / "tests" / name, tmp_path / "tests" / name)
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    done = run(
        environment / "bin" / "pytest", "-q", "--import-mode=importlib", "tests", cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout
    where = "import stancekit.labels as s; print(next(iter(s.__path__)))"
    found = run(environment / "bin" / "python", "-c", where, cwd=tmp_path).stdout
    assert found.startswith(str(environment))


def test_the_plain_install_scores_and_says_what_training_needs(
    environment: Path, tmp_path: Path
) -> None:
    command = environment / "bin" / "stancekit"
    (tmp_path / "article.txt").write_text("Beijing bans exports. Firms from Japan invest.")
    done = run(command, "score", "article.txt", "--out", "scores.jsonl", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "scores.jsonl").read_text().count("\n") == 2
    for arguments in (["train", "x.toml"], ["compare"], ["score", "--model", "models:/a@b", "-"]):
        done = run(command, *arguments, cwd=tmp_path)
        assert done.returncode == 2
        assert "pip install '.[train]'" in done.stderr
        assert "Traceback" not in done.stderr
    done = run(environment / "bin/python", "-c", "import stancekit.serving.spark", cwd=tmp_path)
    assert "MissingExtraError: stancekit.serving.spark: needs pyspark" in done.stderr
    assert "pip install '.[spark]'" in done.stderr
