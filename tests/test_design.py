"""A probability sample: drawn with the probabilities that it says, and kept through labelling."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit.labels import doccano, label_studio, prodigy, spreadsheet
from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.labels.exchange import agreed_sentences, exchanged
from stancekit.labels.sentences import Sentence, read_sentences, write_lines
from stancekit.models.held_out import HeldOut
from stancekit.serving.classifier import Classifier
from stancekit.serving.columns import MetadataColumns
from stancekit.serving.design import (
    DESIGN,
    PROBABILITY,
    draw,
    drawn_sentences,
    inclusion_probabilities,
    systematic_sample,
)
from stancekit.serving.document import Document
from stancekit.serving.estimates import estimate, read_own_labels
from stancekit.serving.records import records
from stancekit.serving.score_table import ScoreTable, read_score_table, score_table
from stancekit.serving.writers import write_records

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


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("news") / "news.jsonl"
    lines = [json.dumps({"id": i, "text": t, "outlet": o}) for i, t, o in ARTICLES]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def scores(news: Path, tfidf: Classifier) -> Path:
    documents = [Document(i, text, {"outlet": outlet}) for i, text, outlet in ARTICLES]
    rows = [
        row
        for document in tfidf.score_documents(documents)
        for row in records(document, tfidf.codebook)
    ]
    path = news.with_name("scores.parquet")
    write_records(path, rows, MetadataColumns({"outlet": "text"}), tfidf.codebook)
    return path


@pytest.fixture(scope="module")
def held_out(tfidf: Classifier) -> HeldOut:
    return tfidf.bundle.held_out


@pytest.fixture(scope="module")
def table(scores: Path, tfidf: Classifier) -> ScoreTable:
    return read_score_table(scores, tfidf.codebook, tfidf.bundle.id)


def sample(stancekit: Run, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return stancekit("labels", "next", "--design", "--model", "tfidf", *arguments)


def test_scores_and_articles_give_the_same_sample(
    stancekit: Run, scores: Path, news: Path, table: ScoreTable, tmp_path: Path
) -> None:
    options = ("--count", "8", "--by", "outlet", "--seed", "3")
    for name, source in (("one", scores), ("two", news)):
        done = sample(stancekit, source, *options, "--out", f"{name}.jsonl")
        assert done.returncode == 0, done.stderr
        assert "8 of 12 sentences" in done.stderr
    assert (tmp_path / "one.jsonl").read_text() == (tmp_path / "two.jsonl").read_text()
    chosen = read_sentences(tmp_path / "one.jsonl", table.codebook)
    assert sum(sentence.details["outlet"] == "Daily" for sentence in chosen) == 4
    assert all(0 < float(sentence.details[PROBABILITY]) <= 1 for sentence in chosen)
    texts = {i: text for i, text, _ in ARTICLES}
    for sentence in chosen:
        assert texts[sentence.document][sentence.start : sentence.end] == sentence.text
        assert sentence.context == texts[sentence.document][: sentence.start].strip()
    assert drawn_sentences(table, draw(table, 8, ["outlet"], 3)) == chosen
    assert drawn_sentences(table, draw(table, 8, ["outlet"], 4)) != chosen


FORMS = {"csv": spreadsheet, "label-studio": label_studio, "doccano": doccano, "prodigy": prodigy}


def labelled(sentences: list[Sentence], codebook: Codebook) -> list[Sentence]:
    return [
        replace(
            own,
            labels={
                task.name: task.label_names[len(own.text) % len(task.labels)]
                for task in codebook.tasks
            },
        )
        for own in sentences
    ]


@pytest.mark.parametrize("form", FORMS)
def test_the_probability_comes_back_from_every_tool(
    form: str, table: ScoreTable, held_out: HeldOut, tmp_path: Path
) -> None:
    """A tool gives back what it was given, with labels."""
    book = table.codebook
    full = labelled(drawn_sentences(table, draw(table, 12)), book)
    content = FORMS[form].write(exchanged(full), book)
    back = list(agreed_sentences(FORMS[form].read(content, book, "tool", "tool"), book))
    assert back == full
    write_lines(tmp_path / "mine.jsonl", back)
    own = read_own_labels(tmp_path / "mine.jsonl", table)
    assert own.unlabelled == 0
    for found in estimate(table, held_out, methods=["sample"], own=own):
        if found.quantity in book.task(found.task).label_names:
            expected = np.mean([own.labels[found.task] == found.quantity for own in full])
            assert found.value == pytest.approx(expected)


def test_labels_without_a_known_probability_are_refused(table: ScoreTable, tmp_path: Path) -> None:
    drawn = drawn_sentences(table, draw(table, 11))
    other = drawn_sentences(table, draw(table, 11, seed=1))
    full = labelled(drawn, table.codebook)
    first, *rest = full
    without = {k: v for k, v in first.details.items() if k != PROBABILITY}
    elsewhere = {**first.details, DESIGN: "0" * 12 + "-1"}
    strange = [own for own in other if own.id not in {own.id for own in drawn}]
    assert strange
    cases = [
        ([replace(first, details=without), *rest], "lacks the probability"),
        ([replace(first, details={**first.details, PROBABILITY: "1.5"})], "has '1.5' as the prob"),
        ([replace(first, document="z"), *rest], "is not among the scores"),
        ([replace(first, text=first.text.upper()), *rest], "is not among the scores"),
        ([replace(first, details=elsewhere)], "drawn from other sentences than these scores"),
        ([*full, *strange], "holds sentences of 2 draws"),
        (drawn, "no sentence has a label"),
    ]
    for sentences, message in cases:
        write_lines(tmp_path / "mine.jsonl", sentences)
        with pytest.raises(DataError, match=message):
            read_own_labels(tmp_path / "mine.jsonl", table)


def test_identifiers_that_became_numbers_are_texts_again(
    scores: Path, tfidf: Classifier, tmp_path: Path
) -> None:
    """As another tool may save them."""
    rows = pq.read_table(scores)
    numbers = rows["document"].combine_chunks().dictionary_encode().indices
    rows = rows.set_column(rows.column_names.index("document"), "document", numbers)
    pq.write_table(rows, tmp_path / "numbers.parquet")
    table = read_score_table(tmp_path / "numbers.parquet", tfidf.codebook, tfidf.bundle.id)
    drawn = drawn_sentences(table, draw(table, 8))
    assert {own.document for own in drawn} <= {str(number) for number in range(len(ARTICLES))}
    write_lines(tmp_path / "mine.jsonl", labelled(drawn, table.codebook))
    assert read_own_labels(tmp_path / "mine.jsonl", table).unlabelled == 0
    years = pa.array(range(2000, 2000 + len(rows)))
    rows = rows.set_column(rows.column_names.index("text"), "text", years)
    table = score_table(rows, tfidf.codebook, tfidf.bundle.id, "here")
    assert all(own.text.startswith("20") for own in drawn_sentences(table, draw(table, 8)))


def test_the_command_takes_own_labels(
    stancekit: Run, scores: Path, table: ScoreTable, tmp_path: Path
) -> None:
    full = labelled(drawn_sentences(table, draw(table, 11)), table.codebook)
    write_lines(tmp_path / "mine.jsonl", [replace(full[0], labels={}), *full[1:]])
    done = stancekit(
        "estimate", scores, "--model", "tfidf", "--labels", "mine.jsonl", "--out", "e.jsonl"
    )
    assert done.returncode == 0, done.stderr
    assert "1 of 11 drawn sentences lack a label of some task" in done.stderr
    rows = [json.loads(line) for line in (tmp_path / "e.jsonl").read_text().splitlines()]
    assert [row["method"] for row in rows].count("sample") == len(rows) / 4
    assert all(row["value"] is not None for row in rows if row["method"] == "sample")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["SCORES"], "expected an --out"),
        (["SCORES", "--out", "s.csv"], "sentences are written as .jsonl"),
        (["SCORES", "NEWS", "--out", "s.jsonl"], "are drawn from alone"),
        (["SCORES", "--by", "place", "--out", "s.jsonl"], "no column 'place'"),
        (["NEWS", "--out", "NEWS"], "would be written over"),
        (["SCORES", "--labelled", "x.jsonl", "--out", "s.jsonl"], "leaves nothing out"),
    ],
)
def test_a_design_that_cannot_be_is_refused(
    stancekit: Run, scores: Path, news: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    places = {"SCORES": scores, "NEWS": news}
    done = sample(stancekit, *(places.get(own, own) for own in arguments))
    assert done.returncode == 2
    assert message in done.stderr
    assert len(news.read_text(encoding="utf-8").splitlines()) == len(ARTICLES)
    assert not list(tmp_path.iterdir())
