"""The baseline: TF-IDF of words and character n-grams, one logistic regression a task.

What is kept of a fitted model is arrays only: the n-grams, their inverse document frequencies, and
for each task a weight for every n-gram and label. So a word's contribution can be read off, and a
model file holds nothing that could run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from pydantic import Field
from sklearn.feature_extraction.text import TfidfVectorizer

from stancekit.labels.codebook import Codebook
from stancekit.labels.configuration import strict
from stancekit.labels.errors import BundleError
from stancekit.models.head import Head
from stancekit.models.predictor import FloatArray
from stancekit.models.skops_file import dump_arrays, load_arrays
from stancekit.models.text import normalise

_WORD = r"(?u)\b\w+\b"

__all__ = ["TfidfModel", "TfidfSettings", "Vocabulary"]


@strict
class TfidfSettings:
    """Which n-grams are counted, from shortest to longest, and whether as 1 + log(count)."""

    word_ngrams: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(le=9)]]
    character_ngrams: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(le=9)]]
    sublinear: bool

    def __post_init__(self) -> None:
        for shortest, longest in (self.word_ngrams, self.character_ngrams):
            if shortest > longest:
                raise ValueError(
                    f"n-grams go from shortest to longest, given {shortest} to {longest}"
                )

    def vectorizers(self, **options: Any) -> dict[str, TfidfVectorizer]:
        """Return an unfitted vectorizer of words and one of characters."""
        common = {"lowercase": True, "sublinear_tf": self.sublinear, "dtype": np.float64, **options}
        return {
            "word": TfidfVectorizer(ngram_range=self.word_ngrams, token_pattern=_WORD, **common),
            "character": TfidfVectorizer(
                analyzer="char_wb", ngram_range=self.character_ngrams, **common
            ),
        }


@dataclass(frozen=True)
class Vocabulary:
    """The n-grams of one vectorizer, in the order of its columns, and their idf.

    *Shape:* (n-grams,) both.
    """

    terms: npt.NDArray[np.str_]
    idf: FloatArray


def _is_finite(array: object, shape: tuple[int, ...]) -> bool:
    return (
        isinstance(array, np.ndarray)
        and array.dtype == np.float64
        and array.shape == shape
        and bool(np.isfinite(array).all())
    )


class TfidfModel:
    """A fitted baseline for all tasks of a codebook (see `StagedPredictor`)."""

    reads_context = False

    def __init__(
        self,
        settings: TfidfSettings,
        vocabularies: Mapping[str, Vocabulary],
        heads: Mapping[str, Head],
        codebook: Codebook,
    ) -> None:
        self.settings = settings
        self.vocabularies = dict(vocabularies)
        self.heads = dict(heads)
        self.codebook = codebook
        self.vectorizers = settings.vectorizers()
        """Name -> fitted vectorizer, in the order of their columns."""
        for name, vectorizer in self.vectorizers.items():
            vocabulary = self.vocabularies[name]
            vectorizer.set_params(vocabulary=vocabulary.terms.tolist())
            vectorizer.idf_ = vocabulary.idf

    def encode(
        self,
        texts: Sequence[str],
        contexts: Sequence[str] | None = None,  # noqa: ARG002
    ) -> sp.csr_array:
        """Return the features of `texts`; contexts are not read."""
        return self.features(texts)

    def predict(self, encoded: sp.csr_array) -> dict[str, FloatArray]:
        """Return task -> probabilities of what was encoded."""
        return {
            task.name: self.heads[task.name].probabilities(encoded, task.label_names)
            for task in self.codebook.tasks
        }

    def probabilities(
        self, texts: Sequence[str], contexts: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        """Return task -> probabilities (see `Predictor`); contexts are not read."""
        return self.predict(self.encode(texts, contexts))

    def features(self, texts: Sequence[str]) -> sp.csr_array:
        """Return the TF-IDF of `texts`, words first. *Shape:* (texts, n-grams), sparse."""
        if not texts:
            return sp.csr_array((0, sum(len(own.terms) for own in self.vocabularies.values())))
        plain = [normalise(text) for text in texts]
        parts = [vectorizer.transform(plain) for vectorizer in self.vectorizers.values()]
        return sp.csr_array(sp.hstack(parts, format="csr"))

    def to_bytes(self) -> bytes:
        """Return the model as a skops file of arrays; the same model gives the same bytes."""
        return dump_arrays(
            {
                "vocabularies": {
                    name: {"terms": vocabulary.terms, "idf": vocabulary.idf}
                    for name, vocabulary in sorted(self.vocabularies.items())
                },
                "heads": {
                    task: {
                        "labels": np.array(head.labels),
                        "weights": head.weights,
                        "intercepts": head.intercepts,
                    }
                    for task, head in sorted(self.heads.items())
                },
            }
        )

    @classmethod
    def from_bytes(
        cls, content: bytes, settings: TfidfSettings, codebook: Codebook, where: str
    ) -> "TfidfModel":
        """Read what `to_bytes` wrote; raises BundleError if its parts do not fit together."""
        loaded = load_arrays(content, where)
        try:
            vocabularies = {
                name: Vocabulary(np.asarray(part["terms"]), np.asarray(part["idf"]))
                for name, part in loaded["vocabularies"].items()
            }
            heads = {
                task: Head(tuple(part["labels"].tolist()), part["weights"], part["intercepts"])
                for task, part in loaded["heads"].items()
            }
            columns = sum(len(vocabulary.terms) for vocabulary in vocabularies.values())
        except (AttributeError, KeyError, TypeError):
            raise BundleError(f"{where}: lacks the parts of a TF-IDF model") from None
        fits = set(vocabularies) == set(settings.vectorizers()) and set(heads) == set(
            codebook.task_names
        )
        for task in codebook.tasks if fits else ():
            head = heads[task.name]
            fits &= set(head.labels) <= set(task.label_names)
            fits &= len(set(head.labels)) == len(head.labels) > 1
            fits &= _is_finite(head.weights, (len(head.labels), columns))
            fits &= _is_finite(head.intercepts, (len(head.labels),))
        for vocabulary in vocabularies.values() if fits else ():
            terms = vocabulary.terms
            fits &= terms.ndim == 1 and terms.dtype.kind == "U"
            fits &= len(set(terms.tolist())) == len(terms)
            fits &= _is_finite(vocabulary.idf, terms.shape)
        if not fits:
            raise BundleError(f"{where}: its arrays do not fit its codebook and settings")
        return cls(settings, vocabularies, heads, codebook)
