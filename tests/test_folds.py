from dataclasses import replace

import pytest

from stancekit.labels.errors import DataError
from stancekit.labels.folds import leave_one_document_out
from stancekit.labels.sentences import AUTHORED, Sentence


def test_every_document_is_left_out_once_and_whole(sentences: list[Sentence]) -> None:
    folds = leave_one_document_out(sentences)
    judged = [position for fold in folds for position in fold.test]
    assert sorted(judged) == list(range(len(sentences)))
    for fold in folds:
        assert {sentences[p].document for p in fold.test} == {fold.name}
        assert fold.name not in {sentences[p].document for p in fold.train}
        assert not set(fold.train) & set(fold.test)


def test_authored_sentences_are_trained_on_and_never_judged_by(sentences: list[Sentence]) -> None:
    authored = replace(sentences[0], id="a:1", text="Own words.", origin=AUTHORED)
    folds = leave_one_document_out([*sentences, authored])
    position = len(sentences)
    assert all(position in fold.train and position not in fold.test for fold in folds)


def test_a_copy_of_a_judged_sentence_is_not_trained_on(sentences: list[Sentence]) -> None:
    shouted = sentences[0].text.upper() + "!"
    copy = replace(sentences[0], id="a:1", document="copy", text=shouted, origin=AUTHORED)
    folds = leave_one_document_out([*sentences, copy])
    for fold in folds:
        assert (len(sentences) in fold.train) is (fold.name != sentences[0].document)


def test_another_version_of_a_judged_sentence_is_not_trained_on(
    sentences: list[Sentence],
) -> None:
    judged = sentences[0]
    first, second = (
        replace(judged, id=f"a:{number}", document="versions", text=text, origin=AUTHORED,
                details={"rewrites": judged.id})
        for number, text in enumerate(["One version.", "Another."])
    )  # fmt: skip
    folds = leave_one_document_out([*sentences, first, second])
    for fold in folds:
        for position in (len(sentences), len(sentences) + 1):
            assert (position in fold.train) is (fold.name != judged.document)


def test_one_document_is_too_few(sentences: list[Sentence]) -> None:
    own = [s for s in sentences if s.document == sentences[0].document]
    with pytest.raises(DataError, match="needs two or more, found 1"):
        leave_one_document_out(own)
