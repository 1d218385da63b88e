"""Which words stand with one label more than chance would have it.

Sentences written for training can give a label away by a word that only their writer ties to it; a
model then learns the writer. Pointwise mutual information (Church and Hanks, "Word Association
Norms, Mutual Information, and Lexicography", 1990) of word and label lists such words.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from stancekit.labels.sentences import Sentence

__all__ = ["Association", "associations"]

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Association:
    """A word that stands in `total` sentences, `count` of them with `label`.

    `information` is log2 of how many times as often as by chance, at most log2(1 / share of label).
    """

    word: str
    label: str
    count: int
    total: int
    information: float

    @property
    def share(self) -> float:
        """The share of the word's sentences that have the label, in [0, 1]."""
        return self.count / self.total


def associations(sentences: Sequence[Sentence], task: str, fewest: int = 15) -> list[Association]:
    """Return word and label pairs of `task`, the closest first.

    Only words that stand in `fewest` sentences or more count; case does not.
    """
    labels = Counter(sentence.labels[task] for sentence in sentences)
    by_word: dict[str, Counter[str]] = {}
    for sentence in sentences:
        for word in set(_WORD.findall(sentence.text.lower())):
            by_word.setdefault(word, Counter())[sentence.labels[task]] += 1
    found = [
        Association(
            word,
            label,
            count,
            own.total(),
            math.log2(count / own.total() / (labels[label] / len(sentences))),
        )
        for word, own in by_word.items()
        if own.total() >= fewest
        for label, count in own.items()
    ]
    return sorted(found, key=lambda a: (-a.information, -a.total, a.word))
