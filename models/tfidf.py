"""The baseline: TF-IDF of words and character n-grams, one logistic regression a task.

What is kept of a fitted model is arrays only: the n-grams, their inverse document frequencies, and
for each task a weight for every n-gram and label. So a word's contribution can be read off, and a
model file holds nothing that could run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from stancekit.labels.codebook import Codebook
from stancekit.labels.configuration import strict
from stancekit.labels.errors import BundleError
from stancekit.models.head import Head
from stancekit.models.ngram_counts import CharacterCounts, WordCounts
from stancekit.models.predictor import FloatArray
from stancekit.models.skops_file import dump_arrays, load_arrays
from stancekit.models.text import normalise

if TYPE_CHECKING:
    import scipy.sparse as sp
    from sklearn.feature_extraction.text import TfidfVectorizer

_WORD = r"(?u)\b\w+\b"
WORDS = "word"
CHARACTERS = "character"

__all__ = ["CHARACTERS", "WORDS", "TfidfModel", "TfidfSettings", "Vocabulary"]


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

    def vectorizers(self, **options: Any) -> "dict[str, TfidfVectorizer]":
        """Return an unfitted vectorizer of words and one of characters."""
        # Takes a second to import, which a model of another kind can do without.
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

        common = {"lowercase": True, "sublinear_tf": self.sublinear, "dtype": np.float64, **options}
        return {
            WORDS: TfidfVectorizer(ngram_range=self.word_ngrams, token_pattern=_WORD, **common),
            CHARACTERS: TfidfVectorizer(
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

    @property
    def columns(self) -> dict[str, int]:
        """Return n-gram -> column."""
        return {term: column for column, term in enumerate(self.terms.tolist())}


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
        columns = {name: own.columns for name, own in self.vocabularies.items()}
        self._counters: dict[str, WordCounts | CharacterCounts] = {
            WORDS: WordCounts(columns[WORDS], *settings.word_ngrams, _WORD),
            CHARACTERS: CharacterCounts(columns[CHARACTERS], *settings.character_ngrams),
        }

    def encode(
        self,
        texts: Sequence[str],
        contexts: Sequence[str] | None = None,  # noqa: ARG002
    ) -> "sp.csr_array":
        """Return the features of `texts`; contexts are not read."""
        return self.features(texts)

    def predict(self, encoded: "sp.csr_array") -> dict[str, FloatArray]:
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

    def features(self, texts: Sequence[str]) -> "sp.csr_array":
        """Return the TF-IDF of `texts`, words first. *Shape:* (texts, n-grams), sparse.

        The same as scikit-learn's vectorizers with these settings and vocabularies give.
        """
        # Slow to import, and a model of another kind can do without.
        import scipy.sparse as sp  # noqa: PLC0415
        from sklearn.preprocessing import normalize  # noqa: PLC0415

        plain = [normalise(text) for text in texts]
        parts = []
        for name, counter in self._counters.items():
            counts = counter.count(plain)
            if self.settings.sublinear:
                counts.data = 1 + np.log(counts.data)
            counts.data *= self.vocabularies[name].idf[counts.indices]
            parts.append(normalize(counts, copy=False) if counts.nnz else counts)
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
        fits = set(vocabularies) == {WORDS, CHARACTERS} and set(heads) == set(codebook.task_names)
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
