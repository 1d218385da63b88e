import json
from pathlib import Path

import pytest

from stancekit.labels.annotation import (
    Adjudication,
    Annotation,
    disagreements,
    gold_labels,
    read_adjudications,
    read_annotations,
    read_annotators,
)
from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError

LABELS = Path(__file__).parent.parent / "labels"


def reading(stance: str, framing: str = "none") -> Annotation:
    return Annotation(id="d:0", labels={"stance": stance, "framing": framing})


def readings(*stances: str) -> dict[str, dict[str, Annotation]]:
    return {f"reader-{n}": {"d:0": reading(stance)} for n, stance in enumerate(stances)}


def test_unanimous_labels_are_gold(codebook: Codebook) -> None:
    gold = gold_labels(["d:0"], readings("neutral", "neutral", "neutral"), {}, codebook)
    assert gold == {"d:0": {"stance": "neutral", "framing": "none"}}


def test_a_disagreement_needs_an_adjudication(codebook: Codebook) -> None:
    given = readings("neutral", "neutral", "decoupling")
    assert [(d.id, d.task) for d in disagreements(given, codebook)] == [("d:0", "stance")]
    with pytest.raises(DataError, match="'d:0' needs an adjudication of 'stance'"):
        gold_labels(["d:0"], given, {}, codebook)
    settled = Adjudication(id="d:0", task="stance", label="decoupling", reason="S6")
    gold = gold_labels(["d:0"], given, {("d:0", "stance"): settled}, codebook)
    assert gold["d:0"]["stance"] == "decoupling"
    with pytest.raises(DataError, match="is adjudicated though nobody disagrees"):
        gold_labels(["d:0"], readings("neutral"), {("d:0", "stance"): settled}, codebook)


def test_a_sentence_that_an_annotator_left_out_is_named(codebook: Codebook) -> None:
    given = readings("neutral", "neutral")
    given["reader-1"] = {}
    with pytest.raises(DataError, match="'d:0' has no 'stance' label by reader-1"):
        gold_labels(["d:0"], given, {}, codebook)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"id": "d:0", "labels": {"stance": "pro"}}, "a.jsonl, line 1: label 'pro'"),
        ({"id": "d:0", "labels": {}, "rules": ["S99"]}, "rule S99 is not in the codebook"),
        ({"id": "d:0", "label": {}}, "unknown key 'label'"),
    ],
)
def test_labels_that_the_codebook_does_not_have_are_refused(
    tmp_path: Path, codebook: Codebook, row: object, message: str
) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n")
    with pytest.raises(DataError, match=message):
        read_annotations(tmp_path, codebook)


def test_an_adjudication_without_a_reason_is_refused(tmp_path: Path, codebook: Codebook) -> None:
    path = tmp_path / "adjudication.jsonl"
    path.write_text('{"id": "d:0", "task": "stance", "label": "neutral", "reason": " "}\n')
    with pytest.raises(DataError, match="line 1: an adjudication needs a reason"):
        read_adjudications(path, codebook)


def test_the_shipped_annotations_are_whole(codebook: Codebook) -> None:
    annotations = read_annotations(LABELS / "annotations", codebook)
    assert len(annotations) == 3
    assert len({frozenset(own) for own in annotations.values()}) == 1
    assert set(read_annotators(LABELS / "annotations")) == set(annotations)
    settled = read_adjudications(LABELS / "adjudication.jsonl", codebook)
    found = {(d.id, d.task) for d in disagreements(annotations, codebook)}
    assert found == set(settled)
