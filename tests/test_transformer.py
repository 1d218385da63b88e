"""A tiny encoder is fine-tuned, judged, packed, read again; and runs that fail are noticed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import BundleError, ConfigurationError, DataError
from stancekit.labels.sentences import Sentence
from stancekit.models.kinds import pack, unpack
from stancekit.models.pairs import EncodedPair
from stancekit.models.transformer import TOKENS, TransformerModel, TransformerSettings, batches
from stancekit.training.fine_tuning import FineTuning
from stancekit.training.fitting import fit
from stancekit.training.recipe import (
    FrozenRecipe,
    TransformerRecipe,
    read_recipe,
    released_recipe,
)
from stancekit.training.settings import DataSettings, FrozenEncoderSettings
from stancekit.training.transformer import fit_transformer
from stancekit.training.tuned_model import TunedModel


def test_a_network_learns_what_settles_the_labels(
    tuned: TunedModel, toys: list[Sentence], codebook: Codebook, accuracy: Callable[..., float]
) -> None:
    assert accuracy(tuned.model, toys) > 0.9
    assert tuned.collapsed == ()
    for task, rows in tuned.probabilities(["ban"]).items():
        assert rows.shape == (1, len(codebook.task(task).labels))
        np.testing.assert_allclose(rows.sum(axis=1), 1)


def test_its_learning_curves_fall_and_rise(tuned: TunedModel) -> None:
    losses = [row.value for row in tuned.history if row.name == "loss"]
    scores = [row for row in tuned.history if row.name == "eval_macro_f1"]
    assert losses[-1] < losses[0]
    assert len(scores) > 1
    assert [row.step for row in scores] == sorted({row.step for row in scores})


def test_the_same_recipe_and_sentences_give_the_same_bytes(
    tuned_recipe: TransformerRecipe, toys: list[Sentence], codebook: Codebook
) -> None:
    short = replace(tuned_recipe, optimisation=replace(tuned_recipe.optimisation, epochs=1))
    one, two, other = (
        fit_transformer(recipe, toys, codebook).model.graph
        for recipe in (short, short, replace(short, seed=7))
    )
    assert one == two
    assert one != other


def test_a_label_that_is_missing_is_not_learned(
    tuned_recipe: TransformerRecipe, toys: list[Sentence], codebook: Codebook
) -> None:
    first, second = codebook.task_names
    rows = [
        replace(toy, labels={first: toy.labels[first]} if number % 2 else toy.labels)
        for number, toy in enumerate(toys)
    ]
    short = replace(tuned_recipe, optimisation=replace(tuned_recipe.optimisation, epochs=1))
    assert set(fit_transformer(short, rows, codebook).probabilities(["ban"])) == {first, second}
    rows = [replace(toy, labels={first: toy.labels[first]}) for toy in toys]
    with pytest.raises(DataError, match=f"task '{second}': training needs two labels or more"):
        fit_transformer(short, rows, codebook)


def test_without_epochs_a_model_is_the_regression_on_its_encoder(
    tuned_recipe: TransformerRecipe, toys: list[Sentence], codebook: Codebook
) -> None:
    """The graph says what a frozen encoder with a regression on the same layers says."""
    started = replace(
        tuned_recipe,
        start="regression",
        encoder=replace(tuned_recipe.encoder, pooled_layers=(1, 2), context=False),
        optimisation=replace(tuned_recipe.optimisation, epochs=0),
    )
    own = tuned_recipe.encoder
    frozen = FrozenRecipe(
        name="frozen-tiny",
        kind="frozen",
        seed=0,
        data=DataSettings(authored=True),
        encoder=FrozenEncoderSettings(
            source=own.source, name=own.name, sha256=own.sha256, longest_tokens=32, layers=(1, 2)
        ),
        head=started.head,
        evaluation=started.evaluation,
    )
    texts = [toy.text for toy in toys[:9]]
    model, expected = (fit(recipe, toys, codebook) for recipe in (started, frozen))
    assert isinstance(model, TunedModel)
    assert model.history == ()
    for task, rows in expected.probabilities(texts).items():
        np.testing.assert_allclose(model.probabilities(texts)[task], rows, atol=2e-3)


def test_a_regression_is_where_fine_tuning_starts(
    tuned_recipe: TransformerRecipe, toys: list[Sentence], codebook: Codebook
) -> None:
    """With steps too small to matter, the model stays the regression that it started as."""
    started = replace(tuned_recipe, start="regression")
    small = replace(
        started.optimisation, learning_rate=1e-12, head_learning_rate=1e-12, epochs=1, patience=1
    )
    still = replace(small, epochs=0)
    seen = [
        toy
        for toy in toys
        if toy.labels[codebook.task_names[0]] != codebook.tasks[0].label_names[0]
    ]
    moved, stayed = (
        fit_transformer(replace(started, optimisation=own), seen, codebook)
        for own in (small, still)
    )
    first = codebook.tasks[0]
    for model in (moved, stayed):
        rows = model.probabilities(["ban"])[first.name]
        assert rows[0, 0] < 1e-4  # a label that training never saw
    np.testing.assert_allclose(
        moved.probabilities(["ban"])[first.name],
        stayed.probabilities(["ban"])[first.name],
        atol=0.1,
    )


def test_heads_at_random_need_an_epoch(tuned_recipe: TransformerRecipe) -> None:
    with pytest.raises(ValueError, match="with no epochs the heads should start as a regression"):
        replace(tuned_recipe, optimisation=replace(tuned_recipe.optimisation, epochs=0))


def test_smoothing_is_not_balanced(tuned_recipe: TransformerRecipe) -> None:
    smooth = replace(tuned_recipe.optimisation, label_smoothing=0.1)
    equal = replace(tuned_recipe.head, class_weights="equal")
    assert replace(tuned_recipe, optimisation=smooth, head=equal)
    balanced = replace(tuned_recipe.head, class_weights="balanced")
    with pytest.raises(ValueError, match="set class_weights to 'equal'"):
        replace(tuned_recipe, optimisation=smooth, head=balanced)


def test_the_recipe_of_a_hub_trains_its_architecture(
    make_encoder: Callable[..., Path],
    digest_of: Callable[[Path], str],
    toys: list[Sentence],
    codebook: Codebook,
    accuracy: Callable[..., float],
    tmp_path: Path,
) -> None:
    """As `deberta.toml` has it, but of a tiny encoder from a folder, which wants larger steps."""
    folder = make_encoder(tmp_path / "deberta", "deberta-v2", layers=2)
    whole = read_recipe(released_recipe("deberta"))
    assert isinstance(whole, TransformerRecipe)
    recipe = replace(
        whole,
        encoder=replace(
            whole.encoder,
            source="folder",
            revision="",
            name=str(folder),
            sha256=digest_of(folder),
            longest_tokens=32,
            layers=(1, 2),
            pooled_layers=(2,),
            dropout=0.0,
        ),
        optimisation=replace(
            whole.optimisation, learning_rate=5e-3, head_learning_rate=5e-3, batch=16, epochs=12
        ),
    )
    assert accuracy(fit_transformer(recipe, toys, codebook).model, toys) > 0.9


def test_runs_that_collapse_begin_again_and_are_told(
    tuned_recipe: TransformerRecipe, toys: list[Sentence], codebook: Codebook
) -> None:
    """A learning rate that wrecks the network gives one label to everything, with any seed."""
    wrecked = replace(
        tuned_recipe,
        optimisation=replace(
            tuned_recipe.optimisation,
            learning_rate=0.9,
            head_learning_rate=0.9,
            epochs=2,
            warm_up=0.0,
            restarts=1,
        ),
    )
    with pytest.raises(DataError, match="2 runs in a row gave one label to every sentence"):
        fit_transformer(wrecked, toys, codebook)


def test_a_run_that_collapses_once_is_recorded(
    tuned_recipe: TransformerRecipe,
    toys: list[Sentence],
    codebook: Codebook,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter([True, False])
    monkeypatch.setattr(FineTuning, "_has_collapsed", lambda *_: next(answers))
    short = replace(tuned_recipe, optimisation=replace(tuned_recipe.optimisation, epochs=1))
    model = fit_transformer(short, toys, codebook)
    assert (model.seed, model.collapsed) == (1000, (0,))


def test_a_packed_model_is_read_again_and_predicts_the_same(
    tuned: TunedModel, codebook: Codebook
) -> None:
    kind, files = pack(tuned.model)
    again = unpack(kind, files, tuned.model.settings, codebook, "bundle")
    texts, contexts = ["ban , a", "open of the firm"], ["", "china"]
    for task, rows in again.probabilities(texts, contexts).items():
        np.testing.assert_array_equal(rows, tuned.probabilities(texts, contexts)[task])


def test_equal_sentences_go_through_the_model_once(
    tuned: TunedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, sizes = tuned.model, []
    session = model._session

    class Counted:
        def run(self, names: list[str], feed: dict[str, np.ndarray]) -> object:
            sizes.append(len(feed["ids"]))
            return session.run(names, feed)

    texts, contexts = ["ban , a", "open", "ban , a", "ban , a"], ["", "", "", "china"]
    expected = model.probabilities(texts, contexts)
    monkeypatch.setattr(model, "_session", Counted())
    for task, rows in model.probabilities(texts, contexts).items():
        np.testing.assert_array_equal(rows, expected[task])
        np.testing.assert_array_equal(rows[0], rows[2])
        assert not np.array_equal(rows[0], rows[3])
    assert sum(sizes) == 3


def test_next_to_nothing_of_a_batch_is_padding(spans: list[Sentence]) -> None:
    pairs = [EncodedPair([1] * max(1, len(own.text) // 5), []) for own in spans[:300]]
    found = list(batches(pairs))
    assert sorted(row for batch in found for row in batch) == list(range(300))
    lengths = [[len(pairs[row].ids) for row in batch] for batch in found]
    assert all(max(own) * len(own) <= TOKENS for own in lengths)
    assert sum(max(own) * len(own) for own in lengths) < 1.05 * sum(map(sum, lengths))


def test_a_pair_longer_than_a_batch_is_one_by_itself() -> None:
    pairs = [EncodedPair([1] * length, []) for length in (3, 5000, 3)]
    assert list(batches(pairs)) == [[1], [0, 2]]


def test_many_threads_may_call_one_model(tuned: TunedModel, toys: list[Sentence]) -> None:
    texts = [[toy.text] for toy in toys[:64]]
    alone = [tuned.model.probabilities(own) for own in texts]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(tuned.model.probabilities, texts))
    for one, other in zip(alone, together, strict=True):
        for task, rows in one.items():
            np.testing.assert_array_equal(rows, other[task])


def test_sentences_too_few_to_set_any_aside_are_trained_on(
    tuned_recipe: TransformerRecipe, toys: list[Sentence], codebook: Codebook
) -> None:
    own = replace(tuned_recipe.optimisation, epochs=1, validation=0.05)
    model = fit_transformer(replace(tuned_recipe, optimisation=own), toys[:45], codebook)
    assert not [row for row in model.history if row.name.startswith("eval")]


def test_an_empty_list_has_no_probabilities(tuned: TunedModel, codebook: Codebook) -> None:
    for task, rows in tuned.model.probabilities([]).items():
        assert rows.shape == (0, len(codebook.task(task).labels))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model.onnx": b"no graph"}, "is no graph that ONNX Runtime can run"),
        ({"tokenizer.json": b"\xff"}, "the tokenizer is not UTF-8"),
        ({"tokenizer.json": b"{}"}, "is not a tokenizer"),
        (
            {"model.skops": b""},
            r"made of model.onnx, tokenizer.json or model.onnx, tokenizer.json, weights\.onnx",
        ),
    ],
)
def test_a_damaged_file_is_refused(
    tuned: TunedModel, codebook: Codebook, change: dict[str, bytes], message: str
) -> None:
    kind, files = pack(tuned.model)
    with pytest.raises(BundleError, match=message):
        unpack(kind, {**files, **change}, tuned.model.settings, codebook, "bundle")


def test_a_graph_of_other_labels_is_refused(tuned: TunedModel, codebook: Codebook) -> None:
    fewer = replace(codebook, tasks=codebook.tasks[:1])
    model = tuned.model
    with pytest.raises(BundleError, match="expected ids, mask, types and"):
        TransformerModel(model.graph, model.tokenizer, model.settings, fewer, "bundle")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layers": (2, 1)}, "layers should be named once each, in order"),
        ({"pooled_layers": (3,)}, "pooled_layers should be some of layers"),
        ({"fixed_layers": 2}, "fixed_layers should leave a layer to train"),
    ],
)
def test_layers_that_make_no_sense_are_refused(
    tuned_recipe: TransformerRecipe, change: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        replace(tuned_recipe.encoder, **change)  # type: ignore[arg-type]


def test_an_encoder_that_takes_fewer_tokens_is_refused(
    tuned_recipe: TransformerRecipe, toys: list[Sentence], codebook: Codebook
) -> None:
    encoder = replace(tuned_recipe.encoder, longest_tokens=128)
    with pytest.raises(ConfigurationError, match="takes 64 tokens, the recipe asks for 128"):
        fit_transformer(replace(tuned_recipe, encoder=encoder), toys, codebook)


def test_settings_of_a_transformer_name_their_weights() -> None:
    settings = TransformerSettings(longest_tokens=16, context=True, padding=0, weights="fp32")
    with pytest.raises(ValueError, match="weights"):
        replace(settings, weights="int3")  # type: ignore[arg-type]
