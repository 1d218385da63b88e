"""What is set aside to stop a training by."""

import numpy as np

from stancekit.training.validation import set_aside


def test_a_part_set_aside_has_every_combination_in_its_share() -> None:
    gold = np.array([[row % 2, row % 5] for row in range(400)])
    alone = range(400)
    kept, aside = set_aside(gold, alone, 0.1, seed=3)
    assert sorted([*kept, *aside]) == list(alone)
    _, counts = np.unique(gold[aside], axis=0, return_counts=True)
    assert counts.tolist() == [4] * 10
    assert set_aside(gold, alone, 0.1, seed=3) == (kept, aside)
    assert set_aside(gold, alone, 0.1, seed=4) != (kept, aside)


def test_versions_of_a_sentence_are_set_aside_together() -> None:
    gold = np.array([[row % 2, row % 5] for row in range(400)])
    families = [row // 2 for row in range(400)]
    kept, aside = set_aside(gold, families, 0.1, seed=3)
    assert sorted([*kept, *aside]) == list(range(400))
    assert not {families[row] for row in kept} & {families[row] for row in aside}
    assert 40 <= len(aside) <= 80
