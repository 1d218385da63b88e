import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.labels.folds import leave_one_group_out
from stancekit.labels.sentences import Sentence, write_lines
from stancekit.training.recipe import Recipe
from stancekit.training.suspicious import suspicious_labels

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def few(everything: list[Sentence]) -> list[Sentence]:
    return everything[::40]


@pytest.fixture(scope="module")
def light(recipe: Recipe) -> Recipe:
    """With few n-grams, as it is trained once a slice."""
    features = replace(recipe.features, character_ngrams=(3, 3))  # type: ignore[attr-defined]
    return replace(recipe, features=features)  # type: ignore[call-arg]


def test_every_sentence_is_judged_once_without_its_group(few: list[Sentence]) -> None:
    folds = leave_one_group_out(few)
    judged = sorted(position for fold in folds for position in fold.test)
    assert judged == list(range(len(few)))
    for fold in folds:
        assert {few[position].document for position in fold.test} == {fold.name}
        assert fold.name not in {few[position].document for position in fold.train}
    with pytest.raises(DataError, match="needs two or more, found 1"):
        leave_one_group_out([s for s in few if s.document == few[0].document])


def test_wrong_labels_come_first_and_nothing_is_changed(
    everything: list[Sentence], light: Recipe, codebook: Codebook
) -> None:
    """One label in twenty is turned; the first quarter of the list must hold over half of them."""
    few = everything[::8]
    task = codebook.tasks[-1]
    turned = {}
    for number, sentence in enumerate(few):
        if number % 20 == 0:
            names = task.label_names
            wrong = names[(names.index(sentence.labels[task.name]) + 1) % len(names)]
            turned[sentence.id] = replace(sentence, labels={**sentence.labels, task.name: wrong})
    given = [turned.get(sentence.id, sentence) for sentence in few]
    found = suspicious_labels(light, given, codebook)
    assert len(found) == len(few) * len(codebook.tasks)
    assert {(d.id, d.task): d.label for d in found} == {
        (s.id, name): s.labels[name] for s in given for name in codebook.task_names
    }
    own = [doubt for doubt in found if doubt.task == task.name]
    first = own[: len(own) // 4]
    hits = sum(doubt.id in turned for doubt in first)
    assert hits >= 0.5 * len(turned)
    assert all(0 <= doubt.support <= 1 for doubt in found)


def test_the_command_shows_and_writes_the_list(
    stancekit: Run, tmp_path: Path, few: list[Sentence]
) -> None:
    write_lines(tmp_path / "few.jsonl", few)
    done = stancekit("labels", "suspicious", "few.jsonl", "--limit", "3", "--out", "doubts.jsonl")
    assert done.returncode == 0, done.stderr
    assert "A doubt is a reason to read a sentence again" in " ".join(done.stdout.split())
    rows = [json.loads(line) for line in (tmp_path / "doubts.jsonl").read_text().splitlines()]
    assert len(rows) == 2 * len(few)
    assert rows[0]["flagged"]
