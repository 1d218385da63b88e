"""The counts are scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from stancekit.models.ngram_counts import CharacterCounts, WordCounts

WORD = r"(?u)\b\w+\b"
SOME = [
    "Beijing bans gallium exports; firms protest.",
    "a  b\tc\n\nd",
    "İstanbul’s “chips”—and co-created AI, 2.5 %",
    "中国 opens its market",
    "",
]


@pytest.mark.parametrize(("shortest", "longest"), [(1, 1), (1, 2), (2, 3), (3, 5)])
@settings(max_examples=50, deadline=None)
@given(texts=st.lists(st.text(max_size=60), min_size=1, max_size=5))
def test_counts_are_those_of_scikit_learn(shortest: int, longest: int, texts: list[str]) -> None:
    corpus = [*SOME, *texts]
    for analyzer, options in (("word", {"token_pattern": WORD}), ("char_wb", {})):
        theirs = CountVectorizer(ngram_range=(shortest, longest), analyzer=analyzer, **options)
        theirs.fit(SOME + texts[::2])
        columns = {term: int(column) for term, column in theirs.vocabulary_.items()}
        ours = (
            WordCounts(columns, shortest, longest, WORD)
            if analyzer == "word"
            else CharacterCounts(columns, shortest, longest)
        )
        counted = ours.count(corpus)
        np.testing.assert_array_equal(counted.toarray(), theirs.transform(corpus).toarray())
        assert counted.has_sorted_indices


def test_no_text_is_counted_as_no_row() -> None:
    assert WordCounts({"a": 0}, 1, 1, WORD).count([]).shape == (0, 1)
    assert CharacterCounts({"a": 0}, 1, 1).count([""]).toarray().tolist() == [[0]]
