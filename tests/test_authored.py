import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stancekit.labels.authored import authored_sentences, read_authored
from stancekit.labels.errors import DataError

ROW: dict[str, Any] = {
    "id": "slice-1:0001",
    "text": "The order went to Pune.",
    "context": "",
    "register": "company",
    "year": 2020,
    "actor": "firm",
    "topic": "robots",
    "difficulty": "plain",
    "turns_on_context": False,
}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(*rows: dict[str, Any]) -> Path:
        content = "".join(json.dumps(row) + "\n" for row in rows)
        (tmp_path / "slice-1.jsonl").write_text(content, encoding="utf-8")
        return tmp_path

    return write


def test_a_slice_becomes_sentences_with_details(write: Callable[..., Path]) -> None:
    folder = write(ROW)
    [sentence] = authored_sentences(folder, {"slice-1:0001": {"a": "b"}})
    assert (sentence.id, sentence.document, sentence.origin) == (ROW["id"], "slice-1", "authored")
    assert sentence.text[sentence.start : sentence.end] == ROW["text"]
    assert sentence.labels == {"a": "b"}
    assert sentence.details["register"] == "company"
    assert sentence.details["year"] == "2020"


def test_a_version_names_what_it_is_a_version_of(write: Callable[..., Path]) -> None:
    folder = write(ROW, {**ROW, "id": "slice-1:0002", "rewrites": ROW["id"]})
    labels = {row: {"a": "b"} for row in ("slice-1:0001", "slice-1:0002")}
    own, version = authored_sentences(folder, labels)
    assert "rewrites" not in own.details
    assert version.details["rewrites"] == own.id


def test_a_folder_without_slices_holds_none(tmp_path: Path) -> None:
    assert read_authored(tmp_path / "nothing") == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "slice-2:0001"}, "line 2: id 'slice-2:0001' should begin with 'slice-1:'"),
        ({"id": "slice-1:0001"}, "line 2: id 'slice-1:0001' is given more than once"),
        ({"text": " "}, "line 2: text is empty"),
        ({"turns_on_context": True}, "line 2: its label turns on a context that is not there"),
        ({"year": "2020"}, "line 2: 'year': input should be a valid integer"),
        ({"mood": "x"}, "line 2: unknown key 'mood'"),
        ({"rewrites": "slice-1:0009"}, "line 2: rewrites 'slice-1:0009', which is not there"),
        ({"rewrites": "slice-1:0002"}, "line 2: rewrites 'slice-1:0002', which is itself a ver"),
    ],
)
def test_a_faulty_row_is_refused_with_its_line(
    write: Callable[..., Path], change: dict[str, Any], message: str
) -> None:
    folder = write(ROW, {**ROW, "id": "slice-1:0002", **change})
    with pytest.raises(DataError, match=message):
        read_authored(folder)
