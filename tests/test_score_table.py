import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stancekit.labels.errors import InputError
from stancekit.serving.classifier import Classifier
from stancekit.serving.columns import MetadataColumns
from stancekit.serving.document import Document
from stancekit.serving.records import Record, records
from stancekit.serving.score_files import is_score_file
from stancekit.serving.score_table import ScoreTable, read_score_table, score_table
from stancekit.serving.writers import write_records

DOCUMENTS = [
    Document("a", "Tariffs rose. Nobody asked.", {"outlet": "Daily", "date": "2021-09-28", "n": 1}),
    Document("b", 'The "port"\nopened. It rained.', {"outlet": "", "date": "2020-12", "n": 2}),
    Document("c", "Firms from Japan were invited.", {"date": None, "n": 3}),
]


@pytest.fixture(scope="module")
def rows(tfidf: Classifier) -> list[Record]:
    scored = tfidf.score_documents(DOCUMENTS)
    return [row for document in scored for row in records(document, tfidf.codebook)]


Write = Callable[..., Path]


@pytest.fixture
def write(tfidf: Classifier, rows: list[Record], tmp_path: Path) -> Write:
    def write(name: str, changed: Callable[[Record], Record] = lambda row: row) -> Path:
        metadata = MetadataColumns()
        for document in DOCUMENTS:
            metadata.add(document.metadata)
        own = [changed(dict(row)) for row in rows]
        write_records(tmp_path / name, own, metadata, tfidf.codebook)
        return tmp_path / name

    return write


def read(path: Path, tfidf: Classifier) -> ScoreTable:
    return read_score_table(path, tfidf.codebook, tfidf.bundle.id)


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_what_was_written_is_read(
    suffix: str, write: Write, tfidf: Classifier, rows: list[Record]
) -> None:
    table = read(write(f"scores.{suffix}"), tfidf)
    assert len(table) == len(rows)
    names = [table.document_names[code] for code in table.documents]
    assert names == [row["document"] for row in rows]
    assert table.sentences.tolist() == [row["sentence"] for row in rows]
    for task in tfidf.codebook.tasks:
        predicted = [task.label_names[code] for code in table.predicted[task.name]]
        assert predicted == [row[task.name] for row in rows]
        expected = [[row[f"{task.name}_{label}"] for label in task.label_names] for row in rows]
        assert table.probabilities[task.name] == pytest.approx(np.array(expected))
    assert table.metadata == ["outlet", "date", "n"]
    assert table.column("outlet").to_pylist() == ["Daily", "Daily", None, None, None]
    assert table.column("date").to_pylist() == ["2021-09-28"] * 2 + ["2020-12"] * 2 + [None]
    assert table.column("n").to_pylist() == ["1", "1", "2", "2", "3"]
    assert [text.as_py() for text in table.table["text"]] == [row["text"] for row in rows]
    assert is_score_file(tmp := write(f"again.{suffix}"))
    assert tmp.exists()


def test_dates_and_dictionaries_are_texts(write: Write, tfidf: Classifier, tmp_path: Path) -> None:
    table = pq.read_table(write("scores.parquet"))
    days = pa.array([10**6 * 86400 * 18000] * len(table), pa.timestamp("us"))
    table = table.set_column(table.column_names.index("date"), "date", days)
    outlets = table["outlet"].combine_chunks().dictionary_encode()
    table = table.set_column(table.column_names.index("outlet"), "outlet", outlets)
    pq.write_table(table, tmp_path / "typed.parquet")
    found = read(tmp_path / "typed.parquet", tfidf)
    assert found.column("date")[0].as_py().startswith("2019-04-14")
    assert found.column("outlet")[0].as_py() == "Daily"


def test_another_bundle_is_refused_and_the_one_needed_is_named(
    write: Write, tfidf: Classifier
) -> None:
    path = write("scores.csv")
    with pytest.raises(InputError, match=f"by bundle {tfidf.bundle.id}.*ships as --model tfidf"):
        read_score_table(path, tfidf.codebook, "0" * 12)
    foreign = write("foreign.csv", lambda row: {**row, "bundle": "f" * 12})
    with pytest.raises(InputError, match=r"by bundle f{12}.*\(--model\)"):
        read(foreign, tfidf)
    mixed = write("mixed.csv", lambda row: {**row, "bundle": "f" * 12} if row["sentence"] else row)
    with pytest.raises(InputError, match="of several bundles"):
        read(mixed, tfidf)


def test_what_is_no_file_of_scores_is_refused(
    write: Write, tfidf: Classifier, tmp_path: Path
) -> None:
    task = tfidf.codebook.tasks[0]
    faults: list[tuple[Callable[[Record], Record], str]] = [
        (lambda row: {**row, task.name: "fog"}, "row 1: 'fog' is no label"),
        (lambda row: {**row, f"{task.name}_{task.label_names[0]}": 1.5}, "row 1: the probab"),
        (lambda row: {**row, f"{task.name}_{task.label_names[0]}": float("nan")}, "the probab"),
        (lambda row: {**row, "text": None}, "column 'text' has rows without a value"),
    ]
    for number, (change, message) in enumerate(faults):
        with pytest.raises(InputError, match=message):
            read(write(f"{number}.parquet", change), tfidf)
    broken = write("scores.csv").read_text(encoding="utf-8").replace("a,0,0,", "a,0,x,", 1)
    (tmp_path / "broken.csv").write_text(broken, encoding="utf-8", newline="")
    with pytest.raises(InputError, match="column 'start' should hold numbers only"):
        read(tmp_path / "broken.csv", tfidf)
    table = pq.read_table(write("scores.parquet"))
    pq.write_table(pa.concat_tables([table, table.slice(2, 1)]), tmp_path / "twice.parquet")
    with pytest.raises(InputError, match="sentence 0 of document 'b' is there twice"):
        read(tmp_path / "twice.parquet", tfidf)
    pq.write_table(table.drop_columns([task.name]), tmp_path / "less.parquet")
    with pytest.raises(InputError, match=f"has no column '{task.name}'"):
        read(tmp_path / "less.parquet", tfidf)
    pq.write_table(table.slice(0, 0), tmp_path / "empty.parquet")
    with pytest.raises(InputError, match="holds no row"):
        read(tmp_path / "empty.parquet", tfidf)
    for name, content in (
        ("text.parquet", "no parquet"),
        ("text.jsonl", "{broken"),
        ("list.jsonl", "[1]"),
        ("text.csv", "text\nTariffs rose.\n"),
        ("empty.csv", ""),
        ("empty.jsonl", ""),
        ("scores.txt", "x"),
    ):
        (tmp_path / name).write_text(content, encoding="utf-8")
        assert not is_score_file(tmp_path / name)
        with pytest.raises(InputError, match=name):
            read(tmp_path / name, tfidf)
    with pytest.raises(InputError, match=r"none\.csv: cannot be read"):
        read(tmp_path / "none.csv", tfidf)


def test_two_columns_of_one_name_are_refused(
    write: Write, tfidf: Classifier, tmp_path: Path
) -> None:
    table = pq.read_table(write("scores.parquet"))
    for name in ("document", "bundle", "outlet", tfidf.codebook.tasks[0].name):
        twice = table.append_column(name, table[name])
        with pytest.raises(InputError, match=f"here: has 2 columns called '{name}'"):
            score_table(twice, tfidf.codebook, tfidf.bundle.id, "here")
        pq.write_table(twice, tmp_path / "twice.parquet")
        with pytest.raises(InputError, match=r"twice\.parquet"):
            read(tmp_path / "twice.parquet", tfidf)
    lines = write("scores.csv").read_text(encoding="utf-8").replace(",outlet,", ",text,", 1)
    (tmp_path / "twice.csv").write_text(lines, encoding="utf-8", newline="")
    with pytest.raises(InputError, match=r"twice\.csv: has 2 columns called 'text'"):
        read(tmp_path / "twice.csv", tfidf)


HALF = '{"text": "a"}\n{"text": "\\ud800"}\n'


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("long.csv", "x" * 140_000 + ",text\n1,2\n", "cannot be read as csv (field larger than"),
        ("deep.jsonl", '{"text": ' + "[" * 100_000 + "]" * 100_000 + "}\n", "nested too deeply"),
        ("half.jsonl", HALF, "line 2: holds half of a character"),
        ("key.jsonl", '{"\\ud800": "a"}\n', "line 1: holds half of a character"),
    ],
)
def test_what_breaks_a_reader_is_refused(
    name: str, content: str, message: str, tfidf: Classifier, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    before = csv.field_size_limit(2**17)  # of the process; reading articles raises it
    try:
        assert not is_score_file(tmp_path / name)
        with pytest.raises(InputError, match=re.escape(message)):
            read(tmp_path / name, tfidf)
    finally:
        csv.field_size_limit(before)


def test_an_unknown_column_is_named_with_those_there_are(write: Write, tfidf: Classifier) -> None:
    table = read(write("scores.jsonl"), tfidf)
    with pytest.raises(InputError, match="no column 'outlets'; metadata: outlet, date, n"):
        table.column("outlets")


def test_lists_in_metadata_are_read_as_json(
    write: Write, rows: list[Record], tfidf: Classifier, tmp_path: Path
) -> None:
    lines = [json.dumps({**row, "tags": ["a", "b"]}) for row in rows]
    (tmp_path / "lists.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert read(tmp_path / "lists.jsonl", tfidf).column("tags")[0].as_py() == '["a", "b"]'
    assert write("scores.csv").exists()
