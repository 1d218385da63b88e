"""The README is true: its code runs, its numbers are those of the data and the released model."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from typer.main import get_command

from stancekit.labels.agreement import agreement_table, cell_agreement
from stancekit.labels.annotation import read_annotations
from stancekit.labels.association import associations
from stancekit.labels.codebook import Codebook
from stancekit.labels.sentences import Sentence
from stancekit.models.bundle import RELEASED, read_held_out, released_bundle
from stancekit.models.manifest import read_manifest
from stancekit.models.new_documents import left_out_documents
from stancekit.serving.cli import app
from stancekit.serving.promise_tables import Asked, promises_page
from stancekit.training.bench.publish import MAKER
from stancekit.training.evaluation import evaluate
from stancekit.training.marked_section import section
from stancekit.training.recipe import read_recipe

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
FOLDERS = ("labels", "models", "training", "serving")
CARDS = {
    name: (ROOT / "models" / "released" / name / "CARD.md").read_text(encoding="utf-8")
    for name in ("tfidf", RELEASED)
}
RESULTS = section(README, "stancekit compare", "README.md")


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A place like the checkout, where commands may write."""
    for name in ("seeds", "training/recipes"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "models" / "released").mkdir(parents=True)
    return tmp_path


PYTHON = [(n, text) for n, (language, text) in enumerate(BLOCKS) if language == "python"]
SHELL = [
    [line.split("# ")[0].strip() for line in text.strip().splitlines()]
    for language, text in BLOCKS
    if language == "bash"
]


@pytest.mark.parametrize(("position", "code"), PYTHON)
def test_python_blocks_run_and_print_what_is_shown(
    position: int, code: str, folder: Path, request: pytest.FixtureRequest
) -> None:
    if "pyspark" in code:
        request.getfixturevalue("java")
    done = run([sys.executable, "-c", code], folder)
    assert done.returncode == 0, done.stderr
    following = BLOCKS[position + 1] if position + 1 < len(BLOCKS) else ("", "")
    shown = following[1] if following[0] == "text" else ""
    assert done.stdout == shown


@pytest.mark.parametrize("lines", [lines for lines in SHELL if "make" not in lines[0]])
def test_shell_blocks_run(lines: list[str], folder: Path) -> None:
    done = run(["/bin/bash", "-euc", "\n".join(lines)], folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout or done.stderr


@pytest.mark.parametrize(
    "line", [line for lines in SHELL for line in lines if line.startswith("make")]
)
def test_make_targets_exist(line: str) -> None:
    done = run(["/bin/bash", "-c", f"{line} --dry-run"], ROOT)
    assert done.returncode == 0, done.stderr
    assert "stancekit" in done.stdout or "pytest" in done.stdout


def test_the_figures_of_speed_are_those_of_make_bench() -> None:
    page = ROOT / "serving" / "benchmark.md"
    shown = section(README, MAKER, "README.md")
    measured = page.read_text(encoding="utf-8") if page.exists() else ""
    assert shown.strip().endswith(measured.strip())
    assert bool(measured) == ("|" in shown)


@pytest.mark.parametrize("name", CARDS)
def test_the_table_of_results_says_what_the_released_cards_say(
    name: str, codebook: Codebook
) -> None:
    for task in codebook.task_names:
        of_card = re.search(rf"\| {task} \| {name} \| (\S+ \[\S+ \S+\]) \|", CARDS[name])
        assert of_card is not None
        assert f"| {task} | {name} | {of_card[1]} |" in RESULTS


def test_the_contrast_pairs_are_those_of_the_released_model() -> None:
    summed = [line for line in CARDS[RELEASED].splitlines() if re.match(r"\| \w+ \| label ", line)]
    assert len(summed) == 4
    assert "\n".join(summed) in README


def test_the_calibration_is_that_of_the_released_model() -> None:
    rows = re.findall(r"\| \w+ \| \d\.\d\d \| (0\.\d{3}) \| (0\.\d{3}) \|", CARDS[RELEASED])
    assert len(rows) == 2
    shown = README.split("Probabilities are calibrated")[1].split("- **")[0]
    for before, after in rows:
        assert before in shown
        assert after in shown


def test_the_scores_without_written_sentences_are_as_said(
    sentences: list[Sentence], codebook: Codebook
) -> None:
    recipe = read_recipe(ROOT / "training" / "recipes" / "tfidf-documents.toml")
    assert not recipe.data.authored
    text = " ".join(README.split())
    tasks = evaluate(recipe, sentences, codebook).tasks.values()
    assert all(f"{task.macro_f1} on {task.task}" in text for task in tasks)
    labels = [score for task in tasks for score in task.labels]
    assert [score.f1 for score in labels if score.label == "market"] == [0]
    for label in ("engagement", "market"):
        [row] = [
            line for line in CARDS["tfidf"].splitlines() if "| tfidf | " in line and label in line
        ]
        shown = re.search(rf"{label} (\d\.\d\d)", row)
        assert shown is not None
        assert shown[1] in text.split("The baseline is weak")[1].split("Use it to try")[0]


def test_the_agreement_is_that_of_the_annotations(codebook: Codebook) -> None:
    rows = agreement_table(read_annotations(ROOT / "labels" / "annotations", codebook), codebook)
    datasheet = (ROOT / "labels" / "README.md").read_text(encoding="utf-8")
    for row in rows:
        if not row.label:
            assert str(row.alpha) in README
        assert f"{row.observed:.1%} | {row.alpha} | {row.ac1} |" in datasheet


def test_the_agreement_on_written_sentences_is_that_of_the_annotations(
    authored: list[Sentence], codebook: Codebook
) -> None:
    annotations = read_annotations(ROOT / "labels" / "slices" / "annotations", codebook)
    datasheet = (ROOT / "labels" / "README.md").read_text(encoding="utf-8")
    cells = Counter(" / ".join(s.labels[t] for t in codebook.task_names) for s in authored)
    for row in cell_agreement(annotations, codebook):
        shown = f"| {row.label} | {cells[row.label]:,} | {row.observed:.1%} | {row.alpha} |"
        assert shown in datasheet
    register = {sentence.id: sentence.details["register"] for sentence in authored}
    for name, count in Counter(register.values()).items():
        own = {
            who: {id_: row for id_, row in rows.items() if register[id_] == name}
            for who, rows in annotations.items()
        }
        alphas = [str(row.alpha) for row in agreement_table(own, codebook) if not row.label]
        assert f"| {name} | {count:,} | {' | '.join(alphas)} |" in datasheet
    assert f"{len(authored):,}" in README
    for task in codebook.tasks:
        found = associations(authored, task.name)
        for label in task.label_names:
            first = [f"{a.word} {a.count}/{a.total}" for a in found if a.label == label][:8]
            assert f"| {label} | {', '.join(first)} |" in datasheet


def test_every_command_is_named() -> None:
    groups = get_command(app).commands  # type: ignore[attr-defined]
    for name, command in groups.items():
        assert f"`{name}`" in README or f"stancekit {name}" in README or f"{name} " in README
        for own in getattr(command, "commands", {}):
            assert own in README.split("Commands:")[1]


def test_every_link_leads_somewhere() -> None:
    for folder in (ROOT, *(ROOT / name for name in FOLDERS)):
        page = (folder / "README.md").read_text(encoding="utf-8")
        headings = {
            re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")
            for heading in re.findall(r"^#+ (.+)$", page, flags=re.MULTILINE)
        }
        for target in re.findall(r"\]\(([^)]+)\)", page):
            if target.startswith("#"):
                assert target[1:] in headings, target
            elif not target.startswith("https://"):
                assert (folder / target).exists(), target


def test_the_promises_are_those_of_the_released_model(codebook: Codebook) -> None:
    folder = released_bundle()
    held_out = read_held_out(folder, read_manifest(folder))
    lines = promises_page(codebook, held_out, Asked())
    assert "\n".join(lines[: lines.index("")]) in README
    text = " ".join(README.split("Another source is another matter")[1].split("\n\n")[0].split())
    coverages, rights, worst = [], [], []
    for task in codebook.task_names:
        left_out = left_out_documents(held_out.tasks[task], 0.1, 0.9, 0.9)
        coverage = [own.covered.sum() / own.sentences.sum() for own in left_out]
        coverages.append(f"{min(coverage):.2f} to {max(coverage):.2f}")
        answered = sum(own.answered.sum() for own in left_out)
        rights.append(f"{answered - sum(own.wrong.sum() for own in left_out)} of {answered}")
        least = max(left_out, key=lambda own: own.wrong.sum() / max(1, own.answered.sum()))
        worst.append((least.wrong.sum() / least.answered.sum(), least))
        if task == "framing":
            [own] = [own for own in left_out if own.sentences[0] == 95]
            assert f"{own.covered[0]} of 95" in text
    assert all(figure in text for figure in (*coverages, *rights))
    _, least = max(worst, key=lambda pair: pair[0])
    assert f"at worst {(least.answered - least.wrong).sum()} of {least.answered.sum()}" in text
