import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stancekit.labels.errors import InputError
from stancekit.serving import Classifier
from stancekit.serving.columns import MetadataColumns
from stancekit.serving.document import Document
from stancekit.serving.records import Record, own_columns, records
from stancekit.serving.writers import write_records

TEXT = "Tariffs rose, “again”. Firms, however, invested."


def rows(classifier: Classifier, *metadata: dict[str, object]) -> list[Record]:
    documents = [Document(f"d{n}", TEXT, own) for n, own in enumerate(metadata)]
    scored = classifier.score_documents(documents)
    return [row for document in scored for row in records(document, classifier.codebook)]


def columns(*metadata: dict[str, object]) -> MetadataColumns:
    found = MetadataColumns()
    for own in metadata:
        found.add(own)
    return found


def read(path: Path) -> list[Record]:
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return [dict(row) for row in csv.DictReader(file)]
    return [dict(row) for row in pq.read_table(path).to_pylist()]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_the_same_record_comes_out_of_every_format(
    tmp_path: Path, classifier: Classifier, suffix: str
) -> None:
    metadata = {"outlet": "Dai\nly", "year": 2020}, {"outlet": "Post", "year": 2021}
    given = rows(classifier, *metadata)
    path = tmp_path / f"scores{suffix}"
    assert write_records(path, given, columns(*metadata), classifier.codebook) == 4
    found = read(path)
    assert list(found[0]) == [*own_columns(classifier.codebook), "outlet", "year"]
    for row, expected in zip(found, given, strict=True):
        for name, value in expected.items():
            if suffix == ".csv":
                expected_cell = value if isinstance(value, str) else str(value)
                assert row[name] == expected_cell, name
            else:
                assert row[name] == value, name
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_metadata_named_like_our_columns_is_kept_beside_them(classifier: Classifier) -> None:
    row = rows(classifier, {"stance": "by hand", "stance_in": "older", "text": "other"})[0]
    assert (row["stance_in"], row["stance_in_in"]) == ("older", "by hand")
    row = rows(classifier, {"stance": "by hand", "text": "other"})[0]
    assert row["stance_in"] == "by hand"
    assert row["text_in"] == "other"
    assert row["stance"] in classifier.codebook.task("stance").label_names


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_a_fault_midway_leaves_the_older_file_as_it_was(
    tmp_path: Path, classifier: Classifier, suffix: str
) -> None:
    path = tmp_path / f"scores{suffix}"
    path.write_text("old")

    def failing() -> Iterator[Record]:
        yield from rows(classifier, {})
        raise InputError("the next document is bad")

    with pytest.raises(InputError):
        write_records(path, failing(), columns(), classifier.codebook)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_columns_of_mixed_and_empty_values_become_text(
    tmp_path: Path, classifier: Classifier
) -> None:
    metadata = {"x": 1, "tags": ["a"], "n": None}, {"x": "two", "n": None}, {"x": 2}
    path = tmp_path / "scores.parquet"
    write_records(path, rows(classifier, *metadata), columns(*metadata), classifier.codebook)
    found = read(path)
    assert [row["x"] for row in found[::2]] == ["1", "two", "2"]
    assert [row["tags"] for row in found[::2]] == ['["a"]', None, None]
    assert {row["n"] for row in found} == {None}


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_a_file_is_on_disk_before_it_takes_its_name(
    tmp_path: Path, classifier: Classifier, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[int, bool]] = []
    path = tmp_path / f"scores{suffix}"

    def note(handle: int) -> None:
        synced.append((os.fstat(handle).st_ino, path.exists()))

    monkeypatch.setattr(os, "fsync", note)
    write_records(path, rows(classifier, {}), columns(), classifier.codebook)
    assert synced == [(path.stat().st_ino, False), (tmp_path.stat().st_ino, True)]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("scores.xlsx", r"expected a name that ends in \.jsonl, \.csv, \.parquet"),
        ("no/scores.csv", "there is no folder"),
    ],
)
def test_a_place_that_cannot_be_written_is_named(
    tmp_path: Path, classifier: Classifier, name: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        write_records(tmp_path / name, [], columns(), classifier.codebook)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (1, 2, [1, 2]),
        (1, 2.5, [1.0, 2.5]),
        (True, False, [True, False]),
        (1, True, ["1", "true"]),
        (1, None, [1, None]),
        (None, "x", [None, "x"]),
        (10**30, 1, [str(10**30), "1"]),
        (2**53, 2.5, [2.0**53, 2.5]),
        (2**53 + 1, 2, [2**53 + 1, 2]),
        (2.5, -(2**53) - 1, ["2.5", str(-(2**53) - 1)]),
    ],
)
def test_the_type_of_a_column_holds_all_its_values(
    tmp_path: Path, classifier: Classifier, first: object, second: object, expected: list[object]
) -> None:
    metadata: tuple[dict[str, object], ...] = ({"a": first}, {"a": second, "late": 1})
    path = tmp_path / "s.parquet"
    write_records(path, rows(classifier, *metadata), columns(*metadata), classifier.codebook)
    found = read(path)
    assert [row["a"] for row in found[::2]] == expected
    assert [type(row["a"]) for row in found[::2]] == [type(value) for value in expected]
    assert [row["late"] for row in found[::2]] == [None, 1]
