import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.labels.sentences import (
    Sentence,
    dataset_digest,
    labelled,
    read_sentences,
    write_lines,
)

ROW: dict[str, Any] = {
    "id": "d:0",
    "document": "d",
    "start": 0,
    "end": 5,
    "text": "Text.",
    "labels": {"stance": "neutral", "framing": "none"},
}


def write(folder: Path, *rows: object) -> Path:
    path = folder / "sentences.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": {"stance": "pro"}}, "line 2: label 'pro' is not in task 'stance'"),
        ({"labels": {"mood": "neutral"}}, "line 2: task 'mood' is not in the codebook"),
        ({"end": 6}, "line 2: text has 5 characters, its offsets span 6"),
        ({"kind": "menu"}, "line 2: kind 'menu' is none of content"),
        ({"kind": "heading"}, "line 2: a heading carries no labels"),
        ({"origin": "dream"}, "line 2: origin is 'dream'"),
        ({"id": "d:0"}, "line 2: id 'd:0' is given more than once"),
        ({"colour": "red"}, "line 2: unknown key 'colour'"),
        ({"text": None}, "line 2: 'text': .*given None"),
    ],
)
def test_a_faulty_row_is_refused_with_file_and_line(
    tmp_path: Path, codebook: Codebook, change: dict[str, Any], message: str
) -> None:
    path = write(tmp_path, ROW, {**ROW, "id": "d:9", **change})
    with pytest.raises(DataError, match=message) as caught:
        read_sentences(path, codebook)
    assert "sentences.jsonl" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[1]\n", "line 1"),
        (b"{\n", "line 1: is not JSON"),
        (b"\n", "holds no sentence"),
        (b'"\xff"\n', r"is not UTF-8 \(byte 1\)"),
    ],
)
def test_a_file_that_is_no_jsonl_is_refused(
    tmp_path: Path, codebook: Codebook, content: bytes, message: str
) -> None:
    path = tmp_path / "sentences.jsonl"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_sentences(path, codebook)


def test_sentences_survive_the_way_through_a_file(
    tmp_path: Path, codebook: Codebook, spans: list[Sentence]
) -> None:
    path = tmp_path / "copy.jsonl"
    write_lines(path, spans)
    assert read_sentences(path, codebook) == spans
    assert [file.name for file in tmp_path.iterdir()] == ["copy.jsonl"]


def test_the_digest_names_content_and_not_order(sentences: list[Sentence]) -> None:
    digest = dataset_digest(sentences)
    assert dataset_digest(sentences[::-1]) == digest
    first = sentences[0]
    for changed in (
        replace(first, text=first.text + "!"),
        replace(first, labels={**first.labels, "stance": "decoupling"}),
        replace(first, context="Other."),
    ):
        assert dataset_digest([changed, *sentences[1:]]) != digest


def test_a_sentence_without_a_label_cannot_be_trained_on(
    codebook: Codebook, sentences: list[Sentence]
) -> None:
    bare = replace(sentences[0], labels={"stance": "neutral"})
    with pytest.raises(DataError, match="has no label for framing"):
        labelled([bare], codebook)
