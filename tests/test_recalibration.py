"""A user's labels in place of those that a bundle came with."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stancekit.labels.codebook import Codebook, released_codebook
from stancekit.labels.errors import DataError
from stancekit.labels.sentences import Sentence, dataset_digest, write_lines
from stancekit.models.bundle import read_bundle, released_bundle
from stancekit.models.calibration import CalibratedModel, scaled
from stancekit.models.predictor import FloatArray
from stancekit.serving import Classifier
from stancekit.training.recalibration import FEWEST, recalibrated

Run = Callable[..., subprocess.CompletedProcess[str]]
BOOK = released_codebook()


def own(count: int = 60, documents: int = 4) -> list[Sentence]:
    """Sentences that nobody was trained on, with all labels in turn."""
    rows = []
    for number in range(count):
        labels = {
            task.name: task.label_names[(number + place) % len(task.labels)]
            for place, task in enumerate(BOOK.tasks)
        }
        text = f"Delegate {number} spoke of the harbour in Osterby."
        rows.append(
            Sentence(
                id=f"own:{number}",
                document=f"d{number % documents}",
                start=0,
                end=len(text),
                text=text,
                labels=labels,
            )
        )
    return rows


class TooSure:
    """Gives one label 0.99; it is the right one in four of five sentences."""

    reads_context = False

    def probabilities(
        self, texts: list[str], contexts: list[str] | None = None
    ) -> dict[str, FloatArray]:
        assert contexts is not None
        found = {}
        for place, task in enumerate(BOOK.tasks):
            labels = len(task.labels)
            rows = np.full((len(texts), labels), 0.01 / (labels - 1))
            for row, text in enumerate(texts):
                number = int(text.split()[1])
                rows[row, (number + place + (number % 5 == 0)) % labels] = 0.99
            found[task.name] = rows
        return found


def test_a_model_that_is_too_sure_gets_a_temperature_above_one() -> None:
    sentences = own(400)
    model = CalibratedModel(TooSure(), dict.fromkeys(BOOK.task_names, 1.0))  # type: ignore[arg-type]
    found = recalibrated(model, sentences, BOOK)
    for name, task in found.tasks.items():
        assert task.temperature > 1.5
        assert task.error < 0.05 < task.error_before
        held_out = found.held_out.tasks[name]
        assert held_out.documents == tuple(s.document for s in sentences)
        assert np.allclose(held_out.probabilities.max(axis=1), 0.8, atol=0.03)
    assert (found.documents, len(found.sentences)) == (4, 400)


def test_each_document_is_scaled_by_the_others() -> None:
    """One document in which the model is always wrong must not soften itself."""
    sentences = own(80, documents=2)
    wrong = {task.name: task.label_names[0] for task in BOOK.tasks}
    moved = [replace(s, labels=wrong) if s.document == "d0" else s for s in sentences]
    model = CalibratedModel(TooSure(), dict.fromkeys(BOOK.task_names, 1.0))  # type: ignore[arg-type]
    found = recalibrated(model, moved, BOOK)
    for name in BOOK.task_names:
        task = found.held_out.tasks[name]
        sure = {d: task.probabilities[[n == d for n in task.documents]].max() for d in ("d0", "d1")}
        assert sure["d0"] > sure["d1"]


def test_sentences_that_were_trained_on_are_refused(everything: list[Sentence]) -> None:
    model = CalibratedModel(TooSure(), dict.fromkeys(BOOK.task_names, 1.0))  # type: ignore[arg-type]
    for known in (everything[0], everything[-1]):
        copied = replace(known, id="mine", text=known.text.upper())
        with pytest.raises(DataError, match=r"1 of 61 sentences are among those .* such as 'mine'"):
            recalibrated(model, [*own(), copied], BOOK)


def test_too_few_labels_are_refused() -> None:
    model = CalibratedModel(TooSure(), dict.fromkeys(BOOK.task_names, 1.0))  # type: ignore[arg-type]
    task = BOOK.task_names[1]
    rows = [replace(s, labels={k: v for k, v in s.labels.items() if k != task}) for s in own()]
    with pytest.raises(
        DataError, match=f"task '{task}': 0 sentences have a label, expected {FEWEST}"
    ):
        recalibrated(model, rows, BOOK)


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_the_command_writes_a_bundle_of_the_same_model(
    stancekit: Run, tmp_path: Path, codebook: Codebook, suffix: str
) -> None:
    sentences = own(90)
    path = tmp_path / f"mine{suffix}"
    if suffix == ".jsonl":
        write_lines(path, sentences)
    else:
        head = ["text", "document", *codebook.task_names]
        lines = [
            [s.text, s.document, *(s.labels[t] for t in codebook.task_names)] for s in sentences
        ]
        path.write_text("\n".join(",".join(row) for row in [head, *lines]))
    done = stancekit("recalibrate", "--model", "tfidf", "--labels", path, "--out", "mine-model")
    assert done.returncode == 0, done.stderr
    assert "tfidf, recalibrated on 90 sentences of 4 documents; the 302 sentences" in done.stdout
    assert "| task | label | labelled |" in done.stdout
    assert "4 of them can promise no more than 4 of 5, 80 % coverage" in done.stdout
    before, after = read_bundle(released_bundle("tfidf")), read_bundle(tmp_path / "mine-model")
    assert after.manifest.id != before.manifest.id
    changed = {n for n, d in after.manifest.files.items() if before.manifest.files[n] != d}
    assert changed == {"CARD.md", "held_out.json"}
    made_of = after.manifest.recalibration
    assert made_of is not None
    assert (made_of.bundle, made_of.sentences, made_of.documents) == (before.manifest.id, 90, 4)
    if suffix == ".jsonl":
        assert made_of.dataset_digest == dataset_digest(sentences)
    for name, task in after.held_out.tasks.items():
        assert len(task.gold) == 90
        assert set(task.documents) == {"d0", "d1", "d2", "d3"}
        raw = before.model.model.probabilities(["It rained in Osterby."])[name]
        expected = scaled(raw, after.manifest.temperatures[name])
        [row] = Classifier(after).predict(["It rained in Osterby."])
        assert list(row[name].probabilities.values()) == pytest.approx(expected[0].tolist())
    card = (tmp_path / "mine-model" / "CARD.md").read_text(encoding="utf-8")
    assert card.startswith("# tfidf\n\nRecalibrated on 90 labelled sentences of 4 documents")

    again = stancekit("recalibrate", "--model", "mine-model", "--labels", path, "--out", "twice")
    assert again.returncode == 0, again.stderr
    twice = read_bundle(tmp_path / "twice")
    assert twice.manifest.temperatures == after.manifest.temperatures
    assert (tmp_path / "twice" / "CARD.md").read_text(encoding="utf-8").count(
        "Recalibrated on"
    ) == 1


def test_what_cannot_be_used_is_named_and_nothing_is_written(
    stancekit: Run, tmp_path: Path, sentences: list[Sentence]
) -> None:
    write_lines(tmp_path / "few.jsonl", own(5))
    write_lines(tmp_path / "seen.jsonl", sentences)
    (tmp_path / "x.txt").write_text("x")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "notes.md").write_text("mine")
    for labels, out, reason in (
        ("few.jsonl", "new", "few.jsonl: task 'stance': 5 sentences have a label, expected 30"),
        ("seen.jsonl", "new", "seen.jsonl: 302 of 302 sentences are among those that ship"),
        ("x.txt", "new", "x.txt: expected a .jsonl file"),
        ("gone.jsonl", "new", "gone.jsonl: cannot be read"),
        ("few.jsonl", "taken", "holds notes.md, which is no part of a bundle"),
    ):
        done = stancekit("recalibrate", "--model", "tfidf", "--labels", labels, "--out", out)
        assert done.returncode == 2, labels
        assert done.stderr.startswith("stancekit: ")
        assert reason in done.stderr
        assert done.stdout == ""
        assert not (tmp_path / "new").exists()


def test_a_released_manifest_does_not_speak_of_recalibration() -> None:
    for name in ("tfidf", "mpnet"):
        content = json.loads((released_bundle(name) / "bundle.json").read_text(encoding="utf-8"))
        assert "recalibration" not in content
