"""The baseline as scikit-learn alone would run it: the same n-grams and weights in a `Pipeline`."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import FeatureUnion, Pipeline

from stancekit.models.head import Head
from stancekit.models.tfidf import TfidfModel

__all__ = ["plain_tfidf"]


def plain_tfidf(model: TfidfModel) -> Pipeline:
    """Return a fitted pipeline that gives what `model` gives, but for texts in need of cleaning.

    `predict_proba` returns a matrix a task, in the codebook's order.
    """
    vectorizers = model.settings.vectorizers()
    for name, vectorizer in vectorizers.items():
        vectorizer.set_params(vocabulary=model.vocabularies[name].terms.tolist())
        vectorizer.idf_ = model.vocabularies[name].idf
    heads = MultiOutputClassifier(LogisticRegression())
    heads.estimators_ = [_regression(model.heads[task]) for task in model.codebook.task_names]
    heads.classes_ = [own.classes_ for own in heads.estimators_]
    return Pipeline([("features", FeatureUnion(list(vectorizers.items()))), ("heads", heads)])


def _regression(head: Head) -> LogisticRegression:
    """Return the regression of one task; scikit-learn has its labels in order."""
    order = np.argsort(np.array(head.labels))
    own = LogisticRegression()
    own.classes_ = np.array(head.labels)[order]
    own.coef_, own.intercept_ = head.weights[order], head.intercepts[order]
    own.n_features_in_ = head.weights.shape[1]
    return own
