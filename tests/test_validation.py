"""What is set aside to stop a training by."""

import numpy as np

from stancekit.training.validation import set_aside, some_of_each, tasks_of_one_label


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


def test_some_sentences_of_each_label_are_looked_at() -> None:
    gold = np.array([[0, row % 3] for row in range(300)])
    gold[7, 0] = 1
    rows = some_of_each(gold, 5, seed=1)
    assert 7 in rows
    assert rows == sorted(set(rows))
    assert len(rows) <= 5 + 1 + 3 * 5
    assert np.bincount(gold[rows, 1]).min() >= 5
    assert some_of_each(gold, 5, seed=1) == rows


def test_one_label_for_all_is_only_odd_where_there_are_several() -> None:
    same, both = np.array([1, 1, 1]), np.array([0, 1, 1])
    answers = {"a": (same, both), "b": (same, same), "c": (both, both), "d": (both, same)}
    assert tasks_of_one_label(answers) == {"a"}
