"""What a bundle knows of its training text, and what is called unlike it."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stancekit.labels.errors import BundleError
from stancekit.labels.sentences import AUTHORED, DOCUMENT, Sentence
from stancekit.models.bundle import read_training_text, released_bundle
from stancekit.models.keyness import general_english, subject_words, text_words
from stancekit.models.manifest import read_manifest
from stancekit.models.scope import Density, usual_density
from stancekit.models.training_text import TrainingText

ARTICLES = Path(__file__).parent / "scope" / "articles.jsonl"


@pytest.fixture(scope="module")
def text(everything: list[Sentence]) -> TrainingText:
    return TrainingText.fit(everything)


@pytest.fixture(scope="module")
def is_unlike(text: TrainingText) -> Callable[[str], bool]:
    def is_unlike(article: str) -> bool:
        assert text.density is not None
        words = text_words(article)
        known = sum(word in text.subject_words for word in words)
        return known < text.density.lowest_share(len(words)) * len(words)

    return is_unlike


def sentences(text: str, document: str = "d", origin: str = DOCUMENT) -> list[Sentence]:
    parts = [part + "." for part in text.split(".") if part.strip()]
    return [
        Sentence(
            id=f"{document}:{number}", document=document, start=0, end=len(part), text=part,
            origin=origin,
        )
        for number, part in enumerate(parts)
    ]  # fmt: skip


def test_the_released_bundles_hold_what_is_made_of_the_released_sentences(
    text: TrainingText,
) -> None:
    for name in ("mpnet", "tfidf"):
        folder = released_bundle(name)
        own = read_training_text(folder, read_manifest(folder))
        assert own.to_bytes() == text.to_bytes()


def test_articles_from_elsewhere_are_told_apart(is_unlike: Callable[[str], bool]) -> None:
    rows = [json.loads(line) for line in ARTICLES.read_text(encoding="utf-8").splitlines()]
    called = Counter((row["in_scope"], is_unlike(row["text"])) for row in rows)
    # The economy of the euro area, a local election and a school board pass: politics has words.
    assert called == {(True, False): 10, (False, True): 9, (False, False): 3}


def test_documents_that_were_left_out_are_not_called_unlike(everything: list[Sentence]) -> None:
    names = {own.document for own in everything if own.origin == DOCUMENT}
    assert len(names) == 5
    called = []
    for name in names:
        rest = TrainingText.fit([own for own in everything if own.document != name])
        words = [w for own in everything if own.document == name for w in text_words(own.text)]
        assert rest.density is not None
        known = np.array([word in rest.subject_words for word in words])
        assert known.mean() > rest.density.lowest_share(len(words)), name
        parts = np.array_split(known, len(words) // 100)
        called += [part.mean() < rest.density.lowest_share(len(part)) for part in parts]
    assert (sum(called), len(called)) == (2, 73)


def test_what_was_written_is_read_again(text: TrainingText) -> None:
    content = text.to_bytes()
    again = TrainingText.from_bytes(content, "here")
    assert again.to_bytes() == content
    assert len(content) < 150_000
    assert (again.sentences, again.longest, again.english) == (7693, text.longest, True)
    assert again.subject_words == text.subject_words
    assert again.density == text.density


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sentences": 0}, "'sentences'"),
        ({"more": 1}, "unknown key 'more'"),
        ({"density": {"expected": -1.0, "between": 0.0, "within": 0.0, "documents": 5}}, "expect"),
        ({"subject_words": []}, "no such words"),
        ({"english": False}, "no such words"),
    ],
)
def test_a_damaged_file_is_refused(
    text: TrainingText, change: dict[str, object], message: str
) -> None:
    content = json.dumps({**json.loads(text.to_bytes()), **change}).encode()
    with pytest.raises(BundleError, match=f"^here.*{message}"):
        TrainingText.from_bytes(content, "here")
    with pytest.raises(BundleError, match=r"^here: .*is not JSON"):
        TrainingText.from_bytes(content[:-5], "here")


def test_nothing_is_said_of_scope_where_it_cannot_be_learned() -> None:
    long = "The ministry said that its new reactors need uranium and steam from Wales. " * 20
    few = TrainingText.fit([*sentences(long, "a"), *sentences(long, "b")])
    assert few.english
    assert few.density is None
    written = TrainingText.fit(sentences(long, "a", AUTHORED))
    assert written.density is None
    german = "Das Ministerium hat gestern neue Regeln für die Ausfuhr von Anlagen bekannt gegeben. "
    other = TrainingText.fit([own for d in "abcd" for own in sentences(german * 20, d)])
    assert (other.english, other.subject_words, other.density) == (False, frozenset(), None)


def test_another_codebook_brings_its_own_subject() -> None:
    ward = "The nurse on the ward was kind and the surgeon explained the operation. "
    wait = "I waited four hours in the clinic before a nurse took my blood pressure. "
    text = TrainingText.fit([own for d in "abcd" for own in sentences((ward + wait) * 8, d)])
    assert {"nurse", "ward", "surgeon", "clinic"} <= text.subject_words
    assert not {"the", "and", "was"} & text.subject_words


def test_length_is_that_of_the_longer_kind() -> None:
    short = [*sentences("The firm grew. " * 300, "w", AUTHORED)]
    long = sentences("The firm grew and grew and grew and grew again. " * 300, "d")
    assert TrainingText.fit([*short, *long]).longest == max(len(own.text) for own in long)


@given(st.lists(st.sampled_from(["chip", "the", "wuhan", "of", "goal"]), min_size=1, max_size=300))
def test_subject_words_are_words_of_the_text_and_no_common_ones(words: list[str]) -> None:
    found = subject_words(Counter(words))
    assert found <= set(words)
    assert "the" not in found or words.count("the") > len(words) * general_english()["the"] * 4


@given(
    st.floats(0.05, 0.9), st.floats(0, 0.3), st.floats(0, 0.3), st.integers(3, 50),
    st.integers(1, 100_000),
)  # fmt: skip
def test_the_lowest_share_rises_with_length(
    expected: float, between: float, within: float, documents: int, words: int
) -> None:
    own = Density(expected=expected, between=between, within=within, documents=documents)
    assert 0 <= own.lowest_share(words) <= own.lowest_share(2 * words) <= expected**2 + 1e-12


def test_documents_that_are_all_alike_still_leave_room_for_chance() -> None:
    words = ["wuhan", *["the"] * 9] * 20
    documents = [[" ".join(words)]] * 4
    density = usual_density(documents, Counter(words * 4))
    assert density is not None
    assert density.between == density.within > 0
    assert 0 < density.lowest_share(200) < 0.9 * density.expected**2
    assert density.documents == 4
