"""What the released bundles promise, and what becomes of it: simulated, and by document."""

import csv
import math
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stancekit.labels.codebook import Codebook
from stancekit.models.bundle import read_held_out, released_bundle
from stancekit.models.conformal import fit_label_sets
from stancekit.models.held_out import HeldOut, HeldOutTask
from stancekit.models.manifest import read_manifest
from stancekit.models.new_documents import fewest_documents, highest_coverage, left_out_documents
from stancekit.models.precision import label_promise
from stancekit.models.promises import promised
from stancekit.models.simulation import simulate
from stancekit.serving.promise_tables import Asked, documents_page

Run = Callable[..., subprocess.CompletedProcess[str]]
ASKED = (0.1, 0.9, 0.9)


@pytest.fixture(scope="module", params=["mpnet", "tfidf"])
def held_out(request: pytest.FixtureRequest) -> HeldOut:
    folder = released_bundle(request.param)
    return read_held_out(folder, read_manifest(folder))


def test_promises_are_kept_where_sentences_are_exchangeable(held_out: HeldOut) -> None:
    """Tolerances are three standard errors of the mean over draws."""
    draws = 300
    for task in held_out.tasks.values():
        found = simulate(task, *ASKED, draws)
        for label, covered in enumerate(found.covered.tolist()):
            count = int((task.gold == label).sum())
            deviation = math.sqrt(0.9 * 0.1 / (count + 2))
            assert covered >= 0.9 - 3 * deviation / math.sqrt(draws)
            assert covered <= 0.9 + 2 / count + 3 * deviation / math.sqrt(draws)
        most = 0.1 + 3 * math.sqrt(0.1 * 0.9 / draws)
        assert (found.broken <= found.made).all()
        assert (found.broken / draws <= most).all()


def test_a_simulation_finds_promises_that_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where answers are tested for less than is said of them."""
    generator = np.random.default_rng(3)
    confidences = generator.uniform(0.5, 1, 400)
    gold = np.where(generator.random(400) < 0.2, 1, 0)
    rows = np.column_stack([confidences, 1 - confidences])
    task = HeldOutTask(("d",) * 400, gold.astype(np.int64), rows)
    assert simulate(task, *ASKED, 100).broken.max() <= 20

    def careless(task: HeldOutTask, label: int, precision: float, confidence: float) -> object:
        return label_promise(task, label, precision - 0.2, confidence)

    monkeypatch.setattr("stancekit.models.simulation.label_promise", careless)
    assert simulate(task, *ASKED, 100).broken[0] > 50


def test_the_same_seed_gives_the_same_figures(held_out: HeldOut) -> None:
    task = next(iter(held_out.tasks.values()))
    one, two, other = (simulate(task, *ASKED, 20, seed) for seed in (1, 1, 2))
    assert one.covered.tolist() == two.covered.tolist() != other.covered.tolist()


def test_every_document_is_judged_by_what_the_others_promise(held_out: HeldOut) -> None:
    for task in held_out.tasks.values():
        found = left_out_documents(task, *ASKED)
        assert [own.document for own in found] == list(dict.fromkeys(task.documents))
        assert sum(own.sentences for own in found).tolist() == np.bincount(task.gold).tolist()
        for own in found:
            is_own = np.array([name == own.document for name in task.documents])
            others = HeldOutTask(
                tuple(n for n in task.documents if n != own.document),
                task.gold[~is_own],
                task.probabilities[~is_own],
            )
            sets = fit_label_sets(others, 0.1)
            members = sets.members(task.probabilities[is_own])
            gold = task.gold[is_own]
            for label in range(len(own.sentences)):
                assert own.covered[label] == members[gold == label, label].sum()
            assert own.single == (members.sum(axis=1) == 1).sum()
            assert (own.wrong <= own.answered).all()


def test_documents_are_summed_and_the_longest_shown(codebook: Codebook, held_out: HeldOut) -> None:
    many = HeldOut(
        {
            name: replace(task, documents=tuple(f"d{n % 25}" for n in range(len(task.gold))))
            for name, task in held_out.tasks.items()
        }
    )
    lines = documents_page(codebook, many, Asked())
    shown = [line.split(" | ")[0] for line in lines if line.startswith(("| d", "| all"))]
    # 302 sentences are 13 in the first two documents, 12 in all others.
    assert shown == [*(f"| d{n}" for n in range(20)), "| all 25"] * 2
    total = sum(int(line.split(" | ")[1]) for line in lines if line.startswith("| all 25"))
    assert total == 2 * 302
    assert "A coverage of 90 % takes 9 of them or more, and here are 25" in lines[-1]


def test_five_documents_promise_five_sixths_of_another() -> None:
    assert highest_coverage(5) == pytest.approx(1 - 1 / 6)
    assert fewest_documents(0.1) == 9
    for rate in (0.05, 0.1, 0.15, 0.2, 0.3):
        fewest = fewest_documents(rate)
        assert highest_coverage(fewest) >= 1 - rate - 1e-12
        assert highest_coverage(fewest - 1) < 1 - rate


def test_a_label_without_sentences_is_in_all_sets_and_promised_nothing() -> None:
    rows = np.tile([0.6, 0.3, 0.1], (20, 1))
    found = promised(HeldOutTask(("d",) * 20, np.array([0, 1] * 10), rows), *ASKED)
    last = found.labels[2]
    assert (last.sentences, last.documents, last.threshold) == (0, 0, 0)
    assert (last.low, last.high) == (1, 1)
    assert (last.single, last.right) == (0, 0)
    assert last.precise.threshold is None
    empty = HeldOutTask((), np.empty(0, np.int64), np.empty((0, 3)))
    assert promised(empty, *ASKED).precise.threshold is None
    assert left_out_documents(empty, *ASKED) == []


def test_sets_of_one_label_are_counted_with_how_often_they_are_right(held_out: HeldOut) -> None:
    for task in held_out.tasks.values():
        members = fit_label_sets(task, 0.1).members(task.probabilities)
        single = members.sum(axis=1) == 1
        found = promised(task, *ASKED)
        assert found.single == single.sum() == sum(label.single for label in found.labels)
        assert found.right == members[single, task.gold[single]].sum()


def test_the_command_says_what_is_promised_and_what_cannot_be(stancekit: Run) -> None:
    done = stancekit("bundle", "promises", "--simulate", "20")
    assert (done.returncode, done.stderr) == (0, "")
    assert "cannot be promised: 12 wrong among the 36 surest" in done.stdout
    assert "5 of them can promise no more than 5 of 6, 83.3 % coverage" in done.stdout
    assert "90 % takes 9 or more" in done.stdout
    assert done.stdout.count("in 20 of 20") >= 1
    loose = stancekit("bundle", "promises", "--error-rate", "0.2", "--precision", "0.4")
    assert "cannot be promised" not in loose.stdout
    for option in ("--error-rate", "--precision", "--confidence"):
        wrong = stancekit("bundle", "promises", option, "1.5")
        assert (wrong.returncode, wrong.stdout) == (2, "")
        assert "expected a number between 0 and 1, given 1.5" in wrong.stderr


def test_parts_are_not_taken_for_documents(codebook: Codebook, held_out: HeldOut) -> None:
    parts = HeldOut(
        {
            name: replace(task, documents=tuple(f"part {n % 5 + 1}" for n in range(len(task.gold))))
            for name, task in held_out.tasks.items()
        }
    )
    text = "\n".join(documents_page(codebook, parts, Asked()))
    assert "nothing can be promised of another source" in text
    assert "of 6" not in text.split("Each document was")[1]


def test_scores_have_sets_at_the_error_rate_that_is_asked_for(
    stancekit: Run, tmp_path: Path
) -> None:
    text = "Beijing opens its chip market. It rained. Tariffs on chips rose again."
    options = ("--model", "tfidf", "--error-rate")
    done = stancekit("score", "-", *options, "0.6", "--out", "scores.csv", stdin=text)
    assert done.returncode == 0, done.stderr
    assert "stance  0 of 3 undecided" in done.stdout
    assert "for want of labelled sentences" not in done.stdout
    with (tmp_path / "scores.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert row["stance_set"] == row["stance"]
            assert (row["stance_undecided"], row["error_rate"]) == ("False", "0.6")
    strict = stancekit("score", *options, "0.02", stdin=text)
    assert strict.stdout.count(" ?") == 6
    [task] = [line for line in strict.stdout.splitlines() if line.startswith("stance  3 of 3")]
    assert task.endswith("in all sets, for want of labelled sentences: Engagement")
    wrong = stancekit("score", *options, "0", stdin=text)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == "stancekit: error rate: expected a number between 0 and 1, given 0.0\n"
