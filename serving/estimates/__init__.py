"""Shares of labels in a file of scores, with intervals: counted, and corrected for the errors."""

from stancekit.serving.estimates.estimate import METHODS, NET, UNITS, Estimate, estimate
from stancekit.serving.estimates.own_labels import OwnLabels, read_own_labels

__all__ = ["METHODS", "NET", "UNITS", "Estimate", "OwnLabels", "estimate", "read_own_labels"]
