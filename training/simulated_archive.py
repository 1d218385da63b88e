"""An archive that was never written: articles of ten outlets, scored as the model scores.

    python -m stancekit.training.simulated_archive archive.parquet --articles 10000

True labels are drawn by outlet and month. The probabilities are those that the released model gave
a sentence with that true label when its document was left out, so the labels in the file are wrong
as often as the model is, and what is true is known (the columns `true_<task>`). The texts are the
written sentences that ship.
"""

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from stancekit.labels.codebook import Codebook, Task
from stancekit.labels.sentences import AUTHORED, labelled, read_sentences, released_sentences
from stancekit.models.bundle import read_held_out, released_bundle
from stancekit.models.held_out import HeldOut, HeldOutTask
from stancekit.models.manifest import read_manifest
from stancekit.models.predictor import IntArray

__all__ = ["simulated_archive"]

OUTLETS = {
    "Harbour Daily": (0.9, 0.2), "The Meridian": (0.5, 0.6), "Foundry Weekly": (-0.3, -0.7),
    "East Quay Review": (0.2, 0.1), "Capital Ledger": (0.1, -0.4), "Pacific Wire": (-0.1, 0.3),
    "Northern Post": (-0.5, 0.4), "Strait Observer": (-0.9, 0.7), "Silicon Gazette": (0.0, -1.0),
    "Policy Note": (-0.4, 0.9),
}  # fmt: skip
"""Outlet -> where it leans on the first two tasks, as log odds."""

FIRST_YEAR, MONTHS = 2019, 84
LONGEST = 18


def simulated_archive(
    codebook: Codebook, bundle: str, held_out: HeldOut, articles: int = 10_000, seed: int = 0
) -> pa.Table:
    """Return a table as `stancekit score` writes it, with outlet, date, title and address."""
    draw = np.random.default_rng(seed)
    names, popularity = list(OUTLETS), 1 / np.arange(2, len(OUTLETS) + 2)
    outlets = draw.choice(len(names), articles, p=popularity / popularity.sum())
    months = draw.integers(MONTHS, size=articles)
    lengths = draw.integers(1, LONGEST + 1, articles)
    rows = np.repeat(np.arange(articles), lengths)
    true = {
        task.name: _true_labels(task, number, outlets, months, rows, draw)
        for number, task in enumerate(codebook.tasks)
    }
    starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    texts = _texts(codebook, true, draw)
    sizes = np.array([len(text) for text in texts], np.int64)
    ends = np.cumsum(sizes + 1) - 1  # a blank between two sentences
    ends -= (ends - sizes)[starts]
    columns: dict[str, object] = {
        "document": np.char.add("a", rows.astype(str)),
        "sentence": (np.arange(len(rows)) - starts).astype(np.int32),
        "start": ends - sizes,
        "end": ends,
        "text": texts,
    }
    for task in codebook.tasks:
        columns |= _predicted(task, held_out.tasks[task.name], true[task.name], draw)
    columns |= {
        "bundle": [bundle] * len(rows),
        "codebook": [codebook.digest[:12]] * len(rows),
        "outlet": np.array(names)[outlets][rows],
        "date": np.array([_date(month, draw) for month in months])[rows],
        "title": np.char.add("Article ", rows.astype(str)),
        "address": np.char.add("https://example.org/", rows.astype(str)),
    }
    for task in codebook.tasks:
        columns[f"true_{task.name}"] = np.array(task.label_names)[true[task.name]]
    return pa.table(columns)


def _true_labels(
    task: Task,
    number: int,
    outlets: IntArray,
    months: IntArray,
    rows: IntArray,
    draw: np.random.Generator,
) -> IntArray:
    """Lean by outlet, drift over time, and an article of one mind, by the values of the labels."""
    values = np.array([label.value for label in task.labels])
    lean = np.array([both[number % 2] for both in OUTLETS.values()])[outlets]
    drift = (0.6 - 1.2 * months / MONTHS) * (1 if number % 2 == 0 else -0.3)
    mind = (lean + drift + draw.normal(0, 0.7, len(outlets)))[rows]
    odds = np.exp(values[None, :] * mind[:, None] + 0.4 * (values == 0))
    bounds = np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)
    drawn: IntArray = (draw.random(len(rows))[:, None] > bounds[:, :-1]).sum(axis=1)
    return drawn


def _predicted(
    task: Task, held_out: HeldOutTask, true: IntArray, draw: np.random.Generator
) -> dict[str, object]:
    chosen = np.zeros(len(true), np.int64)
    for label in range(len(task.labels)):
        chosen[true == label] = draw.choice(
            np.flatnonzero(held_out.gold == label), int((true == label).sum())
        )
    probabilities = held_out.probabilities[chosen]
    columns: dict[str, object] = {
        task.name: np.array(task.label_names)[probabilities.argmax(axis=1)]
    }
    for position, name in enumerate(task.label_names):
        columns[f"{task.name}_{name}"] = probabilities[:, position]
    return columns


def _texts(
    codebook: Codebook, true: dict[str, IntArray], draw: np.random.Generator
) -> npt.NDArray[np.object_]:
    pools: dict[tuple[str, ...], list[str]] = {}
    for sentence in labelled(read_sentences(released_sentences(), codebook), codebook):
        if sentence.origin == AUTHORED:
            both = tuple(sentence.labels[name] for name in codebook.task_names)
            pools.setdefault(both, []).append(sentence.text)
    labels = [np.array(codebook.task(name).label_names)[true[name]] for name in codebook.task_names]
    texts = np.empty(len(labels[0]), object)
    for own, pool in sorted(pools.items()):
        here = np.all([column == label for column, label in zip(labels, own, strict=True)], axis=0)
        texts[here] = draw.choice(np.array(pool, object), int(here.sum()))
    return texts


def _date(month: int, draw: np.random.Generator) -> str:
    """Return a date, now and then one that is known to the month or the year only."""
    year, number = FIRST_YEAR + month // 12, month % 12 + 1
    precision = draw.random()
    if precision < 0.01:
        return f"{year}"
    return (
        f"{year}-{number:02}"
        if precision < 0.05
        else f"{year}-{number:02}-{draw.integers(1, 29):02}"
    )


def main() -> None:
    """Write an archive to a Parquet file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    folder = released_bundle()
    manifest = read_manifest(folder)
    held_out = read_held_out(folder, manifest)
    table = simulated_archive(
        manifest.codebook, manifest.id[:12], held_out, asked.articles, asked.seed
    )
    pq.write_table(table, asked.out, compression="zstd")


if __name__ == "__main__":
    main()
