"""A tiny encoder is fine-tuned, judged, packed, read again; and runs that fail are noticed."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import onnx
import pytest

from stancekit.labels.codebook import Codebook
from stancekit.labels.errors import BundleError, ConfigurationError, DataError
from stancekit.labels.sentences import AUTHORED, Sentence
from stancekit.models.kinds import pack, unpack
from stancekit.models.transformer import TransformerModel, TransformerSettings
from stancekit.training.fine_tuning import FineTuning
from stancekit.training.fitting import fit
from stancekit.training.onnx_export import quantised
from stancekit.training.recipe import (
    DataSettings,
    EvaluationSettings,
    FrozenEncoderSettings,
    FrozenRecipe,
    TransformerRecipe,
    read_recipe,
    released_recipe,
)
from stancekit.training.transformer import TunedModel, fit_transformer
from stancekit.training.validation import set_aside

# One word of each group settles the label of a task, as its position says.
FIRST, SECOND = ("ban", "open", "firm"), ("a", "b", "c")
AROUND = (
    "the {} of china and {}",
    "china and {} to {}",
    "{} , {} .",
    "the {} the {}",
    "to {} of {}",
)


@pytest.fixture(scope="module")
def toys(codebook: Codebook) -> list[Sentence]:
    """Sentences whose labels follow from their words."""
    one, two = codebook.tasks
    rows = []
    for number, (frame, a, b) in enumerate(product(AROUND * 4, range(3), range(3))):
        text = frame.format(FIRST[a], SECOND[b])
        labels = {one.name: one.label_names[a], two.name: two.label_names[b]}
        rows.append(
            Sentence(
                id=f"toy:{number}",
                document=f"slice-{number % 3}",
                start=0,
                end=len(text),
                text=text,
                labels=labels,
                origin=AUTHORED,
            )
        )
    return rows


@pytest.fixture(scope="module")
def tuned_recipe(make_encoder: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory,
                 digest_of: Callable[[Path], str]) -> TransformerRecipe:  # fmt: skip
    folder = make_encoder(tmp_path_factory.mktemp("two-layers"), layers=2)
    whole = read_recipe(released_recipe("minilm"))
    assert isinstance(whole, TransformerRecipe)
    return replace(
        whole,
        name="tiny",
        weights="fp32",
        encoder=replace(
            whole.encoder,
            source="folder",
            name=str(folder),
            sha256=digest_of(folder),
            longest_tokens=32,
            layers=(1, 2),
            pooled_layers=(2,),
            fixed_layers=-1,
        ),
        optimisation=replace(
            whole.optimisation, learning_rate=5e-3, head_learning_rate=5e-3, batch=16, epochs=12
        ),
        evaluation=EvaluationSettings(bootstrap=100),
    )


@pytest.fixture(scope="module")
def tuned(tuned_recipe: TransformerRecipe, toys: list[Sentence], codebook: Codebook) -> TunedModel:
    model = fit(tuned_recipe, toys, codebook)
    assert isinstance(model, TunedModel)
    return model


def accuracy(model: TransformerModel, rows: list[Sentence], codebook: Codebook) -> float:
    predicted = model.probabilities([row.text for row in rows], [row.context for row in rows])
    hits = [
        task.label_names[int(best)] == row.labels[task.name]
        for task in codebook.tasks
        for row, best in zip(rows, predicted[task.name].argmax(axis=1), strict=True)
    ]
    return float(np.mean(hits))


def test_a_network_learns_what_settles_the_labels(
    tuned: TunedModel, toys: list[Sentence], codebook: Codebook
) -> None:
    assert accuracy(tuned.model, toys, codebook) > 0.9
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
    monkeypatch.setattr(FineTuning, "has_collapsed", lambda _: next(answers))
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


def test_eight_bits_are_nearly_as_good(
    tuned: TunedModel, toys: list[Sentence], codebook: Codebook
) -> None:
    small = quantised(tuned.model)
    assert small.settings.weights == "int8"
    nodes = {node.op_type for node in onnx.load_from_string(small.graph).graph.node}
    assert {"MatMulNBits", "DequantizeLinear"} <= nodes
    assert abs(accuracy(small, toys, codebook) - accuracy(tuned.model, toys, codebook)) < 0.05


def test_eight_bits_say_the_same_of_a_sentence_in_any_company(
    tuned: TunedModel, toys: list[Sentence]
) -> None:
    small = quantised(tuned.model)
    texts = [toy.text for toy in toys[:20]]
    together = small.probabilities(texts)
    for row, text in enumerate(texts):
        for task, alone in small.probabilities([text]).items():
            np.testing.assert_allclose(alone[0], together[task][row], atol=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model.onnx": b"no graph"}, "is no graph that ONNX Runtime can run"),
        ({"tokenizer.json": b"\xff"}, "the tokenizer is not UTF-8"),
        ({"tokenizer.json": b"{}"}, "is not a tokenizer"),
        ({"model.skops": b""}, "a transformer model is made of model.onnx, tokenizer.json, given"),
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


def test_a_part_set_aside_has_every_combination_in_its_share() -> None:
    gold = np.array([[row % 2, row % 5] for row in range(400)])
    kept, aside = set_aside(gold, 0.1, seed=3)
    assert sorted([*kept, *aside]) == list(range(400))
    _, counts = np.unique(gold[aside], axis=0, return_counts=True)
    assert counts.tolist() == [4] * 10
    assert set_aside(gold, 0.1, seed=3) == (kept, aside)
    assert set_aside(gold, 0.1, seed=4) != (kept, aside)


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
