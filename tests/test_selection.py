import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import InputError
from stancekit.labels.sentences import Sentence, read_sentences, write_lines
from stancekit.serving.classifier import Classifier
from stancekit.serving.document import Document
from stancekit.serving.selection import Candidate, candidates, select

Run = Callable[..., subprocess.CompletedProcess[str]]
ARTICLE = (
    "The ministry raised the tariff on imported cells again. Nobody in Graz had asked for it."
    " The ministry raised the tariff on imported cells again. Two laboratories share the beam."
)


def candidate(text: str, uncertainty: float) -> Candidate:
    sentence = Sentence(id=text, document="d", start=0, end=len(text), text=text)
    return Candidate(sentence, uncertainty)


def test_each_sentence_is_a_candidate_once_with_the_one_before(classifier: Classifier) -> None:
    found = list(candidates(classifier.score_documents([Document("a", ARTICLE)])))
    assert [c.sentence.text for c in found] == [
        "The ministry raised the tariff on imported cells again.",
        "Nobody in Graz had asked for it.",
        "Two laboratories share the beam.",
    ]
    assert found[2].sentence.context == found[0].sentence.text
    for c in found:
        assert ARTICLE[c.sentence.start : c.sentence.end] == c.sentence.text
        assert c.sentence.id == f"a:{c.sentence.start}"
        assert 0 <= c.uncertainty <= 1
    known = [found[0].sentence.text.upper()]
    left = candidates(classifier.score_documents([Document("a", ARTICLE)]), known)
    assert [c.sentence.id for c in left] == [c.sentence.id for c in found[1:]]


def test_two_documents_of_one_name_are_refused(classifier: Classifier) -> None:
    twice = [Document("a", ARTICLE), Document("a", "Another text.")]
    with pytest.raises(InputError, match="'a' is the identifier of two documents"):
        list(candidates(classifier.score_documents(twice)))


def test_the_unsure_are_chosen_and_the_sure_are_not() -> None:
    sure = [candidate(f"certain thing number {n}", 0.01) for n in range(40)]
    unsure = [candidate(f"word{n} word{n + 100} word{n + 200}", 0.9) for n in range(20)]
    chosen = select([*sure, *unsure], count=2)
    assert {c.uncertainty for c in chosen} == {0.9}


def test_the_chosen_are_unlike_each_other() -> None:
    """Three subjects, the most uncertain one told in many like sentences: one of each is taken."""
    like = [candidate(f"tariffs on solar cells rose {n}", 0.95) for n in range(9)]
    others = [
        candidate("students met in a summer school", 0.8),
        candidate("students met at a summer school", 0.81),
        candidate("shipyards won orders from Greece", 0.8),
        candidate("shipyards took orders from Greece", 0.79),
    ]
    chosen = select([*like, *others], count=3)
    assert {c.sentence.text.split()[0] for c in chosen} == {"tariffs", "students", "shipyards"}
    assert select([*reversed(others), *like], count=3) == chosen


def test_few_candidates_are_all_chosen_and_none_is_a_fault() -> None:
    few = [candidate("a b", 0.1), candidate("c d", 0.7)]
    assert [c.uncertainty for c in select(few, count=5)] == [0.7, 0.1]
    with pytest.raises(InputError, match="no sentence left to choose from"):
        select([], count=5)


def test_the_command_writes_sentences_to_label(
    stancekit: Run, tmp_path: Path, codebook: Codebook
) -> None:
    (tmp_path / "article.txt").write_text(ARTICLE, encoding="utf-8")
    done = stancekit("labels", "next", "article.txt", "--count", "2", "--out", "next.jsonl")
    assert done.returncode == 0, done.stderr
    chosen = read_sentences(tmp_path / "next.jsonl", codebook)
    assert len(chosen) == 2
    assert all(not sentence.labels for sentence in chosen)
    assert stancekit("labels", "next", "article.txt").stdout.count("article.txt:") == 3
    done = stancekit("labels", "export", "next.jsonl", "-f", "prodigy", "-o", "tasks.jsonl")
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "tasks.jsonl").read_text().splitlines()) == 2


def test_what_is_labelled_already_is_not_chosen(
    stancekit: Run, tmp_path: Path, codebook: Codebook, everything: list[Sentence]
) -> None:
    texts = [{"text": sentence.text} for sentence in everything[:3]]
    content = "".join(json.dumps(row) + "\n" for row in texts)
    (tmp_path / "known.jsonl").write_text(content, encoding="utf-8")
    done = stancekit("labels", "next", "known.jsonl", "--one-sentence")
    assert done.returncode == 2
    assert "all of them are labelled" in done.stderr
    (tmp_path / "a.txt").write_text(ARTICLE, encoding="utf-8")
    stancekit("labels", "next", "a.txt", "--out", "all.jsonl")
    labels = {task.name: task.label_names[0] for task in codebook.tasks}
    done_ones = read_sentences(tmp_path / "all.jsonl", codebook)[:2]
    own = [json.loads(json.dumps(sentence.__dict__)) | {"labels": labels} for sentence in done_ones]
    write_lines(tmp_path / "mine.jsonl", [Sentence(**row) for row in own])
    stancekit("labels", "next", "a.txt", "--labelled", "mine.jsonl", "--out", "left.jsonl")
    assert len(read_sentences(tmp_path / "left.jsonl", codebook)) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("next", "news.jsonl", "--model", "tfidf", "--out", "news.jsonl"),
        ("next", "news.jsonl", "--model", "tfidf", "--labelled", "own.jsonl", "--out", "own.jsonl"),
        ("suspicious", "own.jsonl", "--out", "own.jsonl"),
    ],
)
def test_what_is_read_is_not_written_over(
    stancekit: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    for name in ("news.jsonl", "own.jsonl"):
        (tmp_path / name).write_text(json.dumps({"text": ARTICLE}) + "\n")
    done = stancekit("labels", *arguments)
    assert done.returncode == 2
    assert "would be written over" in done.stderr
    for name in ("news.jsonl", "own.jsonl"):
        assert json.loads((tmp_path / name).read_text()) == {"text": ARTICLE}
