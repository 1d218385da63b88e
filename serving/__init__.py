"""Score texts: the prediction module and the command line."""

from stancekit.serving.classifier import Classifier
from stancekit.serving.scored import Prediction, ScoredDocument, ScoredSentence

__all__ = ["Classifier", "Prediction", "ScoredDocument", "ScoredSentence"]
