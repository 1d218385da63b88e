"""What a bundle knows of its model's errors."""

import json

import numpy as np
import pytest

from stancekit.labels.codebook import released_codebook
from stancekit.labels.errors import BundleError
from stancekit.models.bundle import read_held_out, released_bundle
from stancekit.models.held_out import HeldOut, HeldOutTask
from stancekit.models.manifest import read_manifest
from stancekit.training.metrics import confusion_matrix, macro_f1

BOOK = released_codebook()


def made() -> HeldOut:
    generator = np.random.default_rng(0)
    tasks = {}
    for task in BOOK.tasks:
        rows = generator.dirichlet(np.ones(len(task.labels)), size=4)
        tasks[task.name] = HeldOutTask(("a", "a", "b", "é"), np.array([0, 1, 1, 0]), rows)
    return HeldOut(tasks)


def test_what_is_written_is_read_again() -> None:
    given = made()
    content = given.to_bytes(BOOK)
    found = HeldOut.from_bytes(content, BOOK, "here")
    for name, own in given.tasks.items():
        assert found.tasks[name].documents == own.documents
        assert found.tasks[name].gold.tolist() == own.gold.tolist()
        assert np.allclose(found.tasks[name].probabilities, own.probabilities, atol=1e-6)
    assert found.to_bytes(BOOK) == content


@pytest.mark.parametrize("name", ["mpnet", "tfidf"])
def test_a_released_bundle_reached_its_scores_on_what_it_carries(name: str) -> None:
    folder = released_bundle(name)
    manifest = read_manifest(folder)
    held_out = read_held_out(folder, manifest)
    for score in manifest.scores:
        own = held_out.tasks[score.task]
        labels = len(manifest.codebook.task(score.task).labels)
        found = macro_f1(confusion_matrix(own.gold, own.predicted, labels))
        assert float(found) == pytest.approx(score.value, abs=1e-6)
        assert len(set(own.documents)) == 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda column: column["gold"].pop(), "columns of different length"),
        (lambda column: column["gold"].__setitem__(0, "maybe"), "has no label 'maybe'"),
        (lambda column: column["probabilities"][0].__setitem__(0, 2.0), "no distribution"),
        (lambda column: column["probabilities"][0].pop(), "has 3 labels"),
        (lambda column: column.pop("documents"), "key '.*documents' is missing"),
    ],
)
def test_a_damaged_file_is_refused(change: object, message: str) -> None:
    content = json.loads(made().to_bytes(BOOK))
    change(content["tasks"][BOOK.task_names[0]])  # type: ignore[operator]
    with pytest.raises(BundleError, match=f"here: .*{message}"):
        HeldOut.from_bytes(json.dumps(content).encode(), BOOK, "here")


def test_another_codebooks_file_is_refused() -> None:
    content = json.loads(made().to_bytes(BOOK))
    del content["tasks"][BOOK.task_names[0]]
    with pytest.raises(BundleError, match="expected the tasks"):
        HeldOut.from_bytes(json.dumps(content).encode(), BOOK, "here")
