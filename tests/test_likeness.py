"""Is a batch like the training text, and does the summary say so where it is not."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stancekit.labels.sentences import DOCUMENT, Sentence
from stancekit.models.held_out import HeldOut, HeldOutTask
from stancekit.models.training_text import TrainingText
from stancekit.serving import Classifier, ScoredDocument
from stancekit.serving import chunks as chunks_module
from stancekit.serving.batch import score_into
from stancekit.serving.document import Document, SetAside
from stancekit.serving.documents import ReadingOptions
from stancekit.serving.inputs import Inputs
from stancekit.serving.likeness import (
    Likeness,
    LikenessCounts,
    Reference,
    likeness_of,
    likeness_of_table,
)
from stancekit.serving.likeness.likeness import FEWEST, FOREIGN, LONG, UNLIKE
from stancekit.serving.likeness.moments import Moments
from stancekit.serving.likeness.shift import (
    FEWEST_DOCUMENTS,
    LARGE,
    SIGNIFICANT,
    Shift,
    shift_between,
)
from stancekit.serving.passages import passages

ARTICLES = Path(__file__).parent / "scope" / "articles.jsonl"
FRENCH = "Le ministère a annoncé mardi de nouvelles mesures pour soutenir les entreprises. " * 5


def articles(in_scope: bool) -> list[Document]:
    rows = [json.loads(line) for line in ARTICLES.read_text(encoding="utf-8").splitlines()]
    return [Document(row["id"], row["text"]) for row in rows if row["in_scope"] == in_scope]


@pytest.fixture(scope="module")
def reference(tfidf: Classifier) -> Reference:
    return Reference.of(tfidf.bundle)


@pytest.fixture(scope="module")
def like(tfidf: Classifier) -> list[ScoredDocument]:
    return list(tfidf.score_documents(articles(in_scope=True)))


@pytest.fixture(scope="module")
def unlike(tfidf: Classifier) -> list[ScoredDocument]:
    return list(tfidf.score_documents(articles(in_scope=False)))


def rows_of(task: HeldOutTask, documents: set[str]) -> HeldOutTask:
    rows = [row for row, name in enumerate(task.documents) if name in documents]
    names = tuple(task.documents[row] for row in rows)
    return HeldOutTask(names, task.gold[rows], task.probabilities[rows])


@pytest.mark.parametrize("name", ["tfidf", "mpnet"])
def test_seeds_that_were_left_out_raise_no_warning(name: str, everything: list[Sentence]) -> None:
    held_out = Classifier.load(name).bundle.held_out
    documents = {own.document for own in everything if own.origin == DOCUMENT}
    for left_out in documents:
        rest = [own for own in everything if own.document != left_out]
        texts = [own.text for own in everything if own.document == left_out]
        others = {
            task: rows_of(own, documents - {left_out}) for task, own in held_out.tasks.items()
        }
        counts = LikenessCounts(Reference(TrainingText.fit(rest), HeldOut(others)))
        counts.documents = 1
        counts.add_sentences(
            texts,
            np.zeros(len(texts), dtype=np.int64),
            {task: rows_of(own, {left_out}).probabilities for task, own in held_out.tasks.items()},
        )
        found = Likeness.of(counts)
        assert found.unlike == 0
        assert all(shift.p is None for shift in found.shifts)  # one document cannot be tested
        assert found.warning == "" or found.long > 0.05  # one of the five writes long sentences


def test_all_seeds_as_they_were_held_out_raise_no_warning(
    reference: Reference, everything: list[Sentence]
) -> None:
    texts = [own.text for own in everything if own.origin == DOCUMENT]
    names = [own.document for own in everything if own.origin == DOCUMENT]
    probabilities = {}
    for task, own in reference.held_out.tasks.items():
        order = np.argsort(np.array(own.documents), kind="stable")
        probabilities[task] = own.probabilities[order]
    order = np.argsort(np.array(names), kind="stable")
    _, stretches = np.unique(np.array(names)[order], return_inverse=True)
    counts = LikenessCounts(reference)
    counts.documents = 5
    counts.add_sentences([texts[row] for row in order], stretches, probabilities)
    found = Likeness.of(counts)
    assert found.warning == ""
    assert found.unlike == 0
    assert [(shift.distance, shift.p) for shift in found.shifts] == [(0.0, 1.0)] * 4


def test_articles_in_scope_raise_no_warning(tfidf: Classifier, like: list[ScoredDocument]) -> None:
    found = likeness_of(like, tfidf.bundle)
    assert found.warning == ""
    assert (found.documents, found.unlike, found.foreign, found.set_aside) == (10, 0, 0, 0)


def test_articles_from_elsewhere_are_warned_of(
    tfidf: Classifier, like: list[ScoredDocument], unlike: list[ScoredDocument]
) -> None:
    found = likeness_of([*like, *unlike], tfidf.bundle)
    count = sum(len(own.sentences) for own in unlike if likeness_of([own], tfidf.bundle).unlike)
    assert found.unlike == count / found.sentences
    assert found.warning == (
        f"{found.unlike * 100:.0f} % of the sentences stand in documents unlike the training text;"
        " read the shares with care."
    )


def test_short_texts_are_judged_together(tfidf: Classifier) -> None:
    def of(in_scope: bool) -> Likeness:
        single = [
            Document(f"{own.id}{number}", part, one_sentence=True)
            for own in articles(in_scope)
            for number, part in enumerate(own.text.split(". "))
        ]
        return likeness_of(list(tfidf.score_documents(single)), tfidf.bundle)

    assert of(in_scope=True).unlike == 0
    assert of(in_scope=False).unlike == 1
    one = [tfidf.score("The goalkeeper was sent off.")]
    assert likeness_of(one, tfidf.bundle).unlike is None


def test_what_is_not_english_is_told(tfidf: Classifier, like: list[ScoredDocument]) -> None:
    found = likeness_of([*like, tfidf.score(FRENCH)], tfidf.bundle)
    assert found.foreign == 5 / found.sentences
    assert found.unlike == 0
    assert "6 % of the sentences are not in English; read" in found.warning


def test_what_was_set_aside_for_its_language_is_told(
    tmp_path: Path, tfidf: Classifier, reference: Reference
) -> None:
    lines = [{"text": FRENCH}, {"text": ""}, *({"text": own.text} for own in articles(True))]
    path = tmp_path / "news.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in lines))
    done = score_into(tmp_path / "s.csv", tfidf, Inputs([path], None, ReadingOptions()))
    found = Likeness.of(done.tally.likeness)
    assert found.set_aside == 1 / 11
    assert found.warning.startswith(
        "9 % of the documents are in another language and were set aside; read"
    )
    counts = LikenessCounts(reference)
    counts.add_set_aside([SetAside("a", "", "is empty")])
    assert counts.foreign_documents == 0


def test_long_sentences_are_told(tfidf: Classifier) -> None:
    long = "China's ministry of commerce said that export controls on chips " + "and tools " * 50
    found = likeness_of([tfidf.score(f"{long}. " * 6)], tfidf.bundle)
    assert found.long == 1
    assert "100 % of the sentences are unusually long" in found.warning
    assert likeness_of([tfidf.score(f"{long}. " * 4)], tfidf.bundle).warning == ""


def test_passages_give_the_counts_of_whole_documents(
    tfidf: Classifier, reference: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks_module, "SENTENCES", 4)
    documents = [*articles(True), *articles(False), Document("f", FRENCH)]
    whole = LikenessCounts(reference)
    whole.add(list(tfidf.score_documents(documents)))
    parts = LikenessCounts(reference)
    for document in documents:
        for passage in passages(document, 4):
            own = LikenessCounts(reference)
            own.add(list(tfidf.score_encoded(tfidf.encode([passage]))), [passage.last])
            parts.merge(json.loads(json.dumps(own.counts())))
    assert parts.counts() == whole.counts()
    assert Likeness.of(parts) == Likeness.of(whole)


def test_a_scores_file_gives_the_figures_of_its_documents(
    tfidf: Classifier,
    reference: Reference,
    like: list[ScoredDocument],
    unlike: list[ScoredDocument],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    documents = [*like, *unlike]
    rows = [(code, own) for code, document in enumerate(documents) for own in document.sentences]
    scores = SimpleNamespace(
        documents=np.array([code for code, _ in rows]),
        sentences=np.array([own.index for _, own in rows]),
        probabilities={
            task: np.array([list(own.predictions[task].probabilities.values()) for _, own in rows])
            for task in tfidf.codebook.task_names
        },
        table=pa.table({"text": [own.text for _, own in rows]}),
    )
    found = likeness_of_table(scores, reference)
    assert found == likeness_of(documents, tfidf.bundle)
    monkeypatch.setattr(chunks_module, "SENTENCES", 4)  # a document is one, however long
    assert likeness_of_table(scores, reference).shifts == found.shifts


def normal(
    chance: np.random.Generator, documents: int, size: int, shift: float = 0.0, spread: float = 0.3
) -> tuple[np.ndarray, np.ndarray]:
    names = np.repeat(np.arange(documents), size)
    own = chance.normal(0, spread, documents)[names]
    return own + chance.normal(shift, 1, len(names)), names


@given(st.integers(0, 10_000))
def test_moments_add_up(seed: int) -> None:
    values, names = normal(np.random.default_rng(seed), 6, 5)
    points = np.linspace(-1, 1, 5)
    whole = Moments.of(values, points, names)
    parts = Moments.empty(5)
    for chosen in (names < 2, names >= 2):
        own = Moments.of(values[chosen], points, names[chosen])
        parts.merge(json.loads(json.dumps(own.counts())))
    assert parts.counts() == whole.counts()
    expected = [(values <= point).mean() for point in points]
    assert np.allclose(whole.distribution, expected)


def test_the_variance_is_that_of_drawing_documents() -> None:
    chance = np.random.default_rng(0)
    points = np.zeros(1)
    drawn = [Moments.of(*_in_order(normal(chance, 30, 10), points)) for _ in range(400)]
    between = np.var([own.distribution[0] for own in drawn])
    assert np.mean([own.covariance[0, 0] for own in drawn]) == pytest.approx(between, rel=0.2)


def _in_order(
    drawn: tuple[np.ndarray, np.ndarray], points: np.ndarray
) -> tuple[np.ndarray, np.ndarray, list[object]]:
    return drawn[0], points, drawn[1].tolist()


def shift_of(chance: np.random.Generator, shift: float, documents: int) -> Shift:
    held_out, names = normal(chance, 5, 60)
    points = np.unique(np.quantile(held_out, np.arange(1, 10) / 10, method="inverted_cdf"))
    values, own = normal(chance, documents, 20, shift)
    found = shift_between(
        "task", "confidence", Moments.of(values, points, own.tolist()),
        Moments.of(held_out, points, names.tolist()), documents,
    )  # fmt: skip
    assert found is not None
    return found


@pytest.mark.parametrize("documents", [5, 40])
def test_documents_of_one_source_are_seldom_told_apart(documents: int) -> None:
    chance = np.random.default_rng(1)
    found = [shift_of(chance, 0.0, documents) for _ in range(60)]
    assert sum(own.p is not None and own.p < 0.05 for own in found) <= 8
    assert sum(own.is_notable(4) for own in found) <= 1


def test_a_large_shift_is_told_with_its_direction() -> None:
    chance = np.random.default_rng(2)
    found = [shift_of(chance, 1.2, 40) for _ in range(20)]
    assert sum(own.is_notable(4) for own in found) >= 18
    assert all(own.distance > 0.2 for own in found)


def test_few_documents_are_not_tested() -> None:
    own = shift_of(np.random.default_rng(3), 3.0, 4)
    assert own.p is None
    assert own.distance > 0.5
    assert not own.is_notable(1)


def test_stretches_of_few_documents_make_no_many() -> None:
    chance = np.random.default_rng(4)
    held_out, names = normal(chance, 40, 50, spread=0)
    points = np.unique(np.quantile(held_out, np.arange(1, 10) / 10, method="inverted_cdf"))
    values, stretches = normal(chance, 200, 10, shift=0.12, spread=0)
    batch = Moments.of(values, points, stretches.tolist())
    known = Moments.of(held_out, points, names.tolist())
    found = [shift_between("task", "confidence", batch, known, number) for number in (5, 200)]
    few, many = (own.p for own in found if own is not None)
    assert few is not None
    assert many is not None
    assert few > 1.5 * many > 0


def test_a_shift_is_warned_of_once_a_task() -> None:
    def with_shifts(*shifts: Shift) -> str:
        return Likeness(10, 100, 0.0, 0.0, 0.0, 0.0, shifts).warning

    less = [Shift("one", "confidence", -0.3, 0.001), Shift("one", "entropy", 0.4, 0.001)]
    assert with_shifts(*less) == (
        "the model is less sure of one here than of documents held out of training;"
        " read the shares with care."
    )
    assert "surer of two" in with_shifts(Shift("two", "entropy", -0.3, 0.001))
    assert with_shifts(Shift("one", "confidence", -0.1, 0.001)) == ""
    assert with_shifts(Shift("one", "confidence", -0.3, 0.2)) == ""


def test_the_readme_names_the_bounds() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    table = readme.split("| what is looked at | warned of from |")[1].split("```")[0]
    bounds = [row.split(" | ")[1].strip(" |") for row in table.strip().splitlines()[1:5]]
    assert bounds == [
        f"{UNLIKE * 100:.0f} %",
        f"{LONG * 100:.0f} %, and five sentences",
        f"{FOREIGN * 100:.0f} %",
        (
            f"a Kolmogorov-Smirnov distance of {LARGE},"
            f" and p < {SIGNIFICANT} by documents (Bonferroni)"
        ),
    ]
    assert FEWEST == FEWEST_DOCUMENTS == 5


Run = Callable[..., CompletedProcess[str]]


def test_the_command_warns_and_else_says_nothing(stancekit: Run, tmp_path: Path) -> None:
    for name, in_scope in (("in", True), ("out", False)):
        rows = [{"id": own.id, "text": own.text} for own in articles(in_scope)]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for more in ((), ("--out", "scores.csv")):
        done = stancekit("score", "in.jsonl", "--model", "tfidf", *more)
        assert done.returncode == 0
        assert "Warning" not in done.stdout + done.stderr
        done = stancekit("score", "out.jsonl", "--model", "tfidf", *more)
        assert done.returncode == 0
        [line] = [own for own in done.stderr.splitlines() if own.startswith("Warning: ")]
        assert line.endswith(
            "stand in documents unlike the training text; read the shares with care."
        )
