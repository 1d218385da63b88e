"""Guards on the sentences written for training: variety, no copies, no give-away."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import cross_val_predict

from stancekit.labels.annotation import disagreements, read_adjudications, read_annotations
from stancekit.labels.association import associations
from stancekit.labels.codebook import Codebook
from stancekit.labels.sentences import Sentence

SLICES = Path(__file__).parent.parent / "labels" / "slices"
REGISTERS = {
    "newswire", "headline", "interview", "think tank", "academic", "official speech",
    "state media", "legislative", "op-ed", "company",
}  # fmt: skip
ACTORS = {"Beijing", "Washington", "Brussels", "third country", "firm", "researcher", "unnamed"}


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def shingles(text: str, length: int) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[n : n + length]) for n in range(len(found) - length + 1)}


def family(sentence: Sentence) -> str:
    """Return what a sentence and its edited versions have in common."""
    return sentence.details.get("rewrites", sentence.id)


def test_every_sentence_has_two_independent_labels(
    authored: list[Sentence], codebook: Codebook
) -> None:
    annotations = read_annotations(SLICES / "annotations", codebook)
    assert set(annotations) == {"writer", "second-reader"}
    for own in annotations.values():
        assert set(own) == {sentence.id for sentence in authored}
    settled = read_adjudications(SLICES / "adjudication.jsonl", codebook)
    assert {(d.id, d.task) for d in disagreements(annotations, codebook)} == set(settled)


def test_registers_actors_and_years_are_spread(authored: list[Sentence]) -> None:
    registers = Counter(sentence.details["register"] for sentence in authored)
    assert set(registers) == REGISTERS
    assert min(registers.values()) >= 200
    actors = Counter(sentence.details["actor"] for sentence in authored)
    assert set(actors) == ACTORS
    assert min(actors.values()) >= 200
    years = Counter(int(sentence.details["year"]) for sentence in authored)
    assert set(years) == set(range(2006, 2027))
    assert min(years.values()) >= 40


def test_every_cell_of_labels_is_filled(authored: list[Sentence], codebook: Codebook) -> None:
    cells = Counter(tuple(s.labels[task] for task in codebook.task_names) for s in authored)
    assert len(cells) == 9
    assert min(cells.values()) >= 150


def test_a_third_is_hard_and_half_has_context(authored: list[Sentence]) -> None:
    hard = sum(sentence.details["difficulty"] != "plain" for sentence in authored)
    assert hard >= len(authored) / 3
    assert sum(bool(sentence.context) for sentence in authored) >= len(authored) / 2
    assert len(authored) >= 4000


def test_no_two_sentences_are_nearly_the_same(everything: list[Sentence]) -> None:
    """Jaccard similarity of word trigrams, for every pair; at this size no sketch is needed."""
    matrix = CountVectorizer(
        ngram_range=(3, 3), tokenizer=words, token_pattern=None, binary=True, dtype=np.int32
    ).fit_transform([sentence.text for sentence in everything])
    shared = (matrix @ matrix.T).tocoo()
    sizes = np.asarray(matrix.sum(axis=1)).ravel()
    pairs = shared.row < shared.col
    union = sizes[shared.row[pairs]] + sizes[shared.col[pairs]] - shared.data[pairs]
    similar = shared.data[pairs] / np.maximum(union, 1)
    close = [
        (everything[a].id, everything[b].id)
        for a, b, value in zip(shared.row[pairs], shared.col[pairs], similar, strict=True)
        if value > 0.4
        and everything[b].origin == "authored"
        and family(everything[a]) != family(everything[b])
    ]
    assert not close


def test_a_version_is_an_edit_of_what_it_names(authored: list[Sentence]) -> None:
    """Most words stay; a version of which little is left would be a sentence of its own."""
    by_id = {sentence.id: sentence for sentence in authored}
    versions = [sentence for sentence in authored if "rewrites" in sentence.details]
    assert len(versions) > 800
    shares = []
    for version in versions:
        source = by_id[version.details["rewrites"]]
        assert words(version.text) != words(source.text)
        left = Counter(words(source.text)) & Counter(words(version.text))
        shares.append(left.total() / len(words(source.text)))
    assert np.median(shares) > 0.75


def test_most_versions_turn_a_label_and_some_keep_both(authored: list[Sentence]) -> None:
    by_id = {sentence.id: sentence for sentence in authored}
    versions = [sentence for sentence in authored if "rewrites" in sentence.details]
    turned = Counter(
        task
        for version in versions
        for task, label in version.labels.items()
        if label != by_id[version.details["rewrites"]].labels[task]
    )
    assert min(turned.values()) >= 200
    kept = sum(v.labels == by_id[v.details["rewrites"]].labels for v in versions)
    assert kept >= 80


def test_no_eight_words_stand_in_the_documents(
    authored: list[Sentence], spans: list[Sentence]
) -> None:
    documents = {s for span in spans if span.origin == "document" for s in shingles(span.text, 8)}
    copied = [s.id for s in authored if shingles(f"{s.context} {s.text}", 8) & documents]
    assert not copied


def test_no_opening_is_a_template(authored: list[Sentence]) -> None:
    openings = Counter(
        opening for opening, _ in {(tuple(words(s.text)[:3]), family(s)) for s in authored}
    )
    assert openings.most_common(1)[0][1] <= 8


@pytest.mark.parametrize("task", [0, 1])
def test_length_alone_does_not_give_a_label_away(
    authored: list[Sentence], codebook: Codebook, task: int
) -> None:
    name = codebook.task_names[task]
    gold = [sentence.labels[name] for sentence in authored]
    lengths = np.array([[len(words(s.text)), len(s.text)] for s in authored], dtype=float)
    lengths = (lengths - lengths.mean(axis=0)) / lengths.std(axis=0)
    predicted = cross_val_predict(LogisticRegression(), lengths, gold, cv=5)
    commonest = Counter(gold).most_common(1)[0][1] / len(gold)
    assert accuracy_score(gold, predicted) - commonest <= 0.01
    # What labels drawn at random would reach.
    assert f1_score(gold, predicted, average="macro") <= 1 / len(set(gold))


MEANT = {"cheaper", "dearer", "productivity", "clients"}
"""Words that stand with one label because they are what it is about: `market`."""


@pytest.mark.parametrize("task", [0, 1])
def test_no_single_common_word_gives_a_label_away(
    authored: list[Sentence], codebook: Codebook, task: int
) -> None:
    """A word that stands in 15 sentences or more must not mean one label 19 times in 20.

    The commonest label of a task is left out: it is what most words stand with anyway. Versions
    that keep the label of what they rewrite would count its words again, and do not.
    """
    name = codebook.task_names[task]
    common = Counter(sentence.labels[name] for sentence in authored).most_common(1)[0][0]
    by_id = {sentence.id: sentence for sentence in authored}
    counted = [
        s for s in authored if family(s) == s.id or by_id[family(s)].labels[name] != s.labels[name]
    ]
    found = associations(counted, name, fewest=15)
    telling = {a.word for a in found if a.label != common and a.share > 0.95}
    assert telling <= MEANT


def skeleton(text: str) -> tuple[str, ...]:
    """Return the function words and signs of a sentence, a run of other words as one gap."""
    found: list[str] = []
    for token in re.findall(r"\w+|[^\w\s]", text.lower()):
        part = token if token in ENGLISH_STOP_WORDS or not token.isalnum() else "_"
        if part != "_" or found[-1:] != ["_"]:
            found.append(part)
    return tuple(found)


def test_no_skeleton_is_reused(authored: list[Sentence]) -> None:
    """Sentences of some length that differ in their content words alone come of one template."""
    skeletons: dict[tuple[str, ...], set[str]] = {}
    for sentence in authored:
        own = skeleton(sentence.text)
        if len(own) >= 12:
            skeletons.setdefault(own, set()).add(family(sentence))
    assert len(skeletons) > len(authored) / 2
    assert not [families for families in skeletons.values() if len(families) > 1]
