"""Contrast pairs: the data is what it says, stays out of training, and models are judged by it."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stancekit.labels.annotation import disagreements, read_adjudications, read_annotations
from stancekit.labels.codebook import Codebook
from stancekit.labels.contrast import (
    ContrastPair,
    build_contrast,
    check_contrast,
    read_contrast,
    read_written_pairs,
    released_contrast,
)
from stancekit.labels.errors import DataError
from stancekit.labels.sentences import Sentence, write_lines
from stancekit.models.bundle import released_bundle
from stancekit.models.predictor import FloatArray
from stancekit.serving import Classifier
from stancekit.training.contrast import (
    FLIPS,
    STAYS,
    ContrastScore,
    changed_pairs,
    contrast_metric,
    contrast_scores,
    contrast_table,
    same_pairs,
)

FOLDER = released_contrast().parent


@pytest.fixture(scope="module")
def pairs(codebook: Codebook) -> list[ContrastPair]:
    return read_contrast(released_contrast(), codebook)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


class Oracle:
    """Knows the gold label of every sentence, but for those in `wrong`."""

    reads_context = True

    def __init__(
        self,
        pairs: Sequence[ContrastPair],
        codebook: Codebook,
        wrong: set[str] = frozenset(),  # type: ignore[assignment]
    ) -> None:
        self.codebook = codebook
        self.gold = {
            (text, context): labels
            for pair in pairs
            for text, context, labels in zip(pair.texts, pair.contexts, pair.labels, strict=True)
        }
        self.wrong = wrong

    def probabilities(
        self, texts: Sequence[str], contexts: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        rows = {}
        for task in self.codebook.tasks:
            names = task.label_names
            gold = [
                names.index(self.gold[text, context][task.name])
                for text, context in zip(texts, contexts or [], strict=True)
            ]
            shifted = [
                (g + 1) % len(names) if text in self.wrong else g
                for g, text in zip(gold, texts, strict=True)
            ]
            rows[task.name] = np.eye(len(names))[shifted]
        return rows


def test_there_are_enough_pairs_of_many_kinds(
    pairs: list[ContrastPair], codebook: Codebook
) -> None:
    assert len(pairs) >= 200
    assert sum(not pair.flips for pair in pairs) >= 60
    for task in codebook.task_names:
        own = [pair for pair in pairs if pair.task == task]
        assert len(own) >= 80
        assert len({pair.phenomenon for pair in own}) >= 7
        turned = {(p.labels[0][task], p.labels[1][task]) for p in own if p.flips}
        assert {label for both in turned for label in both} == set(codebook.task(task).label_names)


def test_the_edit_is_small(pairs: list[ContrastPair]) -> None:
    for pair in pairs:
        first, second = (Counter(words(text)) for text in pair.texts)
        changed = max((first - second).total(), (second - first).total())
        assert changed <= max(4, 0.34 * max(first.total(), second.total())), pair.id
        if pair.texts[0] == pair.texts[1]:
            assert pair.contexts[0] != pair.contexts[1]


def test_no_pair_is_trained_on(pairs: list[ContrastPair], everything: list[Sentence]) -> None:
    def shingles(text: str) -> set[tuple[str, ...]]:
        found = words(text)
        return {tuple(found[n : n + 8]) for n in range(len(found) - 7)}

    trained = {shingle for s in everything for shingle in shingles(f"{s.context} {s.text}")}
    shared = [p.id for p in pairs for text in p.texts if shingles(text) & trained]
    assert not shared


def test_every_sentence_has_two_independent_labels(
    pairs: list[ContrastPair], codebook: Codebook
) -> None:
    annotations = read_annotations(FOLDER / "pairs" / "annotations", codebook)
    assert len(annotations) == 2
    for own in annotations.values():
        assert set(own) == {id_ for pair in pairs for id_ in pair.sentence_ids}
    settled = read_adjudications(FOLDER / "pairs" / "adjudication.jsonl", codebook)
    assert {(d.id, d.task) for d in disagreements(annotations, codebook)} == set(settled)


def test_scores_count_pairs_and_sentences(pairs: list[ContrastPair], codebook: Codebook) -> None:
    scores = contrast_scores(Oracle(pairs, codebook), pairs, codebook)
    assert {(s.both, s.sentences) for s in scores} == {(1.0, 1.0)}
    assert {s.phenomenon for s in scores} >= {FLIPS, STAYS}
    first = next(pair for pair in pairs if pair.flips and pair.texts[0] != pair.texts[1])
    scores = contrast_scores(Oracle(pairs, codebook, {first.texts[0]}), pairs, codebook)
    [own] = [s for s in scores if (s.task, s.phenomenon) == (first.task, first.phenomenon)]
    assert own.both == pytest.approx(1 - 1 / own.pairs)
    assert own.sentences == pytest.approx(1 - 0.5 / own.pairs)
    for task in codebook.task_names:
        counts = {s.phenomenon: s.pairs for s in scores if s.task == task}
        total = counts.pop(FLIPS) + counts.pop(STAYS)
        assert sum(counts.values()) == total == sum(pair.task == task for pair in pairs)


def test_pairs_are_known_again_by_what_was_asked(
    pairs: list[ContrastPair], codebook: Codebook
) -> None:
    def scores(own: list[ContrastPair]) -> list[ContrastScore]:
        return contrast_scores(Oracle(own, codebook), own, codebook)

    first, metric = pairs[0], contrast_metric(pairs[0].task, FLIPS if pairs[0].flips else STAYS)
    asked = scores(pairs)
    assert len({score.digest for score in asked}) > 2
    renamed = [replace(pair, id=f"new:{pair.id}") for pair in reversed(pairs)]
    assert set(same_pairs(asked, scores(renamed)).values()) == {True}
    edited = replace(first, texts=(first.texts[0], f"{first.texts[1]} Or so."))
    changed = same_pairs(asked, scores([edited, *pairs[1:]]))
    assert not changed[metric]
    assert [name for name, same in changed.items() if not same] == [
        name for name in changed if name in (metric, contrast_metric(first.task, first.phenomenon))
    ]
    assert same_pairs(asked, [replace(score, digest="") for score in asked]) == {}


def test_a_model_blind_to_the_edit_gets_no_flipping_pair_right(
    pairs: list[ContrastPair], codebook: Codebook
) -> None:
    class Blind(Oracle):
        def probabilities(
            self, texts: Sequence[str], contexts: Sequence[str] | None = None
        ) -> dict[str, FloatArray]:
            del contexts
            return {t.name: np.eye(len(t.labels))[[0] * len(texts)] for t in codebook.tasks}

    scores = contrast_scores(Blind(pairs, codebook), pairs, codebook)
    assert {s.both for s in scores if s.phenomenon == FLIPS} == {0.0}


def test_the_cards_report_the_released_models_by_phenomenon(
    pairs: list[ContrastPair], codebook: Codebook, classifier: Classifier
) -> None:
    scores = contrast_scores(classifier.bundle.model, pairs, codebook)
    card = released_bundle(classifier.bundle.manifest.name) / "CARD.md"
    assert contrast_table(scores) in card.read_text(encoding="utf-8")


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER / "pairs", tmp_path / "pairs")
    shutil.copy(released_contrast(), tmp_path)
    return tmp_path


def test_pairs_follow_from_their_sources(sources: Path, codebook: Codebook) -> None:
    assert check_contrast(sources, codebook) == build_contrast(sources / "pairs", codebook)
    path = sources / "contrast.jsonl"
    rows = read_contrast(path, codebook)
    write_lines(path, rows[:-1])
    with pytest.raises(DataError, match=f"holds {len(rows) - 1} pairs, its sources {len(rows)}"):
        check_contrast(sources, codebook)
    write_lines(path, [rows[1], rows[0], *rows[2:]])
    with pytest.raises(DataError, match="differs from pairs, annotations and adjudication"):
        check_contrast(sources, codebook)
    path.unlink()
    (sources / "pairs" / "pairs.jsonl").unlink()
    assert check_contrast(sources, codebook) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"task": "mood"}, "line 1: task 'mood' is none of"),
        ({"texts": ["a", " "]}, "line 1: a text is empty"),
        ({"texts": ["a", "a"], "contexts": ["", ""]}, "line 1: both sentences are the same"),
        ({"texts": ["a"]}, "line 1: key 'texts.1' is missing"),
        ({"mood": "x"}, "line 1: unknown key 'mood'"),
    ],
)
def test_a_faulty_pair_is_refused(
    sources: Path, codebook: Codebook, change: dict[str, Any], message: str
) -> None:
    path = sources / "pairs" / "pairs.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[0] = json.dumps({**json.loads(lines[0]), **change})
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_written_pairs(sources / "pairs", codebook)


def test_an_id_given_twice_is_refused(sources: Path, codebook: Codebook) -> None:
    path = sources / "contrast.jsonl"
    first = path.read_text(encoding="utf-8").splitlines()[0]
    path.write_text(f"{first}\n{first}\n", encoding="utf-8")
    with pytest.raises(DataError, match="is given more than once"):
        read_contrast(path, codebook)


def test_pairs_that_were_lost_and_won_are_counted_one_by_one(
    pairs: list[ContrastPair], codebook: Codebook
) -> None:
    task = codebook.task_names[0]
    own = [pair for pair in pairs if pair.task == task and pair.flips]
    before = contrast_scores(Oracle(pairs, codebook, {own[0].texts[0]}), pairs, codebook)
    after = contrast_scores(
        Oracle(pairs, codebook, {own[1].texts[0], own[2].texts[1]}), pairs[::-1], codebook
    )
    metric = contrast_metric(task, FLIPS)
    assert changed_pairs(after, before)[metric] == (2, 1)
    assert changed_pairs(before, after)[metric] == (1, 2)
    assert set(changed_pairs(after, before)) == set(same_pairs(after, before))
    older = [replace(score, right="") for score in before]
    others = [replace(score, digest="0") for score in before]
    assert changed_pairs(after, older) == changed_pairs(after, others) == {}


def test_few_pairs_leave_much_open() -> None:
    """The interval of 23 of 29 is Wilson's, which a table of it gives as 0.62 to 0.90."""
    few = ContrastScore(task="tone", phenomenon=FLIPS, pairs=29, both=23 / 29, sentences=0.84)
    found = few.interval
    assert (found.value, found.low, found.high) == pytest.approx((0.793, 0.616, 0.902), abs=5e-4)
    all_right = replace(few, phenomenon=STAYS, pairs=44, both=1.0).interval
    assert (all_right.low, all_right.high) == pytest.approx((0.920, 1.0), abs=5e-4)
