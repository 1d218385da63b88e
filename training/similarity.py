"""Draw sentences with one label together, edited versions beside each other in one batch.

What a sentence is about is the same in all its versions, so that it cannot settle their labels.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import Sampler
from transformers import Trainer

__all__ = ["FamilySampler", "FamilyTrainer", "similarity_loss"]

CHUNK = 50
"""Batches within which rows are sorted by length."""


class FamilySampler(Sampler[int]):
    """Rows in another order each time, such that batches hold like lengths and whole families.

    A family, the rows that have an equal entry in `families`, is parted only where a batch is full.
    Each time that it is gone through stands for an epoch; equal seeds give equal orders.
    """

    def __init__(
        self, families: Sequence[int], lengths: Sequence[int], batch: int, seed: int
    ) -> None:
        members: dict[int, list[int]] = {}
        for row, family in enumerate(families):
            members.setdefault(family, []).append(row)
        self._families = list(members.values())
        self._lengths = lengths
        self._batch = batch
        self._generator = torch.Generator().manual_seed(seed)

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        rows = list(self._sorted_in_chunks())
        batches = [rows[n : n + self._batch] for n in range(0, len(rows), self._batch)]
        # One that is not full has to stay the last.
        full = len(rows) // self._batch
        order = [*self._shuffled(full), *range(full, len(batches))]
        return (row for position in order for row in batches[position])

    def _sorted_in_chunks(self) -> Iterator[int]:
        chunk: list[list[int]] = []
        for position in self._shuffled(len(self._families)):
            chunk.append(self._families[position])
            if sum(map(len, chunk)) >= CHUNK * self._batch:
                yield from self._by_length(chunk)
                chunk = []
        yield from self._by_length(chunk)

    def _by_length(self, chunk: list[list[int]]) -> Iterator[int]:
        longest = sorted(chunk, key=lambda rows: max(self._lengths[row] for row in rows))
        return (row for rows in longest for row in rows)

    def _shuffled(self, count: int) -> list[int]:
        shuffled: list[int] = torch.randperm(count, generator=self._generator).tolist()
        return shuffled


class FamilyTrainer(Trainer):
    """Trains on rows with `family` and `length`, those of a family in one batch."""

    def _get_train_sampler(self, train_dataset: Any = None) -> FamilySampler:
        rows: Any = train_dataset or self.train_dataset
        own = rows.select_columns(["family", "length"])[:]
        return FamilySampler(
            own["family"], own["length"], self.args.train_batch_size, self.args.seed
        )


def similarity_loss(vectors: Tensor, labels: Tensor, ignored: int, temperature: float) -> Tensor:
    """Return how far sentences with one label are from each other, beside those with another.

    The mean over tasks of the supervised contrastive loss (Khosla et al., "Supervised Contrastive
    Learning", 2020; Gunel et al., "Supervised Contrastive Learning for Pre-trained Language Model
    Fine-tuning", 2021). Rows whose label is `ignored` do not count for a task; 0 where none has a
    partner. *Shape:* vectors (rows, dimensions), labels (rows, tasks).
    """
    vectors = nn.functional.normalize(vectors, dim=1)
    itself = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    losses = []
    for own in labels.T:
        known = own != ignored
        likeness = (vectors @ vectors.T / temperature).masked_fill(itself | ~known, -1e4)
        partners = (own[:, None] == own[None, :]) & ~itself & known[:, None]
        shares = likeness - torch.logsumexp(likeness, dim=1, keepdim=True)
        counts = partners.sum(dim=1)
        has = counts > 0
        if bool(has.any()):
            losses.append(-((shares * partners).sum(dim=1)[has] / counts[has]).mean())
    return torch.stack(losses).sum() / labels.shape[1] if losses else vectors.sum() * 0
