"""Scores by label, document and details, on rows whose scores can be counted by hand."""

import pytest

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.training.groups import check_grouping, group_scores
from stancekit.training.judged import Judged


def row(number: int, document: str, gold: str, predicted: str, **details: str) -> Judged:
    return Judged(
        id=f"{document}:{number}",
        document=document,
        text_digest=str(number),
        gold={"stance": gold},
        predicted={"stance": predicted},
        probabilities={"stance": {predicted: 1.0}},
        details=details,
    )


ROWS = [
    row(0, "b", "engagement", "engagement", register="op-ed"),
    row(1, "b", "decoupling", "engagement", register="op-ed"),
    row(2, "a", "decoupling", "decoupling", register="newswire"),
    row(3, "a", "decoupling", "decoupling"),
]


def test_by_label_are_f1_scores_in_the_codebooks_order(codebook: Codebook) -> None:
    task = codebook.task("stance")
    scores = group_scores(ROWS, "label", task, 200, 0)
    assert tuple(score.group for score in scores) == task.label_names
    by_label = {score.group: score for score in scores}
    assert by_label["engagement"].score.value == pytest.approx(2 / 3)
    assert by_label["decoupling"].score.value == pytest.approx(4 / 5)
    assert [by_label[name].sentences for name in task.label_names] == [1, 3, 0]
    interval = by_label["decoupling"].score
    assert 0 <= interval.low <= interval.value <= interval.high <= 1
    assert by_label["neutral"].score.value != by_label["neutral"].score.value  # undefined


def test_by_document_are_macro_f1_over_the_labels_that_occur(codebook: Codebook) -> None:
    scores = group_scores(ROWS, "document", codebook.task("stance"), 200, 0)
    assert [(score.group, score.sentences) for score in scores] == [("a", 2), ("b", 2)]
    assert scores[0].score.value == 1
    assert scores[1].score.value == pytest.approx((2 / 3 + 0) / 2)


def test_rows_without_the_detail_are_a_group_of_their_own(codebook: Codebook) -> None:
    scores = group_scores(ROWS, "register", codebook.task("stance"), 200, 0)
    found = [(score.group, score.sentences) for score in scores]
    assert found == [("newswire", 1), ("op-ed", 2), ("not given", 1)]


def test_a_task_that_was_not_judged_has_no_groups(codebook: Codebook) -> None:
    for by in ("label", "document"):
        assert group_scores(ROWS, by, codebook.task("framing"), 200, 0) == []


def test_an_unknown_grouping_names_those_available() -> None:
    for by in ("label", "document", "register"):
        check_grouping(by, [ROWS])
    check_grouping("register", [[ROWS[3]], ROWS])
    with pytest.raises(DataError, match=r"--by mood: .* by label, document, register$"):
        check_grouping("mood", [ROWS])
    with pytest.raises(DataError, match=r"--by register: .* by label, document$"):
        check_grouping("register", [[ROWS[3]]])
