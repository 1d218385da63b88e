"""Edited versions of a sentence: batches that hold them together, a loss that tells them apart."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from stancekit.labels.codebook import Codebook
from stancekit.labels.sentences import REWRITES, Sentence
from stancekit.training.recipe import TransformerRecipe, read_recipe, released_recipe
from stancekit.training.settings import SimilaritySettings

torch = pytest.importorskip("torch")

FAMILIES = [row // 3 if row % 5 else 1000 + row for row in range(200)]
LENGTHS = [5 + (7 * row) % 40 for row in range(200)]


def test_every_row_comes_once_and_families_in_one_batch() -> None:
    from stancekit.training.similarity import FamilySampler

    sampler = FamilySampler(FAMILIES, LENGTHS, batch=16, seed=3)
    first, second = list(sampler), list(sampler)
    assert sorted(first) == sorted(second) == list(range(200))
    assert len(sampler) == 200
    assert first != second
    assert list(FamilySampler(FAMILIES, LENGTHS, batch=16, seed=3)) == first
    batches = [first[n : n + 16] for n in range(0, 200, 16)]
    held = [{FAMILIES[row] for row in rows} for rows in batches]
    parted = [
        family for family, count in Counter(f for own in held for f in own).items() if count > 1
    ]
    # At most one family stands across each border of batches.
    assert len(parted) < len(batches)


def test_batches_hold_like_lengths() -> None:
    from stancekit.training.similarity import FamilySampler

    alone = list(range(200))
    rows = list(FamilySampler(alone, LENGTHS, batch=10, seed=1))
    spreads = [np.ptp([LENGTHS[row] for row in rows[n : n + 10]]) for n in range(0, 200, 10)]
    assert max(spreads) < 8 < np.ptp(LENGTHS)


def test_the_similarity_loss_is_that_of_the_paper() -> None:
    from stancekit.training.similarity import similarity_loss

    generator = torch.Generator().manual_seed(0)
    vectors = torch.randn(7, 4, generator=generator)
    labels = torch.tensor([[0, 1], [0, 1], [1, 1], [1, 0], [2, -100], [0, 0], [-100, 1]])
    unit = vectors / vectors.norm(dim=1, keepdim=True)
    expected = 0.0
    for task in (0, 1):
        known = [row for row in range(7) if labels[row, task] != -100]
        losses = []
        for row in known:
            others = [o for o in known if o != row]
            partners = [o for o in others if labels[o, task] == labels[row, task]]
            whole = sum(torch.exp(unit[row] @ unit[o] / 0.2) for o in others)
            shares = [torch.exp(unit[row] @ unit[o] / 0.2) / whole for o in partners]
            if partners:
                losses.append(-sum(map(torch.log, shares)) / len(partners))
        expected += float(sum(losses) / len(losses)) / 2
    assert float(similarity_loss(vectors, labels, -100, 0.2)) == pytest.approx(expected, rel=1e-5)
    assert float(similarity_loss(vectors, torch.full((7, 2), -100), -100, 0.2)) == 0


def test_a_recipe_without_similarity_has_the_digest_it_had() -> None:
    recipe = read_recipe(released_recipe("minilm"))
    assert isinstance(recipe, TransformerRecipe)
    assert "similarity" not in recipe.to_json()
    on = replace(recipe, similarity=SimilaritySettings(weight=0.5))
    assert '"similarity":{"temperature":0.1,"weight":0.5}' in on.to_json()
    assert on.digest != recipe.digest


def test_a_training_draws_sentences_together(
    tuned_recipe: TransformerRecipe, toys: list[Sentence], codebook: Codebook
) -> None:
    from stancekit.training.transformer import fit_transformer

    families = [replace(s, details={REWRITES: f"f{n // 2}"}) for n, s in enumerate(toys)]
    short = replace(tuned_recipe, optimisation=replace(tuned_recipe.optimisation, epochs=1))
    on = replace(short, similarity=SimilaritySettings(weight=0.5))
    texts = [s.text for s in toys[:6]]
    plain = fit_transformer(short, families, codebook).probabilities(texts)
    told, again = (fit_transformer(on, families, codebook).probabilities(texts) for _ in range(2))
    for task, rows in told.items():
        np.testing.assert_array_equal(rows, again[task])
        assert np.abs(rows - plain[task]).max() > 1e-6
