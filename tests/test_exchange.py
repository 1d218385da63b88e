"""Sentences to annotation tools and back: nothing is lost, and faults name their place."""

import csv
import io
import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stancekit.labels import doccano, label_studio, prodigy, spreadsheet
from stancekit.labels.codebook import released_codebook
from stancekit.labels.errors import DataError
from stancekit.labels.exchange import (
    Exchanged,
    agreed_sentences,
    annotations_of,
    exchanged,
)
from stancekit.labels.sentences import Sentence

TOOLS = {
    "label-studio": label_studio,
    "doccano": doccano,
    "prodigy": prodigy,
    "csv": spreadsheet,
}
Run = Callable[..., subprocess.CompletedProcess[str]]
BOOK = released_codebook()
TASKS = [(task.name, task.label_names) for task in BOOK.tasks]
LABELS = st.fixed_dictionaries({}, optional={name: st.sampled_from(own) for name, own in TASKS})
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60)


@st.composite
def one_sentence(draw: st.DrawFn, number: int) -> Sentence:
    text = draw(TEXT.filter(str.strip))
    start = draw(st.integers(0, 10**6))
    return Sentence(
        id=f"{draw(st.sampled_from(['a', 'ü;', '=1+1']))}:{number}",
        document=draw(TEXT.filter(bool)),
        start=start,
        end=start + len(text),
        text=text,
        labels=draw(LABELS),
        origin=draw(st.sampled_from(["document", "authored"])),
        context=draw(TEXT),
        details=draw(st.dictionaries(TEXT, TEXT, max_size=2)),
    )


@pytest.mark.parametrize("tool", TOOLS)
@given(data=st.data())
def test_any_sentences_come_back_as_they_went_out(tool: str, data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 4))
    before = [data.draw(one_sentence(number)) for number in range(count)]
    content = TOOLS[tool].write(exchanged(before), BOOK)
    rows = TOOLS[tool].read(content, BOOK, "file", "file")
    assert list(agreed_sentences(rows, BOOK)) == before


@pytest.mark.parametrize("tool", TOOLS)
def test_labels_can_be_left_out_for_blind_annotators(tool: str, sentences: list[Sentence]) -> None:
    content = TOOLS[tool].write(exchanged(sentences[:5], with_labels=False), BOOK)
    rows = TOOLS[tool].read(content, BOOK, "file", "file")
    assert [row.labels for row in rows] == [{}] * 5
    assert [row.sentence for row in rows] == [replace(s, labels={}) for s in sentences[:5]]


@pytest.mark.parametrize("tool", TOOLS)
def test_every_annotator_keeps_their_own_labels(tool: str, sentences: list[Sentence]) -> None:
    (task, names), (other, others) = TASKS
    two = {
        "ann": {task: names[0], other: others[0]},
        "bob@example.org": {task: names[1], other: others[0]},
    }
    before = [Exchanged(replace(sentences[0], labels={}), two)]
    rows = TOOLS[tool].read(TOOLS[tool].write(before, BOOK), BOOK, "file", "file")
    assert rows == before
    [sentence] = agreed_sentences(rows, BOOK)
    assert sentence.labels == {other: others[0]}
    assert {who: own[0].labels for who, own in annotations_of(rows).items()} == two


def test_what_label_studio_exports_is_read() -> None:
    (task, names), (other, others) = TASKS

    def result(name: str, label: str) -> dict[str, Any]:
        value = {"choices": [label]}
        return {"id": "x", "from_name": name, "to_name": "text", "type": "choices", "value": value}

    export = [
        {
            "id": 71,
            "created_at": "2026-01-01T00:00:00Z",
            "project": 3,
            "data": {"text": "The line was moved."},
            "annotations": [
                {
                    "id": 9,
                    "completed_by": 4,
                    "was_cancelled": False,
                    "lead_time": 4.2,
                    "result": [result(task, names[1]), result(other, others[2])],
                },
                {"id": 10, "completed_by": 5, "was_cancelled": True, "result": []},
            ],
            "predictions": [],
        }
    ]
    [row] = label_studio.read(json.dumps(export), BOOK, "mine", "mine.json")
    assert row.labels == {"4": {task: names[1], other: others[2]}}
    assert row.sentence.document == "mine"
    [again] = label_studio.read(json.dumps(export), BOOK, "mine", "mine.json")
    assert row.sentence.id == again.sentence.id


def test_gold_labels_go_to_whoever_imports_them_into_label_studio(
    sentences: list[Sentence],
) -> None:
    [task] = json.loads(label_studio.write(exchanged(sentences[:1]), BOOK))
    assert "completed_by" not in task["annotations"][0]


def test_what_doccano_and_prodigy_export_is_read() -> None:
    (task, names), _ = TASKS
    line = {"id": 5, "text": "A line.", "label": [f"{task}:{names[0]}"], "Comments": []}
    [row] = doccano.read(json.dumps(line), BOOK, "ann", "ann.jsonl")
    assert row.labels == {"ann": {task: names[0]}}
    line = {
        "text": "A line.", "_input_hash": 1, "_task_hash": 2, "accept": [f"{task}:{names[0]}"],
        "answer": "accept", "_session_id": "set-bob", "_view_id": "choice",
    }  # fmt: skip
    [row] = prodigy.read(json.dumps(line), BOOK, "set", "set.jsonl")
    assert row.labels == {"set-bob": {task: names[0]}}
    [row] = prodigy.read(json.dumps({**line, "answer": "ignore"}), BOOK, "set", "set.jsonl")
    assert row.labels == {}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_of_texts_and_labels_is_enough(delimiter: str) -> None:
    (task, names), (other, others) = TASKS
    stream = io.StringIO()
    table = csv.writer(stream, delimiter=delimiter)
    table.writerow(["text", task, other])
    table.writerow(["One, two; three.", names[0], others[1]])
    [row] = spreadsheet.read(stream.getvalue(), BOOK, "mine", "mine.csv")
    assert row.sentence.text == "One, two; three."
    assert row.labels == {"mine": {task: names[0], other: others[1]}}


@pytest.mark.parametrize(
    ("tool", "content", "message"),
    [
        ("label-studio", "{", "f: is not JSON"),
        ("label-studio", "{}", "expected the list of tasks"),
        ("label-studio", "[1]", "task 1: expected an object with 'data'"),
        ("label-studio", '[{"data": {}}]', "task 1: expected a text, given None"),
        (
            "label-studio",
            '[{"data": {"text": "a"}, "annotations": [{"result": [{"value": {}}]}]}]',
            "task 1: expected choices as the result",
        ),
        ("doccano", "[]", "line 1: expected an object"),
        ("doccano", '{"text": "a"}\nx', "line 2: is not JSON"),
        ("doccano", '{"text": "a", "label": ["good"]}', "line 1: .*'good'"),
        ("doccano", '{"text": "a", "label": "good"}', "line 1: 'label' should be a list"),
        ("prodigy", '{"text": "a", "accept": 1}', "line 1: 'accept' should be a list"),
        ("prodigy", '{"text": "a", "meta": 1}', "line 1: 'meta' should be an object"),
        ("prodigy", '{"text": "a", "meta": {"start": "x"}}', "'start' should be a whole number"),
        ("csv", "sentence\na\n", "has no column 'text'"),
        ("csv", "text,details\na,{\n", "line 2: 'details' should be a JSON object"),
        ("csv", "text,document\na\n", "line 2: expected 2 columns"),
        ("label-studio", "[" * 100_000, "f: is not JSON"),
        ("label-studio", '[{"data": {"text": "a"}, "data": {}}]', "key 'data' is given twice"),
        ("doccano", '{"text": "a\\u0000b"}', "line 1: the text holds a NUL"),
        ("doccano", '{"text": "a\\ud800b"}', "line 1: character 1 of the text is half of one"),
        ("doccano", '{"text": "abc", "start": 3, "end": 5}', "3 characters, its offsets span 2"),
        ("doccano", '{"text": "a", "origin": "web"}', "origin 'web' is none of document, authored"),
        ("prodigy", '{"text": "a", "answer": "maybe"}', "answer 'maybe' is none of accept"),
        ("csv", "text,Stance\na,b\n", "column 'Stance' should be called 'stance'"),
        ("csv", "text,text\na,b\n", "has several columns 'text'"),
        ("csv", "text\na\na\n", "line 3: sentence 'd:.*' is given more than once"),
        ("csv", "text,sentence_id\na,1\nb,1\n", "line 3: id '1' is that of another sentence"),
    ],
)
def test_a_faulty_file_is_refused_with_its_place(tool: str, content: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        TOOLS[tool].read(content, BOOK, "d", "f")


def test_two_annotations_by_one_person_are_refused() -> None:
    (task, names), _ = TASKS
    own = [
        {"completed_by": 1, "result": [{"from_name": task, "value": {"choices": [name]}}]}
        for name in names[:2]
    ]
    export = json.dumps([{"data": {"text": "a"}, "annotations": own}])
    with pytest.raises(DataError, match="task 1: is labelled more than once by the same"):
        label_studio.read(export, BOOK, "d", "f")


def test_a_heading_with_labels_is_refused() -> None:
    (task, names), _ = TASKS
    line = {"text": "a", "kind": "heading", "label": [f"{task}:{names[0]}"]}
    rows = doccano.read(json.dumps(line), BOOK, "d", "f")
    with pytest.raises(DataError, match="a heading carries no labels"):
        list(agreed_sentences(rows, BOOK))


def test_two_labels_of_one_task_are_refused() -> None:
    (task, names), _ = TASKS
    line = {"text": "a", "label": [f"{task}:{names[0]}", f"{task}:{names[1]}"]}
    with pytest.raises(DataError, match=f"line 1: has two labels for '{task}'"):
        doccano.read(json.dumps(line), BOOK, "d", "f")


def test_metadata_of_a_table_becomes_details() -> None:
    table = "id;text;outlet;year\n7;A line.;Daily;2021\n;;;\n"
    [row] = spreadsheet.read(table, BOOK, "mine", "mine.csv")
    assert row.sentence.id == "7"
    assert row.sentence.details == {"outlet": "Daily", "year": "2021"}
    line = {"id": 3, "text": "A line.", "label": [], "outlet": "Daily", "place": {"page": 2}}
    [row] = doccano.read(json.dumps(line), BOOK, "ann", "ann.jsonl")
    assert row.sentence.details == {"outlet": "Daily", "place": '{"page": 2}'}
    assert row.sentence.id.startswith("ann:")
