"""The data tier: what ships must follow from its sources."""

import shutil
from pathlib import Path

import pytest

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.labels.gold import build_sentences, check_sentences, unlabelled_sentences
from stancekit.labels.sentences import Sentence
from stancekit.labels.sources import read_document, read_sources

ROOT = Path(__file__).parent.parent
SEEDS, LABELS = ROOT / "seeds", ROOT / "labels"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "labels"
    copy.mkdir()
    for name in ("annotations", "slices"):
        shutil.copytree(LABELS / name, copy / name)
    for name in ("sentences.jsonl", "adjudication.jsonl"):
        shutil.copy(LABELS / name, copy / name)
    return copy


def test_the_shipped_sentences_follow_from_documents_and_annotations(
    codebook: Codebook, spans: list[Sentence]
) -> None:
    assert check_sentences(SEEDS, LABELS, codebook) == spans
    assert build_sentences(SEEDS, LABELS, codebook) == spans


def test_every_span_is_the_slice_of_its_document(spans: list[Sentence]) -> None:
    texts = {
        source.id: read_document(SEEDS, source)
        for source in read_sources(SEEDS / "sources.toml").document
    }
    for span in (span for span in spans if span.origin == "document"):
        assert texts[span.document][span.start : span.end] == span.text


def test_every_content_sentence_is_labelled_and_nothing_else(
    spans: list[Sentence], codebook: Codebook
) -> None:
    for span in spans:
        assert set(span.labels) == (set(codebook.task_names) if span.kind == "content" else set())


def test_content_sentences_have_the_register_of_their_document(spans: list[Sentence]) -> None:
    registers = {s.id: s.register for s in read_sources(SEEDS / "sources.toml").document}
    known = {span.details["register"] for span in spans if span.origin == "authored"}
    for span in (span for span in spans if span.origin == "document"):
        expected = {"register": registers[span.document]} if span.kind == "content" else {}
        assert span.details == expected
    assert set(registers.values()) <= known


def test_the_context_is_the_content_sentence_before() -> None:
    before: dict[str, str] = {}
    for span in unlabelled_sentences(SEEDS):
        if span.kind == "content":
            assert span.context == before.get(span.document, "")
            before[span.document] = span.text
        else:
            assert span.context == ""
    assert len(before) == 5


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("sentences.jsonl", '"neutral"', '"decoupling"', "differs from documents, annotations"),
        ("adjudication.jsonl", "lse-2021:4596", "lse-2021:9", "'lse-2021:9' is labelled but is no"),
        ("annotations/reader-a.jsonl", '"id": "lse-2021:1042"', '"id": "x:1"', "'x:1' is labelled"),
    ],
)
def test_a_change_on_one_side_only_is_found(
    folder: Path, codebook: Codebook, name: str, old: str, new: str, message: str
) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    if old not in text:
        old = '"id": "' + text.split('"id": "')[1].split('"')[0] + '"'
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        check_sentences(SEEDS, folder, codebook)


def test_a_missing_row_is_found(folder: Path, codebook: Codebook) -> None:
    path = folder / "sentences.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(DataError, match=r"is missing \(run: stancekit labels build\)"):
        check_sentences(SEEDS, folder, codebook)
