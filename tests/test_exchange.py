"""Sentences to annotation tools and back: nothing is lost, and faults name their place."""

import csv
import io
import json
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stancekit.labels import doccano, label_studio, prodigy, spreadsheet
from stancekit.labels.codebook import Codebook, released_codebook
from stancekit.labels.errors import DataError
from stancekit.labels.exchange import (
    Exchanged,
    agreed_sentences,
    annotations_of,
    exchanged,
)
from stancekit.labels.sentences import Sentence, read_sentences, write_lines

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
def test_everything_that_ships_comes_back(
    tool: str, stancekit: Run, tmp_path: Path, everything: list[Sentence], codebook: Codebook
) -> None:
    assert stancekit("labels", "export", "-f", tool, "-o", "out.file").returncode == 0
    done = stancekit("labels", "import", "out.file", "-f", tool, "-o", "back.jsonl")
    assert (done.returncode, done.stdout) == (0, "")
    assert f"{len(everything):,} of them with a label of every task" in " ".join(
        done.stderr.split()
    )
    assert read_sentences(tmp_path / "back.jsonl", codebook) == everything


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


def test_the_interface_offers_every_label(stancekit: Run, tmp_path: Path) -> None:
    stancekit(
        "labels", "export", "-f", "label-studio", "-o", "t.json", "--interface", "view.xml"
    )  # fmt: skip
    view = ET.fromstring((tmp_path / "view.xml").read_text(encoding="utf-8"))  # noqa: S314
    offered = {
        choices.get("name"): tuple(choice.get("value") for choice in choices)
        for choices in view.iter("Choices")
    }
    assert offered == dict(TASKS)
    assert {label["text"] for label in json.loads(doccano.interface(BOOK))} == {
        f"{task}:{label}" for task, names in TASKS for label in names
    }
    done = stancekit("labels", "export", "-f", "csv", "-o", "t.csv", "--interface", "x")
    assert (done.returncode, (tmp_path / "t.csv").exists()) == (2, False)


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


def written(folder: Path, name: str, rows: list[Exchanged]) -> Path:
    path = folder / name
    path.write_text(doccano.write(rows, BOOK), encoding="utf-8")
    return path


def disputed(sentence: Sentence, *annotators: str) -> Exchanged:
    """A sentence to which every annotator gives another label of the first task."""
    (task, names), (other, others) = TASKS
    labels = {
        who: {task: names[number % len(names)], other: others[0]}
        for number, who in enumerate(annotators)
    }
    return Exchanged(replace(sentence, labels={}), labels)


def test_several_annotators_need_a_folder(
    stancekit: Run, tmp_path: Path, sentences: list[Sentence]
) -> None:
    rows = [disputed(sentences[0], "ann", "../bob"), exchanged(sentences[1:2])[0]]
    written(tmp_path, "in.jsonl", rows)
    arguments = ["labels", "import", "in.jsonl", "-f", "doccano", "-o", "out.jsonl"]
    done = stancekit(*arguments)
    assert done.returncode == 2
    assert "is labelled by ../bob, ann, gold; name a folder" in done.stderr
    assert not (tmp_path / "out.jsonl").exists()
    assert stancekit(*arguments, "--annotations", "both").returncode == 0
    names = sorted(path.name for path in (tmp_path / "both").iterdir())
    assert names == ["_bob.jsonl", "ann.jsonl", "gold.jsonl"]
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 2
    again = stancekit(*arguments, "--annotations", "both")
    assert again.returncode == 2
    assert "both: holds _bob.jsonl already; name a new folder" in again.stderr
    done = stancekit(*arguments, "--annotations", "new", "--complete")
    assert done.returncode == 0
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 1


def test_agreement_is_shown_for_annotators_of_ones_own(
    stancekit: Run, tmp_path: Path, sentences: list[Sentence]
) -> None:
    (task, names), (other, others) = TASKS
    same = {task: names[0], other: others[1]}
    rows = [disputed(sentences[0], "ann", "bob")]
    rows += [Exchanged(replace(s, labels={}), {"ann": same, "bob": same}) for s in sentences[1:9]]
    written(tmp_path, "in.jsonl", rows)
    stancekit(
        "labels", "import", "in.jsonl", "-f", "doccano", "-o", "out.jsonl", "--annotations", "own"
    )
    done = stancekit("labels", "agreement", "--annotations", "own", "--sentences", "out.jsonl")
    assert done.returncode == 0, done.stderr
    assert "1 disagreements" in done.stdout
    assert f"{sentences[0].id}  {task}" in done.stdout
    assert stancekit("labels", "agreement", "--annotations", "own").returncode == 2


@pytest.mark.parametrize(
    ("annotators", "message"),
    [
        (["a b", "a/b"], "another one has the same file a_b.jsonl"),
        (["ann", ".."], "annotator '..': no file can be named so"),
        (["ann", "b" * 300], "no file can be named so"),
    ],
)
def test_annotators_whose_files_would_be_lost_are_refused(
    stancekit: Run, tmp_path: Path, sentences: list[Sentence], annotators: list[str], message: str
) -> None:
    written(tmp_path, "in.jsonl", [disputed(sentences[0], *annotators)])
    done = stancekit(
        "labels", "import", "in.jsonl", "-f", "doccano", "-o", "out.jsonl", "--annotations", "own"
    )
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "out.jsonl").exists()
    assert list(tmp_path.glob("own/*")) == []


def test_nothing_is_written_over_what_is_read(
    stancekit: Run, tmp_path: Path, sentences: list[Sentence]
) -> None:
    write_lines(tmp_path / "own.jsonl", sentences[:3])
    (tmp_path / "a.txt").write_text("The ministry raised tariffs again.", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    own = ["labels", "export", "own.jsonl", "-f", "doccano", "-o"]
    for arguments in (
        [*own, "own.jsonl"],
        [*own, "new.jsonl", "--interface", "own.jsonl"],
        [*own, "new.jsonl", "--interface", "new.jsonl"],
        [*own, "."],
        [*own, "-"],
        [*own, "/dev/null"],
        ["labels", "import", "own.jsonl", "-f", "doccano", "-o", "own.jsonl"],
        ["labels", "import", "own.jsonl", "-f", "doccano", "-o", "own.csv"],
        [
            "labels",
            "import",
            "own.jsonl",
            "-f",
            "doccano",
            "-o",
            "o.jsonl",
            "--annotations",
            "a.txt",
        ],
        ["labels", "next", "own.jsonl", "--one-sentence", "-o", "own.jsonl"],
        ["labels", "next", "a.txt", "-o", "a.txt"],
    ):
        done = stancekit(*arguments)
        assert done.returncode == 2, arguments
        assert len(done.stderr.splitlines()) == 1, done.stderr
    assert Path("/dev/null").is_char_device()
    left = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name in before}
    assert left == before


def test_a_link_stays_a_link(stancekit: Run, tmp_path: Path, sentences: list[Sentence]) -> None:
    write_lines(tmp_path / "own.jsonl", sentences[:3])
    (tmp_path / "target.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("target.csv")
    assert stancekit("labels", "export", "own.jsonl", "-f", "csv", "-o", "link.csv").returncode == 0
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "target.csv").read_text().startswith("text,")


def test_metadata_of_a_table_becomes_details() -> None:
    table = "id;text;outlet;year\n7;A line.;Daily;2021\n;;;\n"
    [row] = spreadsheet.read(table, BOOK, "mine", "mine.csv")
    assert row.sentence.id == "7"
    assert row.sentence.details == {"outlet": "Daily", "year": "2021"}
    line = {"id": 3, "text": "A line.", "label": [], "outlet": "Daily", "place": {"page": 2}}
    [row] = doccano.read(json.dumps(line), BOOK, "ann", "ann.jsonl")
    assert row.sentence.details == {"outlet": "Daily", "place": '{"page": 2}'}
    assert row.sentence.id.startswith("ann:")


def test_a_file_without_labels_is_said_to_have_none(stancekit: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("text\nA line.\n", encoding="utf-8")
    done = stancekit("labels", "import", "t.csv", "-f", "csv", "-o", "o.jsonl")
    assert done.returncode == 0
    assert "No sentence has a label" in " ".join(done.stderr.split())
    done = stancekit("labels", "import", "t.csv", "-f", "csv", "-o", "o2.jsonl", "--complete")
    assert done.returncode == 2
    assert not (tmp_path / "o2.jsonl").exists()


def test_imported_sentences_train_beside_the_released_ones(
    stancekit: Run, tmp_path: Path, sentences: list[Sentence]
) -> None:
    mine = [replace(s, id=f"mine:{n}", document="mine") for n, s in enumerate(sentences[:30])]
    write_lines(tmp_path / "mine.jsonl", mine)
    write_lines(tmp_path / "again.jsonl", [*mine[:3], sentences[0]])
    recipe = Path(__file__).parent.parent / "training" / "recipes" / "tfidf-documents.toml"
    train = ["train", recipe, "--no-tracking", "--add"]
    done = stancekit(*train, "mine.jsonl", "--add", "again.jsonl")
    assert done.returncode == 0, done.stderr
    assert f"{len(sentences) + 30} sentences" in done.stdout
    assert "(6 documents)" in done.stdout
    write_lines(tmp_path / "mine.jsonl", [replace(sentences[0], context="Another.")])
    done = stancekit(*train, "mine.jsonl")
    assert done.returncode == 2
    assert "is given elsewhere with another text or other labels" in done.stderr
    write_lines(tmp_path / "mine.jsonl", [replace(mine[0], labels={})])
    done = stancekit(*train, "mine.jsonl")
    assert done.returncode == 2
    assert "mine.jsonl: sentence 'mine:0' has no label" in done.stderr
    assert "--complete leaves such out" in done.stderr
