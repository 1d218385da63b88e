"""Fit the models of a recipe to labelled sentences."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from stancekit.labels.codebook import Codebook, Task
from stancekit.labels.errors import DataError
from stancekit.labels.sentences import Sentence
from stancekit.models.predictor import FloatArray
from stancekit.models.reference import MajorityModel
from stancekit.models.text import normalise
from stancekit.models.tfidf import Head, TfidfModel, Vocabulary
from stancekit.training.recipe import Recipe

__all__ = ["fit", "fit_majority"]


def fit(recipe: Recipe, sentences: Sequence[Sentence], codebook: Codebook) -> TfidfModel:
    """Return the model that `recipe` makes of `sentences`; the same input gives the same model.

    Raises DataError if some task has fewer than two labels in the data.
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
    heads = {task.name: _fit_head(recipe, features, sentences, task) for task in codebook.tasks}
    return TfidfModel(recipe.features, vocabularies, heads, codebook)


def _fit_head(
    recipe: Recipe, features: sp.csr_array, sentences: Sequence[Sentence], task: Task
) -> Head:
    gold = np.array([sentence.labels[task.name] for sentence in sentences])
    seen = set(gold)
    if len(seen) < 2:
        raise DataError(
            f"task '{task.name}': training needs two labels or more,"
            f" found {len(seen)} in {len(gold)} sentences"
        )
    regression = LogisticRegression(
        C=recipe.head.inverse_regularisation,
        class_weight="balanced" if recipe.head.class_weights == "balanced" else None,
        max_iter=1000,
        random_state=recipe.seed,
    ).fit(features, gold)
    weights, intercepts = regression.coef_, regression.intercept_
    if len(weights) == 1:  # scikit-learn keeps one row for two labels: the second against the first
        weights = np.vstack([np.zeros_like(weights), weights])
        intercepts = np.concatenate([np.zeros(1), intercepts])
    return Head(tuple(str(label) for label in regression.classes_), weights, intercepts)


def fit_majority(sentences: Sequence[Sentence], codebook: Codebook) -> MajorityModel:
    """Return the predictor that gives every sentence the label shares of `sentences`."""
    shares: dict[str, FloatArray] = {}
    for task in codebook.tasks:
        gold = [sentence.labels[task.name] for sentence in sentences]
        counts = np.array([gold.count(label) for label in task.label_names], dtype=float)
        shares[task.name] = counts / counts.sum()
    return MajorityModel({name: row.tolist() for name, row in shares.items()})
