"""Fit the logistic regression of one task to features."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from stancekit.labels.codebook import Task
from stancekit.labels.errors import DataError
from stancekit.labels.sentences import Sentence
from stancekit.models.head import Head
from stancekit.models.predictor import FloatArray
from stancekit.training.recipe import FrozenRecipe, TfidfRecipe, TransformerRecipe

__all__ = ["fit_head"]


def fit_head(
    recipe: TfidfRecipe | FrozenRecipe | TransformerRecipe,
    features: FloatArray | sp.csr_array,
    sentences: Sequence[Sentence],
    task: Task,
) -> Head:
    """Return the regression of `task`. *Shape:* features (sentences, features).

    Sentences without a label of the task are not trained on. Raises DataError if `sentences` have
    fewer than two labels of the task.
    """
    rows = [row for row, sentence in enumerate(sentences) if task.name in sentence.labels]
    gold = np.array([sentences[row].labels[task.name] for row in rows])
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
    ).fit(features[rows], gold)
    weights, intercepts = regression.coef_, regression.intercept_
    if len(weights) == 1:  # scikit-learn keeps one row for two labels: the second against the first
        weights = np.vstack([np.zeros_like(weights), weights])
        intercepts = np.concatenate([np.zeros(1), intercepts])
    return Head(tuple(str(label) for label in regression.classes_), weights, intercepts)
