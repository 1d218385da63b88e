"""How sentences are judged: by an official split, by documents, or in parts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from stancekit.labels.codebook import Codebook
from stancekit.labels.dataset import Dataset, read_dataset
from stancekit.labels.errors import DataError
from stancekit.labels.folding import Folding, choose_folds, judged_by, to_pack
from stancekit.labels.folds import leave_one_document_out, words
from stancekit.labels.sentences import AUTHORED, DOCUMENT, Sentence
from stancekit.labels.stratified import stratified_parts


@pytest.fixture(scope="module")
def own() -> Dataset:
    return read_dataset(Path(__file__).parent / "own_codebook")


def with_split(sentence: Sentence, split: str) -> Sentence:
    return replace(sentence, details={"split": split})


def in_documents(sentences: Sequence[Sentence], count: int) -> list[Sentence]:
    return [replace(s, document=f"d{n % count}") for n, s in enumerate(sentences)]


def judges_each_once(folding: Folding, sentences: Sequence[Sentence]) -> bool:
    apart = all(
        {words(sentences[p].text) for p in fold.train}.isdisjoint(
            words(sentences[p].text) for p in fold.test
        )
        for fold in folding.folds
    )
    return apart and sorted(folding.judged) == list(range(len(sentences)))


def test_the_released_sentences_are_judged_by_document(
    everything: list[Sentence], codebook: Codebook
) -> None:
    folding = choose_folds(everything, codebook, 0)
    assert folding.name == "leave-one-document-out:5"
    assert list(folding.folds) == leave_one_document_out(everything)
    documents = [everything[position].document for position in folding.judged]
    assert list(folding.calibration) == list(folding.left_out) == documents
    assert to_pack(everything) == everything


def test_one_document_is_parted_with_like_shares_of_every_label(own: Dataset) -> None:
    folding = choose_folds(own.sentences, own.codebook, 0)
    assert folding.name == "stratified:5"
    assert judges_each_once(folding, own.sentences)
    assert {len(fold.test) for fold in folding.folds} <= {23, 24, 25}
    for task in own.codebook.task_names:
        whole = Counter(s.labels.get(task) for s in own.sentences)
        for fold in folding.folds:
            part = Counter(own.sentences[p].labels.get(task) for p in fold.test)
            for label in own.codebook.task(task).label_names:
                assert abs(part[label] - whole[label] / 5) <= 1.5
    assert folding.calibration == folding.left_out
    assert choose_folds(own.sentences, own.codebook, 0) == folding
    assert choose_folds(own.sentences, own.codebook, 1) != folding


def test_the_rarest_label_bounds_the_number_of_parts(own: Dataset) -> None:
    urgent = [s for s in own.sentences if s.labels.get("urgency") == "urgent"]
    rest = [s for s in own.sentences if s.labels.get("urgency") == "routine"]
    assert choose_folds([*rest, *urgent[:3]], own.codebook, 0).name == "stratified:3"
    assert choose_folds([*rest, *urgent[:1]], own.codebook, 0).name == "stratified:2"


def test_equal_texts_stay_together(own: Dataset) -> None:
    copies = [replace(s, id=f"{s.id}-again", text=s.text.upper()) for s in own.sentences[:40]]
    both = [*own.sentences, *copies]
    folding = choose_folds(both, own.codebook, 0)
    assert judges_each_once(folding, both)
    for fold in folding.folds:
        assert len(fold.train) + len(fold.test) == len(both)


def test_many_documents_are_left_out_in_groups(own: Dataset) -> None:
    few, many = in_documents(own.sentences, 20), in_documents(own.sentences, 60)
    assert choose_folds(few, own.codebook, 0).name == "leave-one-document-out:20"
    folding = choose_folds(many, own.codebook, 0)
    assert folding.name == "leave-documents-out:10"
    assert judges_each_once(folding, many)
    for fold in folding.folds:
        assert {many[p].document for p in fold.train}.isdisjoint(
            many[p].document for p in fold.test
        )


def test_a_split_of_some_is_refused(own: Dataset) -> None:
    first, *others = in_documents(own.sentences, 3)
    given = [with_split(first, "test"), *others]
    for judged in (lambda: choose_folds(given, own.codebook, 0), lambda: to_pack(given)):
        with pytest.raises(DataError, match=f"'{first.id}' is of 'test', '{others[0].id}' of none"):
            judged()


def test_an_official_split_is_honoured(own: Dataset) -> None:
    splits = ["train", "train", "validation", "test"]
    given = [with_split(s, splits[n % 4]) for n, s in enumerate(in_documents(own.sentences, 3))]
    folding = choose_folds(given, own.codebook, 0)
    [fold] = folding.folds
    assert folding.name == "official-split"
    assert {given[p].details["split"] for p in fold.train} == {"train", "validation"}
    assert {given[p].details["split"] for p in fold.test} == {"test"}
    assert len(fold.train) + len(fold.test) == len(given)
    assert set(Counter(folding.calibration).values()) <= {14, 15, 16}
    assert set(folding.calibration) == {"half 1", "half 2"}
    assert to_pack(given) == [given[p] for p in fold.train]
    copy = replace(given[fold.test[0]], id="copy", details={"split": "train"})
    [with_copy] = choose_folds([*given, copy], own.codebook, 0).folds
    assert with_copy == fold


def test_authored_sentences_are_never_judged_by(own: Dataset) -> None:
    written = replace(own.sentences[0], id="w", text="Own words.", origin=AUTHORED)
    for given in (own.sentences, in_documents(own.sentences, 40),
                  [with_split(s, "test" if n % 3 else "train")
                   for n, s in enumerate(own.sentences)]):  # fmt: skip
        folding = choose_folds([written, *given], own.codebook, 0)
        assert all(0 in fold.train and 0 not in fold.test for fold in folding.folds)


def test_what_cannot_be_judged_is_refused(own: Dataset) -> None:
    half = [with_split(s, "train") for s in own.sentences]
    with pytest.raises(DataError, match="expected sentences of 'train' and of 'test'"):
        choose_folds(half, own.codebook, 0)
    half[0] = with_split(replace(half[0], labels={"topic": "billing"}), "test")
    with pytest.raises(DataError, match="task 'urgency': no sentence to judge by has a label"):
        choose_folds(half, own.codebook, 0)
    with pytest.raises(DataError, match="needs two different ones or more, found 1"):
        choose_folds(own.sentences[:1], own.codebook, 0)


def test_parts_keep_groups_whole_and_are_numbered_as_they_come(own: Dataset) -> None:
    groups = [n // 3 for n in range(len(own.sentences))]
    parts = stratified_parts(own.sentences, groups, 4, 0)
    assert len(set(zip(groups, parts, strict=True))) == len(set(groups))
    assert list(dict.fromkeys(parts)) == [0, 1, 2, 3]


def test_written_sentences_can_be_judged_by_in_place_of_documents(
    everything: list[Sentence], codebook: Codebook
) -> None:
    chosen = judged_by(everything, [("register", "academic"), ("register", "op-ed")])
    assert [s.id for s in chosen] == [s.id for s in everything]
    folding = choose_folds(chosen, codebook, 0)
    assert folding.name == "written:register=academic or register=op-ed"
    [fold] = folding.folds
    judged = [everything[position] for position in fold.test]
    assert {s.origin for s in judged} == {AUTHORED}
    assert {s.details["register"] for s in judged} == {"academic", "op-ed"}
    trained = [everything[position] for position in fold.train]
    assert {s.id for s in everything if s.origin == DOCUMENT} <= {s.id for s in trained}
    assert not {"academic", "op-ed"} & {
        s.details["register"] for s in trained if s.origin == AUTHORED
    }


def test_what_is_packed_is_trained_on_no_version_of_a_tested_sentence(
    everything: list[Sentence], codebook: Codebook
) -> None:
    """Versions are of other kinds of difficulty than what they rewrite."""
    chosen = judged_by(everything, [("difficulty", "plain")])
    [fold] = choose_folds(chosen, codebook, 0).folds
    packed = to_pack(chosen)
    assert [s.id for s in packed] == [chosen[position].id for position in fold.train]
    tested = {chosen[position].id for position in fold.test}
    assert len(packed) + len(tested) < len(everything)
    assert not [s for s in packed if s.details.get("rewrites") in tested]


@pytest.mark.parametrize(
    ("detail", "value", "message"),
    [
        ("mood", "sad", "no written sentence has a detail 'mood'"),
        ("register", "opera", "no written sentence has 'opera' as register; there are academic,"),
        ("topic", "opera", "there are .*, and [0-9]+ more"),
    ],
)
def test_a_detail_that_no_written_sentence_has_is_refused(
    everything: list[Sentence], detail: str, value: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        judged_by(everything, [(detail, value)])


def test_a_split_of_ones_own_is_not_judged_by_otherwise(everything: list[Sentence]) -> None:
    own = [with_split(s, "test") if s.origin == DOCUMENT else s for s in everything]
    with pytest.raises(DataError, match="have a split of their own"):
        judged_by(own, [("register", "academic")])
