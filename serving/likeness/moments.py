"""How values lie in documents, added up so that no document need be kept.

The distribution of a batch at some points, and how much it would vary if other documents had been
drawn, follow from sums over documents: of how many values lie up to each point, and of the products
of these (the variance of a ratio under cluster sampling; Cochran, "Sampling Techniques", 1977).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stancekit.models.predictor import FloatArray, IntArray

__all__ = ["Moments"]


@dataclass(eq=False)
class Moments:
    """Sums over documents of a vector: how many values are up to each point, and how many in all.

    *Shape:* sums (points + 1,), products (points + 1, points + 1).
    """

    clusters: int
    sums: IntArray
    products: IntArray

    @classmethod
    def empty(cls, points: int) -> "Moments":
        """Return those of no document."""
        width = points + 1
        return cls(0, np.zeros(width, dtype=np.int64), np.zeros((width, width), dtype=np.int64))

    @classmethod
    def of(cls, values: FloatArray, points: FloatArray, documents: Sequence[object]) -> "Moments":
        """Return those of `values`, each of which stands in one of `documents`. *Shape:* (n,)."""
        found = cls.empty(len(points))
        if len(values):
            _, places = np.unique(np.asarray(documents), return_inverse=True)
            found.add(values, points, places)
        return found

    def add(self, values: FloatArray, points: FloatArray, places: IntArray) -> None:
        """Take in further documents; `places` numbers them from 0, without a gap. *Shape:* (n,)."""
        rows = np.zeros((int(places.max()) + 1, len(points) + 1), dtype=np.int64)
        np.add.at(rows, (places, np.searchsorted(points, values)), 1)
        rows = rows.cumsum(axis=1)
        self.clusters += len(rows)
        self.sums = self.sums + rows.sum(axis=0)
        self.products = self.products + rows.T @ rows

    @property
    def distribution(self) -> FloatArray:
        """The share of the values that are up to each point. *Shape:* (points,)."""
        return np.asarray(self.sums[:-1] / self.sums[-1])

    @property
    def covariance(self) -> FloatArray:
        """That of `distribution`, if other documents were drawn. *Shape:* (points, points)."""
        share = self.distribution
        both, alone = self.products[:-1, :-1], self.products[:-1, -1]
        squares = both - np.outer(alone, share) - np.outer(share, alone)
        squares = squares + self.products[-1, -1] * np.outer(share, share)
        return np.asarray(squares * self.clusters / (self.clusters - 1) / self.sums[-1] ** 2)

    def counts(self) -> dict[str, Any]:
        """Return the sums as `merge` takes them, also through JSON."""
        rows, columns = np.triu_indices(len(self.sums))
        return {
            "clusters": self.clusters,
            "sums": self.sums.tolist(),
            "products": self.products[rows, columns].tolist(),
        }

    def merge(self, counts: Mapping[str, Any]) -> None:
        """Add what another of the same points counted, in other documents."""
        rows, columns = np.triu_indices(len(self.sums))
        products = np.zeros_like(self.products)
        products[rows, columns] = products[columns, rows] = counts["products"]
        self.clusters += int(counts["clusters"])
        self.sums = self.sums + np.array(counts["sums"], dtype=np.int64)
        self.products = self.products + products
