"""A second training of documents after written sentences, and the mean of the last weights."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import TrainerControl, TrainerState, TrainingArguments

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import DataError
from stancekit.labels.sentences import DOCUMENT, Sentence
from stancekit.training.fine_tuning import FineTuning
from stancekit.training.recipe import TransformerRecipe
from stancekit.training.settings import ClosingSettings, TunedDataSettings
from stancekit.training.transformer import fit_transformer
from stancekit.training.weight_average import WeightAverage


def closing_recipe(recipe: TransformerRecipe, epochs: int, rate: float) -> TransformerRecipe:
    return replace(
        recipe,
        data=TunedDataSettings(authored=True, documents=True),
        optimisation=replace(recipe.optimisation, epochs=2),
        closing=ClosingSettings(epochs=epochs, learning_rate=rate, written=1.0),
    )


def test_folds_share_the_training_of_written_sentences(
    tuned_recipe: TransformerRecipe,
    toys: list[Sentence],
    codebook: Codebook,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two folds take three runs, one of them of written sentences and two of documents."""
    lengths: list[int] = []

    def counted(run: FineTuning) -> None:
        lengths.append(len(run._training_set))
        whole(run)

    whole = FineTuning.run
    monkeypatch.setattr(FineTuning, "run", counted)
    recipe = closing_recipe(tuned_recipe, 1, 1e-3)
    documents = [replace(toy, id=f"d:{toy.id}", origin=DOCUMENT) for toy in toys[:40]]
    one, two = (
        fit_transformer(recipe, [*toys, *own], codebook) for own in (documents[:30], documents[10:])
    )
    assert lengths[1:] == [60, 60]  # as many written ones beside those of documents
    assert 60 < lengths[0] <= len(toys)
    steps = [row.step for row in one.history if row.name == "loss"]
    assert steps == sorted(set(steps))
    assert one.model.graph != two.model.graph


def test_a_closing_training_goes_on_from_the_first(
    tuned_recipe: TransformerRecipe, toys: list[Sentence], codebook: Codebook
) -> None:
    """With steps too small to matter it leaves what was learned of written sentences."""
    documents = [replace(toy, id=f"d:{toy.id}", origin=DOCUMENT) for toy in toys[:40]]
    recipe = closing_recipe(tuned_recipe, 1, 1e-12)
    small = replace(recipe.optimisation, head_learning_rate=1e-12)
    first = fit_transformer(recipe, toys, codebook)
    whole = fit_transformer(recipe, [*toys, *documents], codebook)
    closed = fit_transformer(replace(recipe, optimisation=small), [*toys, *documents], codebook)
    start = fit_transformer(replace(recipe, optimisation=small), toys, codebook)
    texts = ["ban , a", "open of the firm"]
    for task, rows in start.probabilities(texts).items():
        np.testing.assert_allclose(closed.probabilities(texts)[task], rows, atol=1e-4)
        assert not np.allclose(whole.probabilities(texts)[task], first.probabilities(texts)[task])


def test_a_closing_training_that_collapses_begins_again(
    tuned_recipe: TransformerRecipe,
    toys: list[Sentence],
    codebook: Codebook,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    documents = [replace(toy, id=f"e:{toy.id}", origin=DOCUMENT) for toy in toys[:40]]
    recipe = closing_recipe(tuned_recipe, 1, 1e-3)
    answers = iter([True, False, True, False])  # the first training, then the closing one
    monkeypatch.setattr(FineTuning, "_has_collapsed", lambda *_: next(answers))
    model = fit_transformer(replace(recipe, name="again"), [*toys, *documents], codebook)
    assert (model.seed, model.collapsed, model.shared) == (2000, (0, 1000), 1)


def test_a_closing_training_that_wrecks_the_network_is_noticed(
    tuned_recipe: TransformerRecipe, toys: list[Sentence], codebook: Codebook
) -> None:
    """Nothing is set aside in it, so it is watched by what it was trained on."""
    documents = [replace(toy, id=f"w:{toy.id}", origin=DOCUMENT) for toy in toys[:40]]
    recipe = closing_recipe(tuned_recipe, 2, 0.9)
    wild = replace(recipe.optimisation, warm_up=0.0, restarts=1, averaged=0.0)
    recipe = replace(recipe, optimisation=wild)
    assert fit_transformer(recipe, toys, codebook).collapsed == ()  # the first training is sound
    with pytest.raises(DataError, match="2 runs in a row gave one label to every sentence"):
        fit_transformer(recipe, [*toys, *documents], codebook)


def test_a_closing_training_needs_both_kinds_of_sentences(tuned_recipe: TransformerRecipe) -> None:
    recipe = closing_recipe(tuned_recipe, 1, 1e-3)
    with pytest.raises(ValueError, match="a closing training is one of documents after written"):
        replace(recipe, data=TunedDataSettings(authored=True, documents=False))


def test_an_average_is_the_mean_of_the_last_steps() -> None:
    network = torch.nn.Linear(1, 1, bias=False)
    average = WeightAverage(0.5)
    args, control = TrainingArguments(output_dir="unused"), TrainerControl()
    for step, value in enumerate([9.0, 9.0, 1.0, 3.0], start=1):
        torch.nn.init.constant_(network.weight, value)
        state = TrainerState(global_step=step, max_steps=4)
        average.on_step_end(args, state, control, model=network)
    average.put_into(network)
    assert network.weight.item() == pytest.approx(2.0)


def test_an_averaged_run_in_bf16_learns_what_settles_the_labels(
    tuned_recipe: TransformerRecipe,
    toys: list[Sentence],
    codebook: Codebook,
    accuracy: Callable[..., float],
) -> None:
    own = replace(tuned_recipe.optimisation, averaged=0.3, precision="bf16", validation=0.0)
    model = fit_transformer(replace(tuned_recipe, optimisation=own), toys, codebook)
    assert accuracy(model.model, toys) > 0.9
    assert not [row for row in model.history if row.name == "eval_macro_f1"]
