"""Reading a folder with a codebook of one's own, and every way in which it can be wrong."""

import csv
import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from stancekit.labels.dataset import read_dataset
from stancekit.labels.errors import ConfigurationError, DataError
from stancekit.labels.sentences import write_lines
from stancekit.serving.records import own_columns

OWN = Path(__file__).parent / "own_codebook"
BOOK = (OWN / "codebook.toml").read_text(encoding="utf-8")
ROWS = list(csv.DictReader((OWN / "sentences.csv").read_text(encoding="utf-8").splitlines()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "codebook.toml").write_text(BOOK, encoding="utf-8")
    return tmp_path


def test_a_table_is_read_with_what_it_says_and_nothing_else() -> None:
    data = read_dataset(OWN)
    assert data.codebook.task_names == ("urgency", "topic")
    assert data.contrast == ()
    assert len(data.sentences) == len(ROWS) == 120
    for sentence, row in zip(data.sentences, ROWS, strict=True):
        assert (sentence.id, sentence.text, sentence.context) == (
            row["id"], row["text"], row["context"],
        )  # fmt: skip
        assert sentence.labels == {t: row[t] for t in ("urgency", "topic") if row[t]}
        assert sentence.details == {}
    assert sum(not row["topic"] for row in ROWS) == sum(not row["urgency"] for row in ROWS) == 4
    assert sum(bool(row["context"]) for row in ROWS) > 5


def test_all_three_forms_give_the_same_sentences(folder: Path) -> None:
    expected = read_dataset(OWN).sentences
    path = folder / "sentences.jsonl"
    flat = [{name: cell or None for name, cell in row.items()} for row in ROWS]
    path.write_text("".join(json.dumps(row) + "\n" for row in flat), encoding="utf-8")
    assert read_dataset(folder).sentences == expected
    write_lines(path, expected)
    assert "labels" in json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    assert read_dataset(folder).sentences == expected


def test_spreadsheets_of_other_countries_and_systems_are_read(folder: Path) -> None:
    content = "text;urgency;topic\r\nIt burns; it hurts.;urgent;treatment\r\n".replace(
        "It burns; it hurts.", '"It burns; it hurts."'
    )
    (folder / "sentences.csv").write_bytes(b"\xef\xbb\xbf" + content.encode())
    [sentence] = read_dataset(folder).sentences
    assert sentence.text == "It burns; it hurts."
    assert sentence.labels == {"urgency": "urgent", "topic": "treatment"}


def test_splits_come_under_one_name_each(folder: Path) -> None:
    names = ["train", "Train ", "dev", "val", "valid", "validation", "TEST"]
    rows = [f"Text {n}.,urgent,billing,{name}\n" for n, name in enumerate(names)]
    (folder / "sentences.csv").write_text("text,urgency,topic,split\n" + "".join(rows))
    splits = [sentence.details["split"] for sentence in read_dataset(folder).sentences]
    assert splits == ["train"] * 2 + ["validation"] * 4 + ["test"]


def test_sentences_without_id_are_named_by_their_text_and_may_repeat(folder: Path) -> None:
    head = "text,urgency,topic\n"
    rows = ["Thank you.,routine,\n", "Never again.,routine,waiting\n", "Thank you.,,billing\n"]
    (folder / "sentences.csv").write_text(head + "".join(rows))
    first = {s.id: s.text for s in read_dataset(folder).sentences}
    (folder / "sentences.csv").write_text(head + "".join([rows[1], rows[0], rows[2]]))
    assert {s.id: s.text for s in read_dataset(folder).sentences} == first
    assert len(first) == 3


def test_contrast_pairs_of_ones_own_are_read(folder: Path) -> None:
    shutil.copy(OWN / "sentences.csv", folder)
    labels = [{"urgency": u, "topic": "treatment"} for u in ("urgent", "routine")]
    pair = {
        "id": "p1", "phenomenon": "tense", "task": "urgency", "edit": "is to was",
        "texts": ["He is bleeding.", "He was bleeding."], "contexts": ["", ""], "labels": labels,
    }  # fmt: skip
    (folder / "contrast.jsonl").write_text(json.dumps(pair) + "\n")
    [read] = read_dataset(folder).contrast
    assert read.flips


HEAD = "text,urgency,topic\n"
GOOD = "It hurts.,urgent,treatment\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("words,urgency,topic\nA b.,urgent,billing\n", "sentences.csv: has no column 'text'"),
        ("text,urgncy,topic\nA b.,urgent,billing\n", "column 'urgncy' is unknown; did you mean"),
        ("text,urgency,topic,mood\nA b.,urgent,billing,x\n", "'mood' is unknown; expected id, "),
        ("text,topic\nA b.,billing\n", "sentences.csv: has no column 'urgency'"),
        ("text,Urgency,topic\nA b.,urgent,billing\n", "'Urgency' should be called 'urgency'"),
        (HEAD + GOOD + "It aches.,grave,\n", "line 3: label 'grave' is not in task 'urgency'"),
        (HEAD + GOOD + " ,urgent,\n", "line 3: expected a text, given ' '"),
        (HEAD + GOOD + "It aches.,,\n", "line 3: has no label of any task"),
        (HEAD + GOOD + "It aches.,urgent\n", "line 3: expected 3 columns"),
        (HEAD + "It hurts.,urgent,\n", "no sentence has a label of task 'topic'"),
        (HEAD, "sentences.csv: holds no sentence"),
        ("", "sentences.csv: has no column 'text'"),
        ("id," + HEAD + "7," + GOOD + '7,"It\naches.",urgent,\n',
         "line 4: id '7' is given already .*line 2"),
        ("split," + HEAD + "train," + GOOD + "held-out,It aches.,urgent,\n",
         "line 3: split 'held-out' is none of train, "),
        ("split," + HEAD + "train," + GOOD + ",It aches.,urgent,\n",
         "line 3: has no split, other rows have one"),
        ("document," + HEAD + "," + GOOD + "letter,It aches.,urgent,\n",
         "line 2: has no document, other rows have one"),
        ("details," + HEAD + "{," + GOOD, "line 2: 'details' should be a JSON object"),
    ],
)  # fmt: skip
def test_a_fault_in_a_table_is_told_with_its_place(
    folder: Path, content: str, message: str
) -> None:
    (folder / "sentences.csv").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message) as caught:
        read_dataset(folder)
    assert "sentences.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"text": "It aches.", "urgency": "urgent"', "line 2: is not JSON"),
        ('["It aches."]', "line 2: expected an object"),
        ('{"urgency": "urgent"}', "line 2: expected a text, given None"),
        ('{"text": 7, "urgency": "urgent"}', "line 2: expected a text, given 7"),
        ('{"text": "It aches.", "urgency": 1}', "line 2: label '1' is not in task 'urgency'"),
        ('{"text": "It aches.", "urgent": "urgency"}', "line 2: key 'urgent' is unknown; did you"),
        ('{"text": "It aches.", "labels": "urgent"}', "line 2: 'labels' should be an object"),
        ('{"text": "It aches.", "labels": {"mood": "bad"}}', "line 2: task 'mood' is not in the"),
        ('{"text": "It aches.", "urgency": "urgent", "labels": {"urgency": "routine"}}',
         "line 2: has two labels for 'urgency'"),
        ('{"text": "It aches.", "urgency": "urgent", "split": 3}', "line 2: split '3' is none of"),
        ('{"text": "It aches.", "urgency": "urgent", "end": 3}', "line 2: text has 9 characters"),
    ],
)  # fmt: skip
def test_a_fault_in_lines_of_json_is_told_with_its_place(
    folder: Path, line: str, message: str
) -> None:
    good = {"text": "It hurts.", "urgency": "urgent", "topic": "treatment"}
    (folder / "sentences.jsonl").write_text(json.dumps(good) + f"\n{line}\n")
    with pytest.raises(DataError, match=message) as caught:
        read_dataset(folder)
    assert "sentences.jsonl, line 2" in str(caught.value)


def test_a_folder_without_its_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere: is no folder; expected one with codebook"):
        read_dataset(tmp_path / "nowhere")
    with pytest.raises(ConfigurationError, match=r"codebook\.toml: cannot be read"):
        read_dataset(tmp_path)
    (tmp_path / "codebook.toml").write_text(BOOK, encoding="utf-8")
    with pytest.raises(DataError, match=r"or sentences\.csv, neither is"):
        read_dataset(tmp_path)
    for name in ("sentences.csv", "sentences.jsonl"):
        (tmp_path / name).write_text(HEAD + GOOD)
    with pytest.raises(DataError, match="both are there"):
        read_dataset(tmp_path)
    (tmp_path / "sentences.jsonl").unlink()
    (tmp_path / "sentences.csv").write_bytes(HEAD.encode() + b"Caf\xe9.,urgent,\n")
    with pytest.raises(DataError, match=r"is not UTF-8 \(byte 22\); spreadsheets can save as CSV"):
        read_dataset(tmp_path)


@pytest.mark.parametrize(
    "name", ["text", "split", "error_rate", "urgency_urgent", "urgency_set", "voice", "speaker"]
)
def test_a_task_may_not_be_called_like_a_column(folder: Path, name: str) -> None:
    book = BOOK.replace('name = "topic"', f'name = "{name}"')
    (folder / "codebook.toml").write_text(book, encoding="utf-8")
    (folder / "sentences.csv").write_text(HEAD + GOOD)
    with pytest.raises(ConfigurationError, match=f"a column '{name}' would stand for two things"):
        read_dataset(folder)


def test_every_column_of_scores_is_taken(folder: Path) -> None:
    own = read_dataset(OWN).codebook
    (folder / "sentences.csv").write_text(HEAD + GOOD)
    for name in own_columns(replace(own, tasks=())):
        book = BOOK.replace('name = "topic"', f'name = "{name}"')
        (folder / "codebook.toml").write_text(book, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=f"'{name}' would stand for two things"):
            read_dataset(folder)


def test_a_label_may_not_be_called_like_the_net_value(folder: Path) -> None:
    book = BOOK.replace('name = "urgent"', 'name = "net"')
    (folder / "codebook.toml").write_text(book, encoding="utf-8")
    (folder / "sentences.csv").write_text(HEAD + GOOD)
    with pytest.raises(ConfigurationError, match="task 'urgency': label 'net' is what estimates"):
        read_dataset(folder)


def test_what_is_read_can_be_written_and_read_again(folder: Path) -> None:
    before = read_dataset(OWN).sentences
    (folder / "sentences.jsonl").write_text(
        "".join(json.dumps(asdict(sentence)) + "\n" for sentence in before), encoding="utf-8"
    )
    assert read_dataset(folder).sentences == before
