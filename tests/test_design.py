"""A probability sample: drawn with the probabilities that it says, and kept through labelling."""

import csv
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit.labels.codebook import Codebook
from stancekit.labels.sentences import Sentence, read_sentences, write_lines
from stancekit.serving.classifier import Classifier
from stancekit.serving.design import (
    PROBABILITY,
    draw,
    drawn_sentences,
    inclusion_probabilities,
    systematic_sample,
)
from stancekit.serving.score_table import read_score_table

Run = Callable[..., subprocess.CompletedProcess[str]]

STRATA = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=60)


@given(STRATA, st.integers(1, 80), st.integers(0, 5))
@settings(max_examples=150, deadline=None)
def test_as_many_are_drawn_as_asked_for(
    rows: list[tuple[int, int]], wanted: int, seed: int
) -> None:
    strata = [np.unique(np.array(own), return_inverse=True)[1] for own in zip(*rows, strict=True)]
    count = min(wanted, len(rows))
    chances = inclusion_probabilities(strata, count)
    assert chances.sum() == pytest.approx(count)
    assert (chances > 0).all()
    assert (chances <= 1 + 1e-12).all()
    documents = np.arange(len(rows)) // 3
    drawn = systematic_sample(chances, strata, documents, np.random.default_rng(seed))
    assert len(drawn) == len(set(drawn.tolist())) == count


def test_each_is_drawn_as_often_as_its_probability_says() -> None:
    generator = np.random.default_rng(0)
    strata = [np.repeat([0, 1, 2], [60, 30, 4]), np.tile([0, 1], 47)]
    chances = inclusion_probabilities(strata, 20)
    documents = np.arange(94) % 11
    times = np.zeros(94)
    for _ in range(4000):
        times[systematic_sample(chances, strata, documents, generator)] += 1
    error = np.sqrt(chances * (1 - chances) / 4000)
    assert (np.abs(times / 4000 - chances) <= 4.5 * error + 1e-9).all()


def test_a_rare_label_is_drawn_from_as_much_as_a_common_one() -> None:
    strata = [np.repeat([0, 1], [900, 100])]
    chances = inclusion_probabilities(strata, 100)
    assert chances[:900].sum() == pytest.approx(50)
    assert chances[900:].sum() == pytest.approx(50)
    few = inclusion_probabilities([np.repeat([0, 1], [990, 10])], 100)
    assert (few[990:] == 1).all()
    assert few[:990] == pytest.approx(np.full(990, 90 / 990))


def test_the_sample_is_spread_over_documents() -> None:
    """Ten of a hundred documents of ten sentences: no document gives two."""
    strata, documents = [np.zeros(1000, dtype=np.int64)], np.arange(1000) // 10
    chances = inclusion_probabilities(strata, 100)
    drawn = systematic_sample(chances, strata, documents, np.random.default_rng(1))
    assert len(set(documents[drawn].tolist())) == 100


ARTICLES = [
    (f"a{n}", text, "Daily" if n % 2 else "Weekly")
    for n, text in enumerate(
        [
            "The ministry raised the tariff on imported cells. Nobody in Graz had asked for it.",
            "Firms from Japan were invited to Suzhou. The port, however, stayed closed.",
            "Two laboratories share the beam. Their partners abroad pay half of it.",
            "Customers want cheaper phones. The party wants its own chips.",
            'Beijing bans exports of gallium. "We depend on it", a buyer said.',
            "It rained in Hefei. Investors left the fund.",
        ]
    )
]


@pytest.fixture
def scores(stancekit: Run, tmp_path: Path) -> Path:
    lines = [json.dumps({"id": i, "text": t, "outlet": o}) for i, t, o in ARTICLES]
    (tmp_path / "news.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = stancekit("score", "news.jsonl", "--model", "tfidf", "--out", "scores.parquet")
    assert done.returncode == 0, done.stderr
    return tmp_path / "scores.parquet"


def sample(stancekit: Run, *arguments: str) -> subprocess.CompletedProcess[str]:
    return stancekit("labels", "next", "--design", "--model", "tfidf", *arguments)


def test_scores_and_articles_give_the_same_sample(
    stancekit: Run, scores: Path, tmp_path: Path, tfidf: Classifier
) -> None:
    options = ("--count", "8", "--by", "outlet", "--seed", "3")
    for name, source in (("one", "scores.parquet"), ("two", "news.jsonl")):
        done = sample(stancekit, source, *options, "--out", f"{name}.jsonl")
        assert done.returncode == 0, done.stderr
        assert "8 of 12 sentences" in done.stderr
    assert (tmp_path / "one.jsonl").read_text() == (tmp_path / "two.jsonl").read_text()
    chosen = read_sentences(tmp_path / "one.jsonl", tfidf.codebook)
    assert sum(sentence.details["outlet"] == "Daily" for sentence in chosen) == 4
    assert all(0 < float(sentence.details[PROBABILITY]) <= 1 for sentence in chosen)
    texts = {i: text for i, text, _ in ARTICLES}
    for sentence in chosen:
        assert texts[sentence.document][sentence.start : sentence.end] == sentence.text
        before = texts[sentence.document][: sentence.start].strip()
        assert sentence.context == before
    table = read_score_table(scores, tfidf.codebook, tfidf.bundle.id)
    assert drawn_sentences(table, draw(table, 8, ["outlet"], 3)) == chosen
    assert drawn_sentences(table, draw(table, 8, ["outlet"], 4)) != chosen


def labelled_by(sentence: Sentence, codebook: Codebook) -> dict[str, str]:
    place = len(sentence.text)
    return {t.name: t.label_names[place % len(t.labels)] for t in codebook.tasks}


@pytest.mark.parametrize("form", ["csv", "label-studio", "doccano", "prodigy"])
def test_the_probability_comes_back_from_every_tool(
    form: str, stancekit: Run, scores: Path, tmp_path: Path, codebook: Codebook
) -> None:
    sample(stancekit, scores.name, "--count", "12", "--out", "sample.jsonl")
    drawn = read_sentences(tmp_path / "sample.jsonl", codebook)
    # As if a tool had given them back with labels: it exports what it was given.
    full = [Sentence(**{**own.__dict__, "labels": labelled_by(own, codebook)}) for own in drawn]
    write_lines(tmp_path / "full.jsonl", full)
    done = stancekit("labels", "export", "full.jsonl", "-f", form, "-o", "tool")
    assert done.returncode == 0, done.stderr
    done = stancekit("labels", "import", "tool", "-f", form, "-o", "back.jsonl")
    assert done.returncode == 0, done.stderr
    assert read_sentences(tmp_path / "back.jsonl", codebook) == full
    done = stancekit(
        "estimate", scores.name, "--model", "tfidf", "--labels", "back.jsonl",
        "--method", "sample", "--out", "estimates.csv",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader((tmp_path / "estimates.csv").read_text().splitlines()))
    shares = {(row["task"], row["quantity"]): float(row["value"] or "nan") for row in rows}
    for task in codebook.tasks:
        for label in task.label_names:
            expected = np.mean([own.labels[task.name] == label for own in full])
            assert shares[task.name, label] == pytest.approx(expected)


def test_labels_without_a_known_probability_are_refused(
    stancekit: Run, scores: Path, tmp_path: Path, codebook: Codebook
) -> None:
    sample(stancekit, scores.name, "--count", "11", "--out", "sample.jsonl")
    sample(stancekit, scores.name, "--count", "11", "--seed", "1", "--out", "other.jsonl")
    drawn = read_sentences(tmp_path / "sample.jsonl", codebook)
    other = read_sentences(tmp_path / "other.jsonl", codebook)
    full = [Sentence(**{**own.__dict__, "labels": labelled_by(own, codebook)}) for own in drawn]

    def changed(position: int, **values: object) -> list[Sentence]:
        first = Sentence(**{**full[position].__dict__, **values})
        return [first, *(own for own in full if own is not full[position])]

    without = {k: v for k, v in full[0].details.items() if k != PROBABILITY}
    strange = [own for own in other if own.id not in {own.id for own in drawn}]
    cases = [
        (changed(0, details=without), "lacks the probability"),
        (changed(0, details={**full[0].details, PROBABILITY: "1.5"}), "has '1.5' as the prob"),
        (changed(0, document="z"), "is not among the scores"),
        (changed(0, text=full[0].text.upper()), "is not among the scores"),
        ([*full, *strange], "holds sentences of 2 draws"),
        (drawn, "no sentence has a label"),
    ]
    for sentences, message in cases:
        write_lines(tmp_path / "mine.jsonl", sentences)
        done = stancekit("estimate", scores.name, "--model", "tfidf", "--labels", "mine.jsonl")
        assert done.returncode == 2, message
        assert message in done.stderr
        assert done.stderr.count("\n") == 1
    write_lines(tmp_path / "mine.jsonl", full)
    stancekit("score", "news.jsonl", "--model", "tfidf", "--one-sentence", "--out", "more.csv")
    done = stancekit("estimate", "more.csv", "--model", "tfidf", "--labels", "mine.jsonl")
    assert done.returncode == 2
    assert "drawn from other sentences than these scores are of" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["scores.parquet"], "expected an --out"),
        (["scores.parquet", "--out", "s.csv"], "sentences are written as .jsonl"),
        (["scores.parquet", "news.jsonl", "--out", "s.jsonl"], "are drawn from alone"),
        (["scores.parquet", "--by", "place", "--out", "s.jsonl"], "no column 'place'"),
        (["scores.parquet", "--labelled", "x.jsonl", "--out", "s.jsonl"], "leaves nothing out"),
    ],
)
def test_a_design_that_cannot_be_is_refused(
    stancekit: Run, scores: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = sample(stancekit, *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "s.jsonl").exists()
    assert scores.exists()
