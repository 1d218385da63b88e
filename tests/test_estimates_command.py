"""`stancekit estimate`, as a user calls it."""

import csv
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stancekit.labels.codebook import Codebook
from stancekit.models.bundle import read_held_out, released_bundle
from stancekit.models.manifest import read_manifest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scores of the released model of forty documents of two outlets, without scoring."""
    manifest = read_manifest(released_bundle())
    held_out = read_held_out(released_bundle(), manifest)
    generator = np.random.default_rng(4)
    rows = 40 * 12
    columns: dict[str, object] = {
        "document": [f"d{n // 12}" for n in range(rows)],
        "sentence": [n % 12 for n in range(rows)],
        "start": [20 * (n % 12) for n in range(rows)],
        "end": [20 * (n % 12) + 8 for n in range(rows)],
        "text": [f"Text {n:03d}" for n in range(rows)],
    }
    for task in manifest.codebook.tasks:
        known = held_out.tasks[task.name]
        said = known.probabilities[generator.integers(len(known.gold), size=rows)]
        columns[task.name] = [task.label_names[code] for code in said.argmax(axis=1)]
        for position, label in enumerate(task.label_names):
            columns[f"{task.name}_{label}"] = said[:, position]
    columns["bundle"] = [manifest.id[:12]] * rows
    columns["codebook"] = [manifest.codebook_digest[:12]] * rows
    columns["outlet"] = [("Daily [red]", "Weekly")[n // 12 % 2] for n in range(rows)]
    columns["date"] = [("2021-05-01", "2022-03", "soon")[n // 12 % 3] for n in range(rows)]
    path = tmp_path_factory.mktemp("scores") / "scores.parquet"
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_the_command_writes_a_row_an_estimate(
    suffix: str, stancekit: Run, scores: Path, tmp_path: Path, codebook: Codebook
) -> None:
    out = tmp_path / f"estimates.{suffix}"
    done = stancekit(
        "estimate", scores, "--by", "outlet", "--over", "year", "--out", out, "--method", "count",
        "--method", "em",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "13 documents left out: column 'date' does not say the year" in done.stderr
    if suffix == "csv":
        rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    elif suffix == "jsonl":
        rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    else:
        rows = pq.read_table(out).to_pylist()
    quantities = sum(len(task.labels) + 1 for task in codebook.tasks)
    assert len(rows) == 2 * 2 * 2 * quantities
    assert list(rows[0]) == [
        "task", "quantity", "outlet", "period", "unit", "method", "value", "low", "high",
        "sentences", "documents", "note",
    ]  # fmt: skip
    assert {row["outlet"] for row in rows} == {"Daily [red]", "Weekly"}
    for row in rows:
        assert float(row["low"]) <= float(row["value"]) <= float(row["high"])


def test_the_command_shows_methods_side_by_side(stancekit: Run, scores: Path) -> None:
    done = stancekit("estimate", scores, "--by", "outlet", "--unit", "document")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].split() == [
        "outlet", "task", "count", "adjusted", "em", "sentences", "documents",
    ]  # fmt: skip
    assert "Daily [red]" in done.stdout
    assert "..." not in done.stdout
    assert "…" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--by", "outlets"], "no column 'outlets'; metadata: outlet, date"),
        (["--over", "year", "--date-column", "day"], "no column 'day'"),
        (["--method", "sample"], "needs labels of your own"),
        (["--model", "tfidf"], "was scored by bundle"),
        (["--out", "estimates.txt"], "expected a name that ends in"),
        (["--labels", "none.jsonl", "--method", "count"], "--labels: are for --method sample"),
        (["--labels", "none.jsonl"], "none.jsonl: cannot be read"),
    ],
)
def test_the_command_refuses_in_one_line(
    stancekit: Run, scores: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = stancekit("estimate", scores, *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not done.stdout
    assert not list(tmp_path.iterdir())
