"""Fit the baseline: count n-grams, weight them, one logistic regression a task."""

from collections.abc import Sequence

import scipy.sparse as sp

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.labels.sentences import Sentence
from stancekit.models.text import normalise
from stancekit.models.tfidf import TfidfModel, Vocabulary
from stancekit.training.recipe import TfidfRecipe
from stancekit.training.regression import fit_head

__all__ = ["fit_tfidf"]


def fit_tfidf(recipe: TfidfRecipe, sentences: Sequence[Sentence], codebook: Codebook) -> TfidfModel:
    """Return the baseline that `recipe` makes of `sentences`.

    Raises DataError if no n-gram is frequent enough, or a task has fewer than two labels.
    """
    texts = [normalise(sentence.text) for sentence in sentences]
    vocabularies, parts = {}, []
    options = {
        "min_df": min(recipe.vocabulary.fewest_sentences, len(texts)),
        "max_features": recipe.vocabulary.largest,
    }
    for name, vectorizer in recipe.features.vectorizers(**options).items():
        try:
            parts.append(vectorizer.fit_transform(texts))
        except ValueError:
            raise DataError(
                f"recipe '{recipe.name}': no {name} n-gram stands in {options['min_df']} of"
                f" {len(texts)} sentences"
            ) from None
        vocabularies[name] = Vocabulary(
            vectorizer.get_feature_names_out().astype(str), vectorizer.idf_
        )
    features = sp.csr_array(sp.hstack(parts, format="csr"))
    heads = {task.name: fit_head(recipe, features, sentences, task) for task in codebook.tasks}
    return TfidfModel(recipe.features, vocabularies, heads, codebook)
