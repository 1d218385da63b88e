"""Means of what is known of each sentence, and how sure they are where documents are drawn whole.

Sentences of one document resemble each other, so documents are the units that vary (the linearised
variance of a ratio, with-replacement: Cochran, "Sampling Techniques", 1977, chapters 9 and 11).
"""

from dataclasses import dataclass

import numpy as np

from stancekit.models.predictor import FloatArray, IntArray

__all__ = ["Blocks", "Means", "blocks_of", "cluster_means"]


@dataclass(frozen=True, eq=False)
class Blocks:
    """The sentences that a document has in a cell: one block each, blocks of a cell side by side.

    `order` are the rows that are in a cell, block by block, int64; `starts` where each block begins
    in it; `cell` the cell of each block, from 0 to `cells` - 1, each with a block or more. `sizes`
    is the number of sentences of each block.

    *Shapes:* (rows in cells,), (blocks,), (blocks,), (blocks,).
    """

    order: IntArray
    starts: IntArray
    cell: IntArray
    sizes: IntArray
    cells: int

    @property
    def cell_starts(self) -> IntArray:
        """Where each cell begins among the blocks. *Shape:* (cells,)."""
        return np.searchsorted(self.cell, np.arange(self.cells))

    @property
    def documents(self) -> IntArray:
        """The number of documents of each cell. *Shape:* (cells,)."""
        return np.bincount(self.cell, minlength=self.cells)

    @property
    def sentences(self) -> IntArray:
        """The number of sentences of each cell. *Shape:* (cells,)."""
        return np.add.reduceat(self.sizes, self.cell_starts)

    def totals(self, values: FloatArray) -> FloatArray:
        """Return the sums over the sentences of each block; `values` are in the order of `order`.

        *Shapes:* (rows in cells, columns) -> (blocks, columns).
        """
        return np.add.reduceat(values, self.starts, axis=0)

    def row_weights(self, by_document: bool) -> FloatArray:
        """Return what each sentence counts, in `order`: 1, or 1 / the size of its block."""
        if not by_document:
            return np.ones(len(self.order))
        return np.repeat(1 / self.sizes, self.sizes)

    def row_cells(self) -> IntArray:
        """Return the cell of each sentence, in `order`."""
        return np.repeat(self.cell, self.sizes)


@dataclass(frozen=True, eq=False)
class Means:
    """The mean of each column in each cell, its covariance over documents, and how many there are.

    With one document the covariance is NaN.
    *Shapes:* (cells, columns), (cells, columns, columns), (cells,).
    """

    value: FloatArray
    covariance: FloatArray
    documents: IntArray


def blocks_of(cells: IntArray, documents: IntArray, count: int) -> Blocks:
    """Return the blocks of rows with these cells (-1: in none) and documents.

    There are `count` cells, and none may be empty.
    """
    order = np.flatnonzero(cells >= 0)
    order = order[np.lexsort((documents[order], cells[order]))]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(cells[order]) != 0) | (np.diff(documents[order]) != 0)
    starts = np.flatnonzero(first)
    sizes = np.diff(np.append(starts, len(order)))
    return Blocks(order, starts, cells[order][starts], sizes, count)


def cluster_means(blocks: Blocks, totals: FloatArray, by_document: bool) -> Means:
    """Return the mean over sentences, or over documents of their means, of block `totals`."""
    sizes = blocks.sizes.astype(np.float64)
    if by_document:
        totals, sizes = totals / sizes[:, None], np.ones_like(sizes)
    starts, documents = blocks.cell_starts, blocks.documents
    whole = np.add.reduceat(sizes, starts)
    mean = np.add.reduceat(totals, starts, axis=0) / whole[:, None]
    beside = totals - sizes[:, None] * mean[blocks.cell]
    products = np.add.reduceat(beside[:, :, None] * beside[:, None, :], starts, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = documents / (documents - 1) / whole**2
        covariance = products * np.where(documents > 1, scale, np.nan)[:, None, None]
    return Means(mean, covariance, documents)
