"""Deal sentences into parts with like shares of every label, for data without documents.

A greedy form of iterative stratification (Sechidis, Tsoumakas and Vlahavas, "On the Stratification
of Multi-Label Data", 2011): what has the rarest label is dealt first, each time to the part that
has the fewest of its kind.
"""

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np

from stancekit.labels.errors import DataError
from stancekit.labels.sentences import Sentence

__all__ = ["stratified_parts"]


def stratified_parts(
    sentences: Sequence[Sentence], groups: Sequence[Hashable], most: int, seed: int
) -> list[int]:
    """Return the part of each sentence, counted from 0 in order of first appearance.

    `groups` has the group of each sentence; a group is never parted. There are `most` parts, or as
    many as groups hold the rarest label, but two at least. Combinations of the labels of all tasks
    are spread first, then single labels, then sentences. The same input gives the same parts.
    Raises DataError for fewer than two groups.
    """
    units: dict[Hashable, list[int]] = {}
    for position, group in enumerate(groups):
        units.setdefault(group, []).append(position)
    if len(units) < 2:
        raise DataError(f"parting sentences needs two different ones or more, found {len(units)}")
    combinations = [
        Counter(tuple(sorted(sentences[p].labels.items())) for p in unit) for unit in units.values()
    ]
    labels = [Counter(item for p in unit for item in sentences[p].labels.items())
              for unit in units.values()]  # fmt: skip
    holders = Counter(item for own in labels for item in own)
    count = max(2, min([most, *holders.values()]))
    filled = [(Counter[object](), Counter[object]()) for _ in range(count)]
    sizes = [0] * count
    parts = [0] * len(sentences)
    members = list(units.values())
    for unit in _order(labels, holders, seed):
        best = min(
            range(count),
            key=lambda part: (
                sum(filled[part][0][kind] * n for kind, n in combinations[unit].items()),
                sum(filled[part][1][item] / holders[item] for item in labels[unit]),
                sizes[part],
            ),
        )
        filled[best][0].update(combinations[unit])
        filled[best][1].update(labels[unit])
        sizes[best] += len(members[unit])
        for position in members[unit]:
            parts[position] = best
    names = {part: number for number, part in enumerate(dict.fromkeys(parts))}
    return [names[part] for part in parts]


def _order(
    labels: Sequence[Counter[tuple[str, str]]], holders: Counter[tuple[str, str]], seed: int
) -> list[int]:
    """Return the units, those with the rarest label first, then the largest, then as `seed` has it.

    Units without any label come last.
    """
    shuffled = np.random.default_rng(seed).permutation(len(labels)).tolist()
    return sorted(
        shuffled,
        key=lambda unit: (
            min((holders[item] for item in labels[unit]), default=len(labels) + 1),
            -labels[unit].total(),
        ),
    )
