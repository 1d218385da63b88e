"""Shares of labels in a file of scores, with intervals: counted, and corrected for the errors."""

from stancekit.serving.estimates.estimate import METHODS, NET, UNITS, Estimate, estimate

__all__ = ["METHODS", "NET", "UNITS", "Estimate", "estimate"]
