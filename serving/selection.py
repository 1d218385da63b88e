"""Which unlabelled sentences are worth labelling: those a model is unsure of, unlike each other.

The surest part is set aside; what is left is clustered by its words with the uncertainty as weight,
and the sentence next to the centre of each cluster is taken (Zhdanov, "Diverse mini-batch Active
Learning", 2019).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stancekit.labels.errors import InputError
from stancekit.labels.flat_row import detail
from stancekit.labels.sentences import Sentence
from stancekit.models.predictor import FloatArray
from stancekit.models.text import normalise
from stancekit.serving.scored import Prediction, ScoredDocument

__all__ = ["Candidate", "candidates", "select"]

BETA = 10
"""How many times as many sentences as wanted are clustered, the least sure ones."""


@dataclass(frozen=True)
class Candidate:
    """A sentence without labels and how unsure the model is of it.

    `uncertainty` is the entropy of the predicted labels over its maximum, the mean of the tasks: 0
    where all are certain, 1 where no label is likelier than another.
    """

    sentence: Sentence
    uncertainty: float


def candidates(
    documents: Iterable[ScoredDocument], known: Iterable[str] = ()
) -> Iterator[Candidate]:
    """Yield each different sentence once, without those whose text is among `known`.

    Raises InputError if two documents have the same identifier.
    """
    seen = {_words(text) for text in known}
    names: set[str] = set()
    for document in documents:
        if document.id in names:
            raise InputError(f"'{document.id}' is the identifier of two documents")
        names.add(document.id)
        details = {name: detail(value) for name, value in document.metadata.items()}
        context = ""
        for scored in document.sentences:
            words = _words(scored.text)
            if words not in seen:
                seen.add(words)
                sentence = Sentence(
                    id=f"{document.id}:{scored.start}",
                    document=document.id,
                    start=scored.start,
                    end=scored.end,
                    text=scored.text,
                    context=context,
                    details=details,
                )
                yield Candidate(sentence, _uncertainty(scored.predictions))
            context = scored.text


def select(found: Sequence[Candidate], count: int, seed: int = 0) -> list[Candidate]:
    """Return `count` of `found`, or all if there are fewer, the least sure first.

    The same input gives the same sentences. Raises InputError if there is nothing to choose from.
    """
    if not found:
        raise InputError("there is no sentence left to choose from: all of them are labelled")
    unsure = sorted(found, key=lambda c: (-c.uncertainty, c.sentence.id))[: BETA * count]
    if len(unsure) <= count:
        return unsure
    # They take a second to import, and every command would.
    from sklearn.cluster import KMeans  # noqa: PLC0415
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

    vectorizer = TfidfVectorizer(sublinear_tf=True, analyzer=lambda text: _words(text).split())
    vectors = vectorizer.fit_transform([candidate.sentence.text for candidate in unsure])
    # A sentence of which the model is certain still counts a little, or its cluster is empty.
    weights = np.array([max(candidate.uncertainty, 1e-6) for candidate in unsure])
    clusters = KMeans(n_clusters=count, n_init=10, random_state=seed)
    distances = clusters.fit_transform(vectors, sample_weight=weights)
    return [unsure[row] for row in sorted(_nearest(distances))]


def _nearest(distances: FloatArray) -> list[int]:
    """Return a row for each column: the nearest that no column before has taken."""
    taken: list[int] = []
    for column in range(distances.shape[1]):
        order = np.argsort(distances[:, column], kind="stable")
        taken.append(next(int(row) for row in order if int(row) not in taken))
    return taken


def _uncertainty(predictions: Mapping[str, Prediction]) -> float:
    shares = []
    for prediction in predictions.values():
        values = np.array([p for p in prediction.probabilities.values() if p > 0])
        shares.append(
            -float((values * np.log(values)).sum()) / np.log(len(prediction.probabilities))
        )
    return float(np.mean(shares))


def _words(text: str) -> str:
    return " ".join(normalise(text).lower().split())
